#include "sim/toy.hpp"

#include <algorithm>
#include <utility>

#include "core/require.hpp"
#include "wire/wire.hpp"

namespace sim::toy {
namespace {

constexpr std::uint64_t most_told = 50;       // numbers in one message
constexpr std::uint64_t numbers_a_chunk = 8;  // of a snapshot
constexpr std::uint64_t fatal_size = 20;      // where the bugs `aborts` and `loops` strike

core::WriteSeq after(core::WriteSeq seq) { return core::WriteSeq{seq.value + 1}; }

[[noreturn]] void loop_for_ever() {
  const volatile bool for_ever = true;
  while (for_ever) {
  }
  core::fail("the end of all days");
}

}  // namespace

// ---- A node -------------------------------------------------------------------------------------

GrowingSet::GrowingSet(const Config& config, std::uint64_t) : config_(config) {}

void GrowingSet::step(const core::Now& now, const Input& input, Ready& ready) noexcept {
  now_ = now.mono;
  std::visit([&](const auto& held) { on(held, ready); }, input);
  gossip_when_due(ready);
}

void GrowingSet::on(const core::Start<Protocol>& start, Ready& ready) {
  const core::Recovered<Protocol>& recovered = start.recovered;
  incarnation_ = start.incarnation;
  covered_ = recovered.covered;
  last_write_ = recovered.last_control;
  durable_ = last_write_;
  last_bulk_ = recovered.last_bulk;
  for (const Number& record : recovered.snapshot) numbers_[record.number] = covered_;
  for (const auto& write : recovered.log) {
    for (const Number& record : write.records) numbers_[record.number] = write.seq;
  }
  ready.peers.emplace();
  for (const core::NodeId peer : config_.peers) {
    ready.peers->push_back({peer, ""});
    for (const auto& [number, seq] : numbers_) unheard_[peer].insert(number);
  }
  if (!unheard_.empty() || config_.options.bug == Bug::never_rests) {
    gossip_at_ = now_ + config_.options.gossip_every;
  }
}

void GrowingSet::on(const core::Request<Protocol>& request, Ready& ready) {
  const Asked asked{request.session, request.request};
  sessions_.try_emplace(request.session);
  const Add* add = std::get_if<Add>(&request.command);
  if (add == nullptr) return audit(asked, ready);
  if (!room_) return answer(asked, Full{}, ready);
  take(add->number, asked, ready);
}

void GrowingSet::on(const core::Receive<Protocol>& received, Ready& ready) {
  if (const Gossip* gossip = std::get_if<Gossip>(&received.message)) {
    for (const std::uint64_t number : gossip->numbers) {
      // Without room it is not confirmed, and so told again.
      if (room_ || numbers_.contains(number)) take(number, received.from, ready);
    }
    return;
  }
  for (const std::uint64_t number : std::get<Heard>(received.message).numbers) {
    unheard_[received.from].erase(number);
  }
}

/// Confirmed when it is durable: now, or by on(Persisted).
void GrowingSet::take(std::uint64_t number, const Who& who, Ready& ready) {
  const Bug bug = config_.options.bug;
  if (!numbers_.contains(number)) {
    write(number, ready);
    if (bug == Bug::invents_a_number && number % 10 == 0) write(number + 1, ready);
  }
  const core::WriteSeq seq = numbers_[number];
  const bool early = bug == Bug::reply_before_durable && std::holds_alternative<Asked>(who);
  if (seq <= durable_ || early) return confirm(number, who, ready);
  waiters_.push_back({seq, number, who});
}

void GrowingSet::confirm(std::uint64_t number, const Who& who, Ready& ready) {
  if (const Asked* asked = std::get_if<Asked>(&who)) return answer(*asked, Added{number}, ready);
  const core::NodeId peer = std::get<core::NodeId>(who);
  unheard_[peer].erase(number);
  const core::NodeId to = config_.options.bug == Bug::sends_to_itself ? config_.self : peer;
  if (!ready.messages.empty() && ready.messages.back().to == to) {
    if (Heard* heard = std::get_if<Heard>(&ready.messages.back().message)) {
      heard->numbers.push_back(number);
      return;
    }
  }
  ready.messages.push_back({to, core::Lane::control, Heard{{number}}});
}

void GrowingSet::answer(const Asked& asked, Result result, Ready& ready) {
  const auto session = sessions_.find(asked.session);
  if (session == sessions_.end()) return;
  if (config_.options.bug == Bug::answers_twice) {
    ready.replies.push_back({asked.session, asked.request, result});
  }
  ready.replies.push_back({asked.session, asked.request, std::move(result)});
  if (++session->second < config_.options.requests_per_session) return;
  ready.closes.push_back(asked.session);
  forget(asked.session);
}

void GrowingSet::on(const core::Closed& closed, Ready&) { forget(closed.session); }

void GrowingSet::forget(core::SessionId session) {
  const auto is_its = [&](const Asked& asked) { return asked.session == session; };
  sessions_.erase(session);
  slow_.erase(session);
  std::erase_if(audits_, [&](const auto& audit) { return is_its(audit.second); });
  std::erase_if(waiters_, [&](const Waiter& waiter) {
    const Asked* asked = std::get_if<Asked>(&waiter.who);
    return asked != nullptr && is_its(*asked);
  });
}

void GrowingSet::on(const core::Backlog& backlog, Ready&) {
  if (backlog.full) {
    slow_.insert(backlog.session);
  } else {
    slow_.erase(backlog.session);
  }
}

void GrowingSet::on(const core::Room& room, Ready&) { room_ = room.available; }

// ---- Its disk -----------------------------------------------------------------------------------

void GrowingSet::write(std::uint64_t number, Ready& ready) {
  last_write_ = after(last_write_);
  if (config_.options.bug == Bug::skips_a_write_number && last_write_.value == 5) {
    last_write_ = after(last_write_);
  }
  ready.writes.push_back(
      {core::Lane::control, last_write_, core::WriteKind::log, {}, {Number{number}}});
  numbers_[number] = last_write_;
  undurable_[last_write_] = number;
  if (config_.options.bug == Bug::gossips_before_durable) {
    for (const core::NodeId peer : config_.peers) unheard_[peer].insert(number);
  }
  const std::uint64_t length = last_write_.value - covered_.value;
  if (length >= config_.options.snapshot_after && !covers_) snapshot(ready);
}

void GrowingSet::snapshot(Ready& ready) {
  const auto bulk = [&](core::WriteKind kind, core::WriteSeq covers, std::vector<Number> records) {
    last_bulk_ = after(last_bulk_);
    ready.writes.push_back({core::Lane::bulk, last_bulk_, kind, covers, std::move(records)});
  };
  bulk(core::WriteKind::begin, {}, {});
  first_bulk_ = last_bulk_;
  std::vector<Number> chunk;
  for (const auto& [number, seq] : numbers_) {
    chunk.push_back({number});
    if (chunk.size() < numbers_a_chunk) continue;
    bulk(core::WriteKind::chunk, {}, std::exchange(chunk, {}));
  }
  bulk(core::WriteKind::chunk, {}, std::move(chunk));
  bulk(core::WriteKind::commit, last_write_, {});
  covers_ = last_write_;
}

void GrowingSet::on(const core::Persisted& persisted, Ready& ready) {
  if (persisted.lane == core::Lane::bulk) {
    if (covers_ && persisted.seq == last_bulk_) covered_ = *std::exchange(covers_, std::nullopt);
    return;
  }
  durable_ = persisted.seq;
  bool grown = false;
  while (!undurable_.empty() && undurable_.begin()->first <= durable_) {
    for (const core::NodeId peer : config_.peers) {
      unheard_[peer].insert(undurable_.begin()->second);
    }
    undurable_.erase(undurable_.begin());
    grown = true;
  }
  // Moved out first: an answer may be the session's last, and takes its waiters away.
  const auto waits = [&](const Waiter& waiter) { return waiter.until > durable_; };
  const auto ready_ones = std::ranges::stable_partition(waiters_, waits);
  const std::vector<Waiter> confirmed(ready_ones.begin(), ready_ones.end());
  waiters_.erase(ready_ones.begin(), ready_ones.end());
  for (const Waiter& waiter : confirmed) confirm(waiter.number, waiter.who, ready);
  if (!grown) return;
  core::require(config_.options.bug != Bug::aborts || numbers_.size() < fatal_size,
                "the set is small");
  if (config_.options.bug == Bug::loops && numbers_.size() >= fatal_size) loop_for_ever();
  if (!gossip_at_ && !config_.peers.empty()) gossip_at_ = now_ + config_.options.gossip_every;
  const core::Bytes padding(std::string(config_.options.grown_bytes, '.'));
  core::Push<Protocol> push{{}, Grown{numbers_.size() - undurable_.size(), padding}};
  for (const auto& [session, answered] : sessions_) {
    if (!slow_.contains(session)) push.sessions.push_back(session);
  }
  if (!push.sessions.empty()) ready.pushes.push_back(std::move(push));
}

/// Reads back what the log holds beyond the snapshot, or else the snapshot.
void GrowingSet::audit(const Asked& asked, Ready& ready) {
  core::Load load{core::LoadId{++last_load_}, core::Lane::control, after(covered_), durable_};
  if (durable_ <= covered_) {
    if (first_bulk_.value == 0) return answer(asked, Audited{0}, ready);
    load = {load.load, core::Lane::bulk, first_bulk_, last_bulk_};
  }
  audits_[load.load] = asked;
  ready.loads.push_back(load);
}

/// Nothing is read when a snapshot has just replaced what was to be.
void GrowingSet::on(const core::Loaded<Protocol>& loaded, Ready& ready) {
  const auto found = audits_.find(loaded.load);
  if (found == audits_.end()) return;
  const Asked asked = found->second;
  audits_.erase(found);
  Audited audited;
  if (loaded.writes) {
    for (const auto& write : *loaded.writes) {
      for (const Number& record : write.records) {
        ++audited.read;
        if (numbers_.contains(record.number)) continue;
        misread_ = "read number " + std::to_string(record.number) + ", which it does not have";
      }
    }
  }
  answer(asked, audited, ready);
}

// ---- Its peers ----------------------------------------------------------------------------------

void GrowingSet::gossip_when_due(Ready& ready) {
  if (!gossip_at_ || now_ < *gossip_at_) return;
  if (config_.options.bug == Bug::never_rests) {
    gossip_at_ = now_ + core::Duration(1);
    return;
  }
  gossip_at_.reset();
  for (const core::NodeId peer : config_.peers) tell(peer, ready);
  for (const auto& [peer, numbers] : unheard_) {
    if (!numbers.empty()) gossip_at_ = now_ + config_.options.gossip_every;
  }
  if (gossip_at_ && config_.options.bug == Bug::timer_not_later) gossip_at_ = now_;
}

void GrowingSet::tell(core::NodeId peer, Ready& ready) {
  std::set<std::uint64_t>& unheard = unheard_[peer];
  if (unheard.empty()) return;
  Gossip gossip;
  for (const std::uint64_t number : unheard) {
    if (gossip.numbers.size() < most_told) gossip.numbers.push_back(number);
  }
  if (config_.options.bug == Bug::gossips_once) {
    for (const std::uint64_t number : gossip.numbers) unheard.erase(number);
  }
  ready.messages.push_back({peer, core::Lane::bulk, std::move(gossip)});
}

// ---- What others may know of it -----------------------------------------------------------------

bool GrowingSet::is_durable(std::uint64_t number) const {
  const auto found = numbers_.find(number);
  return found != numbers_.end() && found->second <= durable_;
}

core::Violation GrowingSet::check_invariants(bool full) const {
  if (misread_) return misread_;
  for (const auto& [peer, numbers] : unheard_) {
    for (const auto& [seq, number] : undurable_) {
      if (!numbers.contains(number)) continue;
      return "tells peers of number " + std::to_string(number) + ", which is not durable";
    }
    if (!full) continue;
    for (const std::uint64_t number : numbers) {
      if (!is_durable(number)) return "lost number " + std::to_string(number);
    }
  }
  return {};
}

std::uint64_t GrowingSet::digest() const {
  core::Digest digest;
  digest.add(now_).add(incarnation_).add(last_write_).add(durable_).add(covered_);
  digest.add(last_bulk_).add(first_bulk_).add(covers_.value_or(core::WriteSeq{}));
  digest.add(std::uint64_t{room_}).add(last_load_);
  for (const auto& [number, seq] : numbers_) digest.add(number).add(seq);
  const auto add = [&](const Asked& asked) { digest.add(asked.session).add(asked.request); };
  for (const Waiter& waiter : waiters_) {
    digest.add(waiter.until).add(waiter.number).add(std::uint64_t{waiter.who.index()});
    if (const Asked* asked = std::get_if<Asked>(&waiter.who)) add(*asked);
    if (const auto* peer = std::get_if<core::NodeId>(&waiter.who)) digest.add(*peer);
  }
  for (const auto& [load, asked] : audits_) {
    digest.add(load);
    add(asked);
  }
  for (const auto& [session, answered] : sessions_) {
    digest.add(session).add(std::uint64_t{answered}).add(std::uint64_t{slow_.contains(session)});
  }
  for (const auto& [peer, numbers] : unheard_) {
    digest.add(peer).add(std::uint64_t{numbers.size()});
    for (const std::uint64_t number : numbers) digest.add(number);
  }
  digest.add(std::uint64_t{gossip_at_.has_value()}).add(gossip_at_.value_or(core::Instant()));
  return digest.value();
}

// ---- A client -----------------------------------------------------------------------------------

void Adder::step(const core::Now& now, const Input& input, Ready& ready) noexcept {
  now_ = now.mono;
  std::visit([&](const auto& held) { on(held, ready); }, input);
  if (!connected_) {
    ready.reconnect = options_.bug == Bug::reconnects_while_connecting;
    return;
  }
  if (!give_up_at_ && !work_.empty() && now_ >= not_before_) {
    last_request_ = core::RequestId{last_request_.value + 1};
    ready.calls.push_back({last_request_, work_.front()});
    give_up_at_ = now_ + options_.give_up_after;
  }
  if (give_up_at_ && now_ >= *give_up_at_) {
    ready.reconnect = true;
    give_up_at_ = now_ + options_.give_up_after;
  }
}

void Adder::on(const core::Submit<Protocol>& submit, Ready&) { work_.push_back(submit.work); }

void Adder::on(const core::Disconnected&, Ready&) { connected_ = false; }

/// What was refused or may have been lost is asked again: to add a number twice is to add it once.
void Adder::on(const core::Answer<Protocol>& answer, Ready& ready) {
  if (answer.request != last_request_ || !give_up_at_) return;
  give_up_at_.reset();
  if (!answer.result || std::holds_alternative<Full>(*answer.result)) {
    not_before_ = now_ + options_.retry_after;
    return;
  }
  work_.pop_front();
  if (const Added* added = std::get_if<Added>(&*answer.result)) ready.outcomes.push_back(*added);
  if (const Audited* read = std::get_if<Audited>(&*answer.result)) ready.outcomes.push_back(*read);
}

void Adder::on(const core::Pushed<Protocol>& pushed, Ready& ready) {
  ready.outcomes.push_back(pushed.event);
}

std::optional<core::Instant> Adder::next_timeout() const {
  if (!connected_) return {};
  if (options_.bug == Bug::client_timer_not_later) return core::Instant();
  if (give_up_at_) return give_up_at_;
  if (work_.empty()) return {};
  return not_before_;
}

std::uint64_t Adder::digest() const {
  core::Digest digest;
  digest.add(now_).add(std::uint64_t{connected_}).add(last_request_).add(not_before_);
  digest.add(std::uint64_t{give_up_at_.has_value()}).add(give_up_at_.value_or(core::Instant()));
  for (const Work& work : work_) digest.add(wire::encode(work));
  return digest.value();
}

}  // namespace sim::toy
