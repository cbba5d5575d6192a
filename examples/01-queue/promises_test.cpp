// The shipped core keeps all six promises, and each of them can be broken: by the shipped core with
// something wrong between it and its clients.
#include "promises.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "any_program.hpp"
#include "core/overloaded.hpp"
#include "queue.hpp"

namespace queue {
namespace {

enum class Bug {
  none,
  other_bytes,             // some tasks are handed out with the bytes of another
  lease_too_short,         // a lease ends after half of its time
  ack_forgotten,           // some acks are answered and not carried out
  enqueue_forgotten,       // some enqueues likewise
  dies_with_its_worker,    // a task goes with the connection of whoever holds it
  ack_by_task_id,          // any lease of a task can ack it
  lease_given_twice,       // all leases of a task have the same token
  no_pause,                // a task that came back is there at once
  one_attempt_too_many,    // and nobody is told
  attempts_not_counted,    // each is the first
  starts_empty,            // what stood on disk is not read back
  answers_before_durable,  // what is being written counts as written
};

class Tampered final : public AnyCore {
 public:
  Tampered(Bug bug, Config config, std::uint64_t seed)
      : bug_(bug), inner_(changed(bug, config), seed) {}

  void step(const core::Now& now, const core::Input<Protocol>& input,
            core::Ready<Protocol>& ready) noexcept override {
    core::Input<Protocol> changed_input = input;
    core::Ready<Protocol> wanted;
    if (const auto* closed = std::get_if<core::Closed>(&input)) on_closed(now, *closed, wanted);
    if (auto* start = std::get_if<core::Start<Protocol>>(&changed_input)) on_start(*start);
    auto* request = std::get_if<core::Request<Protocol>>(&changed_input);
    if (request == nullptr || !on_request(*request, wanted)) {
      inner_.step(now, changed_input, wanted);
    }
    if (bug_ == Bug::answers_before_durable) believe_the_disk(now, wanted);
    std::erase_if(wanted.replies, [](const Reply& reply) { return reply.session.value == 0; });
    for (Reply& reply : wanted.replies) on_reply(reply);
    const auto append = [](auto& to, auto& from) { to.insert(to.end(), from.begin(), from.end()); };
    append(ready.writes, wanted.writes);
    append(ready.replies, wanted.replies);
  }

  std::optional<core::Instant> next_timeout() const override { return inner_.next_timeout(); }
  std::uint64_t digest() const override { return inner_.digest(); }
  core::Violation check_invariants(bool full) const override {
    return inner_.check_invariants(full);
  }
  std::unique_ptr<AnyCore> clone() const override { return std::make_unique<Tampered>(*this); }
  std::vector<QueueInfo> queue_infos() const override { return inner_.queue_infos(); }
  std::vector<TaskInfo> first_tasks(std::size_t most) const override {
    return inner_.first_tasks(most);
  }

 private:
  static Config changed(Bug bug, Config config) {
    if (bug == Bug::no_pause) config.backoff_ms = 0;
    if (bug == Bug::one_attempt_too_many) ++config.default_attempts;
    return config;
  }

  bool now_and_then() { return ++count_ % 16 == 0; }

  void on_start(core::Start<Protocol>& start) const {
    if (bug_ != Bug::starts_empty) return;
    start.recovered.snapshot.clear();
    start.recovered.log.clear();
  }

  void on_closed(const core::Now& now, const core::Closed& closed, core::Ready<Protocol>& wanted) {
    if (bug_ != Bug::dies_with_its_worker) return;
    for (const Ack& held : held_[closed.session]) {
      inner_.step(now, core::Request<Protocol>{core::SessionId{0}, core::RequestId{++count_}, held},
                  wanted);
    }
    held_.erase(closed.session);
  }

  /// Whether it was answered here.
  bool on_request(core::Request<Protocol>& request, core::Ready<Protocol>& wanted) {
    const auto answer = [&](Result result) {
      wanted.replies.push_back({request.session, request.request, std::move(result)});
      return true;
    };
    if (Lease* lease = std::get_if<Lease>(&request.command)) {
      queue_of_[{request.session, request.request}] = lease->queue;
      if (bug_ == Bug::lease_too_short) lease->visibility_ms /= 2;
    } else if (Ack* ack = std::get_if<Ack>(&request.command)) {
      if (bug_ == Bug::ack_forgotten && now_and_then()) return answer(Done{});
      use_last_token(ack->held);
    } else if (AckMany* acks = std::get_if<AckMany>(&request.command)) {
      for (Holding& held : acks->held) use_last_token(held);
    } else if (Nack* nack = std::get_if<Nack>(&request.command)) {
      if (bug_ == Bug::lease_given_twice) use_last_token(nack->held);
    } else if (Extend* extend = std::get_if<Extend>(&request.command)) {
      if (bug_ == Bug::lease_given_twice) use_last_token(extend->held);
      if (bug_ == Bug::lease_too_short) extend->visibility_ms /= 2;
    } else if (Enqueue* enqueue = std::get_if<Enqueue>(&request.command)) {
      if (bug_ == Bug::enqueue_forgotten && enqueue->tasks.size() == 1 && now_and_then()) {
        return answer(Enqueued{{TaskId{1'000'000 + count_}}});
      }
      for (NewTask& task : enqueue->tasks) {
        if (bug_ == Bug::one_attempt_too_many && task.max_attempts > 0) ++task.max_attempts;
      }
    }
    return false;
  }

  void use_last_token(Holding& held) const {
    const auto last = last_tokens_.find(held.task);
    const bool by_task = bug_ == Bug::ack_by_task_id || bug_ == Bug::lease_given_twice;
    if (by_task && last != last_tokens_.end()) held.lease = last->second;
  }

  void on_reply(Reply& reply) {
    if (Leased* leased = std::get_if<Leased>(&reply.result)) {
      const std::string& queue = queue_of_[{reply.session, reply.request}];
      for (LeasedTask& task : leased->tasks) on_leased(reply.session, queue, task);
    }
    if (DeadLetters* letters = std::get_if<DeadLetters>(&reply.result)) {
      for (TaskInfo& letter : letters->tasks) {
        if (bug_ == Bug::one_attempt_too_many) --letter.max_attempts;
      }
    }
  }

  void on_leased(core::SessionId session, const std::string& queue, LeasedTask& task) {
    held_[session].push_back({queue, {task.task, task.lease}});
    last_tokens_[task.task] = task.lease;
    if (bug_ == Bug::lease_given_twice) {
      task.lease = first_tokens_.insert({task.task, task.lease}).first->second;
    }
    if (bug_ == Bug::other_bytes && now_and_then()) task.payload = core::Bytes("{\"job\":1}");
    if (bug_ == Bug::attempts_not_counted) task.attempt = 1;
    if (bug_ == Bug::one_attempt_too_many) --task.max_attempts;
  }

  void believe_the_disk(const core::Now& now, core::Ready<Protocol>& wanted) {
    for (std::size_t i = 0; i < wanted.writes.size(); ++i) {
      const core::Persisted persisted{wanted.writes[i].lane, wanted.writes[i].seq};
      if (persisted.lane == core::Lane::control) inner_.step(now, persisted, wanted);
    }
  }

  Bug bug_;
  Queue inner_;
  std::uint64_t count_ = 0;
  std::map<core::SessionId, std::vector<Ack>> held_;
  std::map<std::pair<core::SessionId, core::RequestId>, std::string> queue_of_;
  std::map<TaskId, LeaseToken> last_tokens_;
  std::map<TaskId, LeaseToken> first_tokens_;
};

/// The names of what is found when the broker has this core.
std::set<std::string> broken_by(const CoreMaker& maker, std::uint32_t judged) {
  constexpr std::uint64_t seeds = 10;
  AnyQueue::use(maker);
  const sim::Program program = any_program(judged, "");
  std::set<std::string> broken;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    const auto result = program.run(*program.draw_plan(seed, {}), nullptr, sim::Hashing::without);
    EXPECT_TRUE(result) << result.error();
    if (!result->violated()) continue;
    if (result->noted.empty()) broken.insert(result->checker);
    for (const sim::Finding& finding : result->noted) broken.insert(finding.checker);
  }
  return broken;
}

std::set<std::string> broken_by(Bug bug, std::uint32_t judged = 5) {
  const auto maker = [bug](const Config& config, std::uint64_t seed) {
    return std::make_unique<Tampered>(bug, config, seed);
  };
  return broken_by(maker, judged);
}

using Names = std::set<std::string>;

// More seeds are run by `./lab test sim`.
TEST(Promises, TheShippedCoreKeepsAllSix) { EXPECT_EQ(broken_by(maker_of<Queue>(), 6), Names{}); }

TEST(Promises, NothingBreaksThemWhereNothingIsWrong) {
  EXPECT_EQ(broken_by(Bug::none, 6), Names{});
}

TEST(Promises, PayloadKeptIsBrokenByOtherBytes) {
  EXPECT_EQ(broken_by(Bug::other_bytes), Names{"payload-kept"});
}

TEST(Promises, OneHolderIsBrokenByALeaseThatEndsTooSoon) {
  EXPECT_EQ(broken_by(Bug::lease_too_short), (Names{"one-holder", "attempts-bounded"}));
}

TEST(Promises, OneHolderIsBrokenByATaskThatComesBackWhenItIsDone) {
  // Who does not look at an ack answers one of a lease that is over, too.
  EXPECT_TRUE(broken_by(Bug::ack_forgotten).contains("one-holder"));
}

TEST(Promises, NoTaskLostIsBrokenByAnEnqueueThatIsForgotten) {
  EXPECT_EQ(broken_by(Bug::enqueue_forgotten), Names{"no-task-lost"});
}

TEST(Promises, NoTaskLostIsBrokenByATaskThatDiesWithItsWorker) {
  EXPECT_EQ(broken_by(Bug::dies_with_its_worker), Names{"no-task-lost"});
}

TEST(Promises, StaleLeaseRefusedIsBrokenByAnAckThatOnlyNamesTheTask) {
  EXPECT_EQ(broken_by(Bug::ack_by_task_id), Names{"stale-lease-refused"});
}

TEST(Promises, StaleLeaseRefusedIsBrokenByATokenThatIsGivenTwice) {
  EXPECT_TRUE(broken_by(Bug::lease_given_twice).contains("stale-lease-refused"));
}

TEST(Promises, AttemptsBoundedIsBrokenWithoutAPause) {
  EXPECT_EQ(broken_by(Bug::no_pause), Names{"attempts-bounded"});
}

TEST(Promises, AttemptsBoundedIsBrokenByAnAttemptTooMany) {
  EXPECT_EQ(broken_by(Bug::one_attempt_too_many), Names{"attempts-bounded"});
}

TEST(Promises, AttemptsBoundedIsBrokenByAttemptsThatAreNotCounted) {
  EXPECT_EQ(broken_by(Bug::attempts_not_counted), Names{"attempts-bounded"});
}

TEST(Promises, SurvivesRestartIsBrokenByABrokerThatStartsEmpty) {
  EXPECT_EQ(broken_by(Bug::starts_empty, 6), Names{"survives-restart"});
}

TEST(Promises, SurvivesRestartIsBrokenByAnswersBeforeTheDiskHasThem) {
  EXPECT_EQ(broken_by(Bug::answers_before_durable, 6), Names{"survives-restart"});
}

TEST(Promises, AreNotCountedByASetting) {
  const sim::Program program = any_program(3, "");
  EXPECT_TRUE(program.draw_plan(0, {}));
  EXPECT_FALSE(program.draw_plan(0, {{"promises", "2"}}));
}

// Without the last promise no broker crashes: who keeps nothing on a disk keeps the other five.
TEST(Promises, AreKeptWithoutADiskWhereNoBrokerCrashes) {
  EXPECT_EQ(broken_by(Bug::starts_empty, 5), Names{});
}

}  // namespace
}  // namespace queue
