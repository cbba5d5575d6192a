#include "raft.hpp"

#include <algorithm>
#include <chrono>

#include "core/overloaded.hpp"
#include "core/require.hpp"

namespace raft {

Raft::Raft(const Config& config, std::uint64_t seed)
    : config_(config), prng_(seed), machine_(config.machine) {}

// ---- Inputs -------------------------------------------------------------------------------------

void Raft::step(const core::Now& now, const Input& input, Ready& ready) noexcept {
  Decisions out{ready, {}, {}};
  std::visit(core::Overloaded{
                 [&](const core::Start<Protocol>& start) { on_start(now, start, out); },
                 [&](const core::Receive<Protocol>& received) {
                   on_receive(now, received.from, received.message, out);
                 },
                 [&](const core::Request<Protocol>& request) { on_request(now, request, out); },
                 [&](const core::Closed& closed) { on_closed(closed.session); },
                 [&](const core::Persisted& persisted) { on_persisted(persisted); },
                 [&](const core::Room& room) { room_ = room.available; },
                 [&](const core::Timeout&) { on_timeout(now, out); },
                 [](const core::Backlog&) {},           // a client gets no more than it asked for
                 [](const core::Loaded<Protocol>&) {},  // it loads nothing
             },
             input);
  settle(now, out);
}

void Raft::on_start(const core::Now& now, const core::Start<Protocol>& start, Decisions& out) {
  core::require(incarnation_ == 0, "a core starts once");
  incarnation_ = start.incarnation;
  last_write_ = start.recovered.last_control;
  persisted_ = last_write_;
  for (const core::Write<Protocol>& write : start.recovered.log) {
    for (const Record& record : write.records) {
      std::visit(core::Overloaded{
                     [&](const TermAndVote& known) {
                       current_term_ = known.current_term;
                       voted_for_ = known.voted_for;
                     },
                     [&](const LogFrom& part) {
                       log_.truncate(part.first);
                       for (const Entry& entry : part.entries) log_.append(entry);
                     },
                     [](const auto&) {},
                 },
                 record);
    }
  }
  std::vector<core::Peer> others;
  for (const core::Peer& member : config_.members) {
    if (member.id != config_.self) others.push_back(member);
  }
  out.ready.peers = std::move(others);
  reset_election_timer(now);
}

void Raft::on_receive(const core::Now& now, core::NodeId from, const Message& message,
                      Decisions& out) {
  std::visit(
      core::Overloaded{
          [&](const RequestVote& request) { on_request_vote(now, from, request, out); },
          [&](const Voted& voted) { on_voted(now, from, voted, out); },
          [&](const AppendEntries& request) { on_append_entries(now, from, request, out); },
          [&](const Appended& appended) { on_appended(now, from, appended, out); },
          [&](const Mismatch& mismatch) { on_mismatch(now, from, mismatch, out); },
          [&](const Stale& stale) { see_term(now, stale.term, out); },
          [&](const RequestPreVote& request) { on_request_pre_vote(now, from, request, out); },
          [&](const PreVoted& voted) { on_pre_voted(now, from, voted, out); },
          [&](const Forward& forward) { on_forward(now, from, forward, out); },
          [&](const Forwarded& forwarded) { on_forwarded(forwarded, out); },
          [](const auto&) {},
      },
      message);
}

void Raft::on_request(const core::Now& now, const core::Request<Protocol>& request,
                      Decisions& out) {
  handle(now, Client{request.session, request.request}, request.command, out);
}

/// What the client asked for is done all the same; only its answers have nowhere to go.
void Raft::on_closed(core::SessionId session) {
  const auto is_its = [&](const Caller& caller) {
    const Client* client = std::get_if<Client>(&caller);
    return client != nullptr && client->session == session;
  };
  std::erase_if(proposals_, [&](const auto& entry) { return is_its(entry.second.caller); });
  std::erase_if(reads_, [&](const Read& read) { return is_its(read.caller); });
  std::erase_if(pending_, [&](const auto& entry) { return is_its(entry.second.client); });
}

void Raft::on_persisted(const core::Persisted& persisted) {
  if (persisted.lane == core::Lane::control) persisted_ = std::max(persisted_, persisted.seq);
}

void Raft::on_timeout(const core::Now& now, Decisions& out) {
  give_up_waiting(now, out);
  if (role_ == Role::leader) {
    if (now.mono >= heartbeat_deadline_) send_heartbeats(now, out);
    check_quorum(now, out);
  } else if (now.mono >= election_deadline_) {
    stand_for_election(now, out);
  }
}

std::optional<core::Instant> Raft::next_timeout() const {
  if (incarnation_ == 0) return {};
  const core::Instant next = role_ == Role::leader ? heartbeat_deadline_ : election_deadline_;
  return patience_deadline_ ? std::min(next, *patience_deadline_) : next;
}

// ---- The disk before the word -------------------------------------------------------------------

void Raft::say(core::NodeId to, Message message, Decisions& out) {
  out.letters.push_back({to, std::move(message)});
}

void Raft::say_at_once(core::NodeId to, Message message, Decisions& out) {
  out.ready.messages.push_back({to, core::Lane::control, std::move(message)});
}

/// Writes down what the step has decided, and lets go what was waiting and need not wait any
/// longer.
void Raft::settle(const core::Now& now, Decisions& out) {
  write_down(out);
  while (!held_.empty() && held_.front().after <= persisted_) {
    Letter letter = std::move(held_.front().letter);
    held_.pop_front();
    if (letter.to != config_.self) {
      say_at_once(letter.to, std::move(letter.message), out);
      continue;
    }
    on_receive(now, config_.self, letter.message, out);
    write_down(out);
  }
}

void Raft::write_down(Decisions& out) {
  if (!out.records.empty()) {
    ++last_write_.value;
    core::Write<Protocol> write;
    write.seq = last_write_;
    write.records = std::move(out.records);
    out.ready.writes.push_back(std::move(write));
    out.records.clear();
  }
  for (Letter& letter : out.letters) held_.push_back({last_write_, std::move(letter)});
  out.letters.clear();
}

// ---- Quorums ------------------------------------------------------------------------------------

bool Raft::is_quorum(const std::set<core::NodeId>& nodes) const {
  return nodes.size() > config_.members.size() / 2;
}

/// The highest value that a majority has reached.
std::uint64_t Raft::reached_by_quorum(std::uint64_t Progress::* what) const {
  std::vector<std::uint64_t> values;
  for (const auto& [node, progress] : progress_) values.push_back(progress.*what);
  std::ranges::stable_sort(values);
  return values[(values.size() - 1) / 2];
}

}  // namespace raft
