// The formats of the queue's messages: what an older broker wrote, a newer one must read.
#include <gtest/gtest.h>

#include <chrono>

#include "messages_wire.hpp"
#include "wire/golden_test.hpp"

namespace queue {
namespace {

using namespace std::chrono_literals;

const core::UnixTime noon{1'700'000'000s};
const LeaseToken token{3, 17};
const Holding held{TaskId{7}, token};
const Settings settings{1'000, 3, "morgue"};

TEST(QueueMessages, KeepTheFormatOfCommands) {
  wire::Golden golden("commands");
  golden.add("enqueue", Enqueue{"mail",
                                {NewTask{core::Bytes("{\"to\": 1.50}")},
                                 NewTask{core::Bytes("null"), 5'000, 3, "order-17"}}});
  golden.add("lease", Lease{"mail", "ann", 5, 30'000, 10'000});
  golden.add("ack", Ack{"mail", held});
  golden.add("ack many", AckMany{"mail", {held, Holding{TaskId{8}, token}}});
  golden.add("nack", Nack{"mail", held});
  golden.add("extend", Extend{"mail", held, 30'000});
  golden.add("look", Look{"mail", TaskId{7}});
  golden.add("inspect", Inspect{"mail"});
  golden.add("list queues", ListQueues{});
  golden.add("set queue", SetQueue{"mail", settings});
  golden.add("list dead", ListDead{"mail", TaskId{7}, 10});
  golden.add("retry dead", RetryDead{"mail", TaskId{7}});
  golden.add("drop dead", DropDead{"mail", TaskId{7}});
  golden.add("as a command", Command(Inspect{"mail"}));
  golden.expect_every_alternative<Command>();
  golden.check();
}

TaskInfo info(TaskState state, std::uint32_t attempts) {
  TaskInfo info;
  info.task = TaskId{7};
  info.queue = "mail";
  info.state = state;
  info.attempts = attempts;
  info.max_attempts = 5;
  info.enqueued_at = noon;
  return info;
}

TEST(QueueMessages, KeepTheFormatOfResults) {
  TaskInfo failed = info(TaskState::failed, 5);
  failed.ended_at = noon + 1min;
  failed.reason = ReturnReason::expired;
  failed.payload = core::Bytes("[1]");
  TaskInfo processing = info(TaskState::processing, 1);
  processing.expires_at = noon + 30s;
  processing.worker = "ann";
  TaskInfo delayed = info(TaskState::pending, 0);
  delayed.not_before = noon + 5s;
  wire::Golden golden("results");
  golden.add("enqueued", Enqueued{{TaskId{7}, TaskId{8}}});
  golden.add("leased", Leased{{LeasedTask{TaskId{7}, token, 2, 5, noon, core::Bytes("[1]")}}});
  golden.add("leased nothing", Leased{});
  golden.add("done", Done{});
  golden.add("acked", Acked{{TaskId{7}}, {RefusedAck{TaskId{8}, Refusal::stale_lease}}});
  golden.add("a delayed task", delayed);
  golden.add("a task in hand", processing);
  golden.add("a failed task", failed);
  golden.add("a completed task", info(TaskState::completed, 1));
  golden.add("dead letters", DeadLetters{{failed}, true});
  golden.add("a queue", QueueInfo{"mail", settings, Counts{1, 2, 3, 4, 5, 6, 7, 8}});
  golden.add("queues", Queues{{QueueInfo{"mail", settings, Counts{}}}});
  for (const auto& known : wire::description<Refusal>.values) {
    golden.add(std::string("refused: ") + std::string(known.name), Refused{known.value});
  }
  golden.add("as a result", Result(Done{}));
  golden.expect_every_alternative<Result>();
  golden.check();
}

TEST(QueueMessages, KeepTheFormatOfRecordsOnDisk) {
  wire::Golden golden("records");
  golden.add("set", QueueSet{"mail", settings});
  golden.add("enqueued",
             TaskEnqueued{TaskId{7}, "mail", core::Bytes("{\"to\": 1.50}"), noon, 5'000, 3, 1});
  golden.add("key used", KeyUsed{"mail", "order-17", TaskId{7}, noon});
  golden.add("keys forgotten", KeysForgotten{12});
  golden.add("leased", TaskLeased{TaskId{7}, token, "ann", 2, noon, 30'000});
  golden.add("extended", LeaseExtended{TaskId{7}, noon, 30'000});
  golden.add("returned by a nack", TaskReturned{TaskId{7}, ReturnReason::nacked, noon, 750});
  golden.add("returned by expiry", TaskReturned{TaskId{7}, ReturnReason::expired, noon, 750});
  golden.add("completed", TaskCompleted{TaskId{7}, noon});
  golden.add("failed", TaskFailed{TaskId{7}, ReturnReason::nacked, noon});
  golden.add("moved", TaskMoved{TaskId{7}, "morgue", ReturnReason::expired});
  golden.add("retried", TaskRetried{TaskId{7}});
  golden.add("dropped", TaskDropped{TaskId{7}});
  golden.add("counted", QueueCounted{"mail", 12, 1});
  golden.add("numbered", TasksNumbered{TaskId{18}});
  golden.add("as a record", Record(TaskRetried{TaskId{7}}));
  golden.expect_every_alternative<Record>();
  golden.check();
}

TEST(QueueMessages, KeepTheFormatOfTheConfig) {
  wire::Golden golden("config");
  golden.add("the default limits", Config{});
  golden.add("nothing", Nothing{});
  golden.check();
}

}  // namespace
}  // namespace queue
