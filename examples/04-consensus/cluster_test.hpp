// A cluster for the tests: its messages wait until they are delivered, its disks write when they
// are told to, and its time stands still until it is moved. What its nodes replicate it does not
// know.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "raft.hpp"

namespace raft {

using std::chrono::milliseconds;

/// `Core` is Raft, or what steps as Raft does.
template <class Core>
class ClusterOf {
 public:
  explicit ClusterOf(std::uint32_t nodes, Config config = {}) : config_(config) {
    for (std::uint32_t id = 1; id <= nodes; ++id) config_.members.push_back({{id}, ""});
    for (std::uint32_t id = 1; id <= nodes; ++id) start(id);
  }
  /// Of these nodes the others are not members at first.
  ClusterOf(std::uint32_t nodes, std::uint32_t members, Config config = {}) : config_(config) {
    for (std::uint32_t id = 1; id <= members; ++id) config_.members.push_back({{id}, ""});
    for (std::uint32_t id = 1; id <= nodes; ++id) start(id);
  }

  const Raft& node(std::uint32_t id) const { return *hosts_.at(id).core; }
  bool is_up(std::uint32_t id) const { return hosts_.at(id).core.has_value(); }
  /// 0: there is none, or more than one.
  std::uint32_t leader() const {
    std::uint32_t found = 0;
    for (const auto& [id, host] : hosts_) {
      if (!host.core || host.core->role() != Role::leader || cut_.contains(id)) continue;
      if (found != 0) return 0;
      found = id;
    }
    return found;
  }

  // ---- What happens -----------------------------------------------------------------------------

  void start(std::uint32_t id) {
    Host& host = hosts_[id];
    Config config = config_;
    config.self = {id};
    if (id > config_.members.size()) config.members.clear();
    host.core.emplace(config, 1'000 * id + ++host.incarnation);
    core::Recovered<Protocol> recovered;
    recovered.snapshot = host.snapshot;
    recovered.covered = host.covered;
    recovered.log = host.durable;
    recovered.last_control = host.durable.empty() ? host.covered : host.durable.back().seq;
    recovered.last_bulk = host.last_bulk;
    step(id, core::Start<Protocol>{recovered, host.incarnation});
  }

  /// What was not durable is lost.
  void crash(std::uint32_t id) {
    hosts_.at(id).core.reset();
    hosts_.at(id).writing.clear();
    hosts_.at(id).draft.clear();
  }

  /// As if it had been up before, and left this on its disk: the log and what it lies behind.
  void start_with(std::uint32_t id, std::vector<Record> records,
                  std::vector<Record> snapshot = {}) {
    crash(id);
    hosts_.at(id).snapshot = std::move(snapshot);
    hosts_.at(id).durable = {{core::Lane::control, {1}, core::WriteKind::log, {}, records}};
    start(id);
  }

  /// From now on its writes wait for sync().
  void hold_disk(std::uint32_t id) { hosts_.at(id).held = true; }
  void sync(std::uint32_t id) {
    Host& host = hosts_.at(id);
    std::map<core::Lane, core::WriteSeq> last;
    for (auto& write : std::exchange(host.writing, {})) {
      last[write.lane] = write.seq;
      if (write.lane == core::Lane::bulk) {
        write_snapshot(host, write);
      } else {
        host.durable.push_back(std::move(write));
      }
    }
    for (const auto& [lane, seq] : last) step(id, core::Persisted{lane, seq});
  }

  /// Nobody hears it, and it hears nobody.
  void cut(std::uint32_t id) { cut_.insert(id); }
  void mend(std::uint32_t id) { cut_.erase(id); }

  void tell(std::uint32_t to, std::uint32_t from, const Message& message) {
    step(to, core::Receive<Protocol>{{from}, message});
  }

  /// Delivers what is under way, and what comes of it, until all is said.
  void deliver() {
    while (!under_way_.empty()) {
      const Sent sent = std::move(under_way_.front());
      under_way_.pop_front();
      deliver(sent);
    }
  }
  /// Delivers what is under way from one to another, and not what comes of it.
  void deliver(std::uint32_t from, std::uint32_t to) {
    for (const Sent& sent : std::exchange(under_way_, {})) {
      if (sent.from == from && sent.to == to) {
        deliver(sent);
      } else {
        under_way_.push_back(sent);
      }
    }
  }
  void lose() { under_way_.clear(); }

  /// Lets time go on, with every time-out at its moment and all messages delivered at once.
  void run(milliseconds time) {
    const core::Instant end = now_.mono + time;
    deliver();
    while (const auto next = next_timeout()) {
      if (next->second > end) break;
      move_to(std::max(now_.mono, next->second));
      step(next->first, core::Timeout{});
      deliver();
    }
    move_to(end);
  }
  /// Until one node leads and all that can hear it know.
  void elect() {
    for (int i = 0; i < 100 && leader() == 0; ++i) run(milliseconds(100));
    run(milliseconds(200));
  }
  /// Time goes on, and nobody notices yet.
  void wait(milliseconds time) { move_to(now_.mono + time); }
  /// Lets time go on until its time-out is due, and stops before.
  void run_until_due(std::uint32_t id) {
    const core::Duration left = *node(id).next_timeout() - now_.mono;
    run(std::chrono::duration_cast<milliseconds>(left) - milliseconds(1));
  }
  std::uint32_t first_to_time_out() const { return next_timeout()->first; }
  /// Its time-out comes at once.
  void time_out(std::uint32_t id) {
    move_to(std::max(now_.mono, *node(id).next_timeout()));
    step(id, core::Timeout{});
  }

  // ---- Clients ----------------------------------------------------------------------------------

  std::uint64_t ask(std::uint32_t id, const Command& command) {
    const core::RequestId request{++last_request_};
    step(id, core::Request<Protocol>{{1}, request, command});
    return request.value;
  }
  std::optional<Result> answer(std::uint64_t request) const {
    const auto found = answers_.find(request);
    return found == answers_.end() ? std::nullopt : std::optional(found->second);
  }
  bool is_done(std::uint64_t request) const {
    const auto result = answer(request);
    return result && std::holds_alternative<Done>(*result);
  }
  std::optional<Refusal> refusal(std::uint64_t request) const {
    const auto result = answer(request);
    const Refused* refused = result ? std::get_if<Refused>(&*result) : nullptr;
    return refused == nullptr ? std::nullopt : std::optional(refused->reason);
  }

  /// Whom the node wants to be connected to.
  const std::vector<core::Peer>& peers(std::uint32_t id) const { return hosts_.at(id).peers; }
  /// Whether the disk of `id` holds a snapshot.
  bool has_snapshot(std::uint32_t id) const { return !hosts_.at(id).snapshot.empty(); }
  /// How many writes of the log its disk holds.
  std::size_t log_on_disk(std::uint32_t id) const { return hosts_.at(id).durable.size(); }

  /// The messages of one kind that are under way to `to`.
  template <class M>
  std::vector<M> under_way(std::uint32_t to) const {
    std::vector<M> found;
    for (const Sent& sent : under_way_) {
      if (sent.to != to) continue;
      if (const M* message = std::get_if<M>(&sent.message)) found.push_back(*message);
    }
    return found;
  }

 private:
  struct Host {
    std::optional<Core> core;
    std::uint64_t incarnation = 0;
    bool held = false;
    std::vector<core::Write<Protocol>> writing;
    std::vector<core::Write<Protocol>> durable;  // of the log
    std::vector<Record> draft;                   // of a snapshot that does not count yet
    std::vector<Record> snapshot;
    core::WriteSeq covered;
    core::WriteSeq last_bulk;
    std::vector<core::Peer> peers;
  };

  struct Sent {
    std::uint32_t from = 0;
    std::uint32_t to = 0;
    Message message;
  };

  void deliver(const Sent& sent) {
    if (cut_.contains(sent.from) || cut_.contains(sent.to) || !is_up(sent.to)) return;
    tell(sent.to, sent.from, sent.message);
  }

  /// As lib/disk does it: a commit replaces the snapshot before it, and the log up to what it
  /// covers.
  static void write_snapshot(Host& host, const core::Write<Protocol>& write) {
    host.last_bulk = write.seq;
    if (write.kind == core::WriteKind::begin) host.draft.clear();
    host.draft.insert(host.draft.end(), write.records.begin(), write.records.end());
    if (write.kind != core::WriteKind::commit) return;
    host.snapshot = std::exchange(host.draft, {});
    host.covered = write.covers;
    std::erase_if(host.durable, [&](const auto& one) { return one.seq <= write.covers; });
  }

  void step(std::uint32_t id, const Input& input) {
    Host& host = hosts_.at(id);
    Ready ready;
    host.core->step(now_, input, ready);
    EXPECT_EQ(host.core->check_invariants(true), core::Violation{});
    for (auto& write : ready.writes) host.writing.push_back(std::move(write));
    for (auto& sent : ready.messages) under_way_.push_back({id, sent.to.value, sent.message});
    for (auto& reply : ready.replies) {
      EXPECT_TRUE(answers_.insert({reply.request.value, reply.result}).second) << "answered twice";
    }
    if (ready.peers) host.peers = *ready.peers;
    if (!host.held) sync(id);
  }

  void move_to(core::Instant time) {
    now_.wall += time - now_.mono;
    now_.mono = time;
  }

  std::optional<std::pair<std::uint32_t, core::Instant>> next_timeout() const {
    std::optional<std::pair<std::uint32_t, core::Instant>> next;
    for (const auto& [id, host] : hosts_) {
      const auto at = host.core ? host.core->next_timeout() : std::nullopt;
      if (at && (!next || *at < next->second)) next = {id, *at};
    }
    return next;
  }

  Config config_;
  core::Now now_;
  std::map<std::uint32_t, Host> hosts_;
  std::set<std::uint32_t> cut_;
  std::deque<Sent> under_way_;
  std::map<std::uint64_t, Result> answers_;
  std::uint64_t last_request_ = 0;
};

}  // namespace raft
