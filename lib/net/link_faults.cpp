#include "net/link_faults.hpp"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

namespace net {

namespace {

constexpr std::size_t max_named = 64;  // peers with a fault
constexpr std::uint32_t max_delay_ms = 60'000;
constexpr std::string_view ok = "ok";

std::string error(std::string_view what) { return "error: " + std::string(what); }

/// Nothing for what is no number, or none of 32 bits.
std::optional<std::uint32_t> number_of(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

/// A node that may have a fault: any but this one. Whether it is a peer is the core's affair, and
/// may change.
std::optional<core::NodeId> peer_of(std::string_view text, core::NodeId own) {
  const auto number = number_of(text);
  if (!number || *number == 0 || *number == own.value) return std::nullopt;
  return core::NodeId{*number};
}

std::string block(std::string_view list, core::NodeId own, LinkFaults& faults) {
  std::set<core::NodeId> blocked;
  for (const std::string_view word : split(list, ',')) {
    const auto peer = peer_of(word, own);
    if (!peer) return error("block wants the numbers of other nodes, such as block 3,4,5");
    blocked.insert(*peer);
  }
  if (blocked.size() > max_named) return error("block takes at most 64 nodes");
  faults.blocked = std::move(blocked);
  return std::string(ok);
}

std::string delay(std::string_view peer_and_ms, core::NodeId own, LinkFaults& faults) {
  const auto words = split(peer_and_ms, ' ');
  const auto peer = peer_of(words.front(), own);
  const auto ms = words.size() == 2 ? number_of(words.back()) : std::nullopt;
  if (!peer || !ms || *ms > max_delay_ms) {
    return error("delay wants another node's number and 0 to 60000 ms, such as delay 2 150");
  }
  if (*ms == 0) {
    faults.delay_ms.erase(*peer);
    return std::string(ok);
  }
  if (faults.delay_ms.size() >= max_named && !faults.delay_ms.contains(*peer)) {
    return error("delay takes at most 64 nodes: heal ends all delays");
  }
  faults.delay_ms[*peer] = *ms;
  return std::string(ok);
}

}  // namespace

std::chrono::milliseconds LinkFaults::delay_to(core::NodeId peer) const {
  const auto found = delay_ms.find(peer);
  return std::chrono::milliseconds(found == delay_ms.end() ? 0 : found->second);
}

std::string obey(std::string_view order, core::NodeId own, LinkFaults& faults) {
  const std::size_t space = std::min(order.find(' '), order.size());
  const std::string_view verb = order.substr(0, space);
  const std::string_view rest = order.substr(std::min(space + 1, order.size()));
  if (verb == "block") return block(rest, own, faults);
  if (verb == "delay") return delay(rest, own, faults);
  if (order == "heal") {
    faults = {};
    return std::string(ok);
  }
  if (order == "faults") {
    const std::string orders = orders_for(faults);
    return orders.empty() ? std::string(ok) : std::string(ok) + " " + orders;
  }
  return error("there are the orders block 3,4,5 and delay 2 150 and heal and faults");
}

std::string orders_for(const LinkFaults& faults) {
  std::string orders;
  for (const core::NodeId peer : faults.blocked) {
    orders += (orders.empty() ? "block " : ",") + std::to_string(peer.value);
  }
  for (const auto& [peer, ms] : faults.delay_ms) {
    if (!orders.empty()) orders += "; ";
    orders += "delay " + std::to_string(peer.value) + " " + std::to_string(ms);
  }
  return orders;
}

void DelayLine::add(std::string_view message, SteadyTime due) {
  waiting_.push_back({due, std::string(message)});
  bytes_ += cost(message);
}

void DelayLine::hurry(SteadyTime latest) {
  for (Waiting& waiting : waiting_) waiting.due = std::min(waiting.due, latest);
}

std::optional<std::string> DelayLine::take(SteadyTime now) {
  if (empty() || next() > now) return std::nullopt;
  std::string message = std::move(waiting_.front().message);
  waiting_.pop_front();
  bytes_ -= cost(message);
  return message;
}

void DelayLine::clear() {
  waiting_.clear();
  bytes_ = 0;
}

}  // namespace net
