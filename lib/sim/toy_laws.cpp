// What must hold of the toy, and how the simulator is to try it.
#include <string>
#include <utility>

#include "sim/toy.hpp"

namespace sim::toy {
namespace {

constexpr std::uint64_t first_fresh_number = 1'000'000'000;

std::string name_of(std::uint64_t number) { return "number " + std::to_string(number); }

}  // namespace

void Laws::on_submit(core::Instant, ClientId, const Work& work) {
  const Add* add = std::get_if<Add>(&work);
  if (add == nullptr) return;
  asked_.insert(add->number);
  if (!healed_.empty()) unanswered_.insert(add->number);
}

void Laws::on_outcome(core::Instant, ClientId, const Outcome& outcome) {
  if (const Added* added = std::get_if<Added>(&outcome)) unanswered_.erase(added->number);
}

void Laws::on_ready(core::Instant, core::NodeId node, const core::Ready<Protocol>& ready, Cores) {
  for (const auto& reply : ready.replies) {
    if (const Added* added = std::get_if<Added>(&reply.result)) said_[node].insert(added->number);
  }
  for (const auto& message : ready.messages) {
    const Heard* heard = std::get_if<Heard>(&message.message);
    if (heard != nullptr) said_[node].insert(heard->numbers.begin(), heard->numbers.end());
  }
}

void Laws::on_heal(core::Instant, std::span<const core::NodeId> healed) {
  healed_.insert(healed.begin(), healed.end());
  seen_.clear();
}

std::optional<Finding> Laws::after_step(core::Instant, core::NodeId node, Cores cores) {
  const GrowingSet& set = *cores[node.value - 1];
  const Seen now{set.incarnation(), set.durable_count()};
  const Seen before = std::exchange(seen_[node], now);
  if (before == now) return {};
  if (healed_.contains(node)) {
    for (const auto& [number, seq] : set.numbers()) {
      if (set.is_durable(number)) holders_[number].insert(node);
    }
  }
  if (before.incarnation == now.incarnation) return {};
  for (const std::uint64_t number : said_[node]) {
    if (set.numbers().contains(number)) continue;
    return Finding{"kept-what-it-said", "node " + std::to_string(node.value) + " had confirmed " +
                                            name_of(number) + ", and a restart lost it"};
  }
  return {};
}

std::optional<std::string> Laws::unserved() const {
  if (!unanswered_.empty()) {
    return name_of(*unanswered_.begin()) + " was not confirmed to its client";
  }
  for (const auto& [number, holders] : holders_) {
    if (holders.size() == healed_.size()) continue;
    return name_of(number) + " is on " + std::to_string(holders.size()) + " of " +
           std::to_string(healed_.size()) + " healed nodes";
  }
  return {};
}

std::uint64_t Laws::digest() const {
  core::Digest digest;
  for (const core::NodeId node : healed_) digest.add(node);
  for (const auto* numbers : {&asked_, &unanswered_}) {
    digest.add(std::uint64_t{numbers->size()});
    for (const std::uint64_t number : *numbers) digest.add(number);
  }
  for (const auto& [number, holders] : holders_) {
    digest.add(number).add(std::uint64_t{holders.size()});
    for (const core::NodeId node : holders) digest.add(node);
  }
  for (const auto& [node, numbers] : said_) {
    digest.add(node).add(std::uint64_t{numbers.size()});
    for (const std::uint64_t number : numbers) digest.add(number);
  }
  for (const auto& [node, seen] : seen_) digest.add(node).add(seen.incarnation).add(seen.durable);
  return digest.value();
}

std::optional<Finding> Laws::at_end(core::Instant, Cores cores) {
  for (const auto& set : cores) {
    if (!set) continue;
    for (const auto& [number, seq] : set->numbers()) {
      if (!asked_.contains(number)) {
        return Finding{"only-what-was-asked", name_of(number) + " is there and nobody added it"};
      }
    }
  }
  return {};
}

// ---- How it is tried ----------------------------------------------------------------------------

Options System::draw_options(core::Prng& prng) {
  Options options;
  options.nodes = static_cast<std::uint32_t>(prng.between(3, 5));
  options.clients = static_cast<std::uint32_t>(prng.between(3, 5));
  options.gossip_every = core::Duration(prng.between(20'000, 500'000));
  options.snapshot_after = static_cast<std::uint32_t>(prng.between(5, 50));
  options.requests_per_session = static_cast<std::uint32_t>(prng.between(5, 50));
  return options;
}

Options System::smallest() {
  Options options;
  options.nodes = 2;
  options.clients = 1;
  return options;
}

Cluster System::cluster(const Options& options) {
  return {options.nodes, options.clients, options.disk};
}

Config System::config(const Options& options, core::NodeId node) {
  Config config{node, {}, options};
  for (std::uint32_t i = 1; i <= options.nodes; ++i) {
    if (core::NodeId{i} != node) config.peers.push_back(core::NodeId{i});
  }
  return config;
}

Adder System::client(const Options& options, ClientId, std::uint64_t seed) {
  return Adder(options, seed);
}

/// Some numbers are asked for again and again, by several clients.
Work System::draw_work(const Options&, ClientId, core::Prng& prng) {
  const std::uint64_t kind = prng.below(10);
  if (kind == 0) return Audit{};
  return Add{prng.below(kind < 3 ? 100 : first_fresh_number)};
}

std::optional<Work> System::fresh_work(const Options&, ClientId id, std::uint32_t number) {
  if (number >= 2) return {};
  return Add{first_fresh_number + std::uint64_t{2} * id.value + number};
}

/// Programs look now and then whether what they added is there.
std::vector<Reaction<Work>> System::react(const Options&, ClientId, const Outcome& outcome,
                                          core::Prng& prng) {
  if (!std::holds_alternative<Added>(outcome) || prng.below(8) != 0) return {};
  return {{core::Duration(prng.between(0, 50'000)), Audit{}}};
}

/// Long enough for a client to do all that it may have been asked, one after the other.
core::Duration System::liveness_bound(const Options&) { return std::chrono::minutes(1); }

}  // namespace sim::toy
