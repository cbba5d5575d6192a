#include "raft.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/overloaded.hpp"
#include "core/require.hpp"

namespace raft {

Raft::Raft(const Config& config, std::uint64_t seed)
    : config_(config),
      prng_(seed),
      machine_(config.machine),
      sessions_(config.max_sessions),
      membership_({config.members, {}, {}}) {}

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
                 [&](const core::Persisted& persisted) { on_persisted(now, persisted, out); },
                 [&](const core::Room& room) { room_ = room.available; },
                 [&](const core::Timeout&) { on_timeout(now, out); },
                 [](const core::Backlog&) {},           // a client gets no more than it asked for
                 [](const core::Loaded<Protocol>&) {},  // it loads nothing
             },
             input);
  settle(now, out);
  if (snapshot_is_due()) save_snapshot(out);
}

void Raft::on_start(const core::Now& now, const core::Start<Protocol>& start, Decisions& out) {
  core::require(incarnation_ == 0, "a core starts once");
  incarnation_ = start.incarnation;
  recover(start.recovered);
  adopt_members(now, out);
  heard_at_ = now.mono;
  reset_election_timer(now);
}

/// The snapshot, and what the log says behind it.
void Raft::recover(const core::Recovered<Protocol>& recovered) {
  last_write_ = recovered.last_control;
  persisted_ = last_write_;
  last_bulk_write_ = recovered.last_bulk;
  for (const Record& record : recovered.snapshot) take(record, {});
  commit_index_ = log_.base_index();
  last_applied_ = log_.base_index();
  for (const core::Write<Protocol>& write : recovered.log) {
    for (const Record& record : write.records) take(record, write.seq);
  }
}

void Raft::take(const Record& record, core::WriteSeq written_by) {
  std::visit(core::Overloaded{
                 [&](const TermAndVote& known) {
                   current_term_ = known.current_term;
                   voted_for_ = known.voted_for;
                 },
                 [&](const LogFrom& part) { set_log(part.first, part.entries, written_by); },
                 [&](const SnapshotHead& head) {
                   log_.restart_behind(head.last_included_index, head.last_included_term);
                   membership_.restart_from(head);
                 },
                 [&](const SessionState& state) { sessions_.take(state); },
                 [&](const MachinePart& part) { machine_.take(part.piece); },
             },
             record);
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
          [&](const InstallSnapshot& piece) { on_install_snapshot(now, from, piece, out); },
          [&](const SnapshotReceived& got) { on_snapshot_received(now, from, got, out); },
          [&](const TimeoutNow& order) { on_timeout_now(now, order, out); },
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
  if (transfer_ && transfer_->caller && is_its(*transfer_->caller)) transfer_->caller.reset();
}

void Raft::on_persisted(const core::Now& now, const core::Persisted& persisted, Decisions& out) {
  if (persisted.lane == core::Lane::bulk) return on_bulk_persisted(now, persisted.seq, out);
  persisted_ = std::max(persisted_, persisted.seq);
}

void Raft::on_timeout(const core::Now& now, Decisions& out) {
  give_up_waiting(now, out);
  if (role_ == Role::leader) {
    if (now.mono >= heartbeat_deadline_) send_heartbeats(now, out);
    give_up_transfer(now, out);
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
    write.records = std::exchange(out.records, {});
    out.ready.writes.push_back(std::move(write));
  }
  for (Letter& letter : std::exchange(out.letters, {})) {
    held_.push_back({last_write_, std::move(letter)});
  }
}

// ---- Quorums ------------------------------------------------------------------------------------

bool Raft::is_quorum(const std::set<core::NodeId>& nodes) const {
  return raft::is_quorum(members(), nodes);
}

/// The highest value that a majority has reached; while members change, each of the majorities.
std::uint64_t Raft::reached_by_quorum(std::uint64_t Progress::* what) const {
  const auto reached_by_majority = [&](const std::vector<core::Peer>& voters) {
    std::vector<std::uint64_t> values;
    for (const core::Peer& voter : voters) values.push_back(progress_.at(voter.id).*what);
    std::ranges::stable_sort(values);
    return values[(values.size() - 1) / 2];
  };
  const std::uint64_t reached = reached_by_majority(members().voters);
  if (!is_joint(members())) return reached;
  return std::min(reached, reached_by_majority(members().outgoing));
}

Index Raft::match_index(core::NodeId node) const {
  const auto found = progress_.find(node);
  return found == progress_.end() ? 0 : found->second.match_index;
}

}  // namespace raft
