// What happens to one task in a run of the simulator, in words:
//
//   3.037 s  the broker hands task 32 to worker-2: attempt 1 of 3, lease 1-34 until 3.342 s
//   3.386 s  worker-2 asks for more time for task 32 under lease 1-34
//   3.390 s  the broker answers worker-2: refused, stale_lease
//
// and nothing that does not concern that task. It is told by what clients ask and the broker
// answers, so it can be told of any core.
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "client.hpp"
#include "queue_work.hpp"
#include "sim/plan.hpp"
#include "sim/system.hpp"

namespace queue {

class TaskStory {
 public:
  TaskStory(const Options& options, TaskId task) : workers_(options.workers), task_(task) {}

  void see_connect(sim::ClientId client, core::SessionId session);
  void see_call(core::Instant at, sim::ClientId client, const core::Call<ClientProtocol>& call);
  void see_answer(core::Instant at, sim::ClientId client,
                  const core::Answer<ClientProtocol>& answer);
  void see_outcome(sim::ClientId client, const Outcome& outcome);
  void see_disconnect(core::Instant at, sim::ClientId client);
  void see_client_crash(core::Instant at, sim::ClientId client);
  void see_node_down(core::Instant at);
  void see_input(core::Instant at, const core::Input<Protocol>& input);
  void see_reply(core::Instant at, const core::Now& now, const core::Reply<Protocol>& reply);
  void see_fault(core::Instant at, const sim::Line& line);
  void see_heal(core::Instant at) { aside(at, "the faults have stopped: all are whole again"); }
  void see_finding(core::Instant at, const sim::Finding& finding);

  /// Its lines, by time. The error is a sentence: the broker never spoke of such a task.
  std::expected<std::vector<std::string>, std::string> lines() const;

 private:
  /// When a line is told.
  enum class If : std::uint8_t {
    always,
    same_bytes,  // the task that was enqueued with one of these payloads is the one
    amid,        // it explains what lies around it: only between two others
  };

  struct Line {
    core::Instant at;
    std::string words;
    If when = If::always;
    std::vector<core::Bytes> payloads = {};
  };

  /// A call of a client. That it concerns the task may come out with its answer.
  struct Call {
    sim::ClientId client;
    Command command;
    core::Instant sent_at;
    std::optional<core::Instant> reached_at = {};   // the broker
    std::optional<core::Instant> answered_at = {};  // by it
    bool over = false;       // at the client: it knows the answer or waits no more
    bool gave_task = false;  // a lease request that was answered with the task
  };

  /// Request ids begin anew in each life of a client.
  using Caller = std::pair<sim::ClientId, std::uint32_t>;
  using CallId = std::tuple<sim::ClientId, std::uint32_t, core::RequestId>;

  struct Holder {
    sim::ClientId client;
    LeaseToken lease;
    core::Instant until;            // true time
    std::uint32_t asked_of_it = 0;  // open questions about this lease: they may change that
  };

  void say(core::Instant at, std::string words) { lines_.push_back({at, std::move(words)}); }
  void aside(core::Instant at, std::string words) {
    lines_.push_back({at, std::move(words), If::amid});
  }
  void say_of(const Call& call, core::Instant at, std::string words);
  bool concerns(const Call& call) const;
  bool is_told(const Line& line) const;
  std::string name_of(sim::ClientId client) const;
  Call* find(core::SessionId session, core::RequestId request);
  void say_of_client(core::Instant at, sim::ClientId client, const std::string& what);
  void pass(core::Instant now);

  std::string words_of(const Command& command);
  void see_start(core::Instant at, const core::Start<Protocol>& start);
  void see_request(core::Instant at, const core::Request<Protocol>& request);
  void see_enqueued(core::Instant at, const Call& call, const Enqueued& enqueued);
  void see_leased(core::Instant at, const core::Now& now, Call& call, const LeasedTask& leased);
  void see_letters(core::Instant at, const Call& call, const DeadLetters& letters);
  std::string see_done(const Call& call);
  std::string see_result(const Call& call, const Result& result);
  bool is_of_holder(const Command& command) const;

  std::uint32_t workers_;  // the first so many clients are called workers
  TaskId task_;
  std::vector<Line> lines_;
  std::set<TaskId> known_;          // of which the broker spoke
  std::set<core::Bytes> payloads_;  // with which the task was enqueued: one, unless ids come again
  std::set<core::Bytes> sent_;      // by anybody
  std::map<core::SessionId, Caller> sessions_;
  std::map<sim::ClientId, std::uint32_t> lives_;
  std::map<CallId, Call> calls_;
  std::set<sim::ClientId> at_work_;  // on the task
  std::optional<Holder> holder_;
  bool told_dead_ = false;    // that it is a dead letter
  bool has_started_ = false;  // the broker
};

/// Shows a run to a TaskStory.
template <class C>
class TaskTeller : public sim::Observer<C, Client> {
  using Base = sim::Observer<C, Client>;

 public:
  static constexpr std::string_view subject = "task";

  TaskTeller(const Options& options, std::uint64_t task) : story_(options, TaskId{task}) {}

  std::expected<std::vector<std::string>, std::string> story() const { return story_.lines(); }

  void on_connect(core::Instant, sim::ClientId client, core::SessionId session) override {
    story_.see_connect(client, session);
  }
  void on_call(core::Instant at, sim::ClientId client,
               const core::Call<ClientProtocol>& call) override {
    story_.see_call(at, client, call);
  }
  void on_answer(core::Instant at, sim::ClientId client,
                 const core::Answer<ClientProtocol>& answer) override {
    story_.see_answer(at, client, answer);
  }
  void on_outcome(core::Instant, sim::ClientId client, const Outcome& outcome) override {
    story_.see_outcome(client, outcome);
  }
  void on_client_step(core::Instant at, sim::ClientId client, const core::Now&,
                      const ClientInput& input, const ClientReady&, const Client&) override {
    if (std::holds_alternative<core::Disconnected>(input)) story_.see_disconnect(at, client);
  }
  void on_client_crash(core::Instant at, sim::ClientId client) override {
    story_.see_client_crash(at, client);
  }
  void on_node_down(core::Instant at, core::NodeId) override { story_.see_node_down(at); }
  void on_step(core::Instant at, core::NodeId, const core::Now& now,
               const core::Input<Protocol>& input, const core::Ready<Protocol>& ready,
               typename Base::Cores) override {
    story_.see_input(at, input);
    for (; replies_seen_ < ready.replies.size(); ++replies_seen_) {
      story_.see_reply(at, now, ready.replies[replies_seen_]);
    }
  }
  void on_ready(core::Instant, core::NodeId, const core::Ready<Protocol>&,
                typename Base::Cores) override {
    replies_seen_ = 0;
  }
  void on_heal(core::Instant at, std::span<const core::NodeId>) override { story_.see_heal(at); }
  void on_fault(core::Instant at, const sim::Line& line) override { story_.see_fault(at, line); }
  void on_finding(core::Instant at, const sim::Finding& finding) override {
    story_.see_finding(at, finding);
  }

 private:
  TaskStory story_;
  std::size_t replies_seen_ = 0;  // of this turn
};

}  // namespace queue
