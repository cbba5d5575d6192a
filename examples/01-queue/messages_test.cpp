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

TEST(QueueMessages, KeepTheFormatOfCommands) {
  wire::Golden golden("commands");
  golden.add("enqueue", Enqueue{"mail", {core::Bytes("{\"to\": 1.50}"), core::Bytes("null")}});
  golden.add("lease", Lease{"mail", "ann", 5, 30'000, 10'000});
  golden.add("ack", Ack{"mail", TaskId{7}, token});
  golden.add("nack", Nack{"mail", TaskId{7}, token});
  golden.add("inspect", Inspect{"mail"});
  golden.add("as a command", Command(Inspect{"mail"}));
  golden.expect_every_alternative<Command>();
  golden.check();
}

TEST(QueueMessages, KeepTheFormatOfResults) {
  wire::Golden golden("results");
  golden.add("enqueued", Enqueued{{TaskId{7}, TaskId{8}}});
  golden.add("leased", Leased{{LeasedTask{TaskId{7}, token, 2, noon, core::Bytes("[1]")}}});
  golden.add("leased nothing", Leased{});
  golden.add("done", Done{});
  golden.add("counts", Counts{1, 2, 3, 4});
  golden.add("refused", Refused{Refusal::stale_lease});
  for (const auto& known : wire::description<Refusal>.values) {
    golden.add(std::string("refused: ") + std::string(known.name), Refused{known.value});
  }
  golden.add("as a result", Result(Done{}));
  golden.expect_every_alternative<Result>();
  golden.check();
}

TEST(QueueMessages, KeepTheFormatOfRecordsOnDisk) {
  wire::Golden golden("records");
  golden.add("enqueued", TaskEnqueued{TaskId{7}, "mail", core::Bytes("{\"to\": 1.50}"), noon});
  golden.add("leased", TaskLeased{TaskId{7}, token, "ann", 2, noon, 30'000});
  golden.add("returned by a nack", TaskReturned{TaskId{7}, ReturnReason::nacked});
  golden.add("returned by expiry", TaskReturned{TaskId{7}, ReturnReason::expired});
  golden.add("completed", TaskCompleted{TaskId{7}});
  golden.add("as a record", Record(TaskCompleted{TaskId{7}}));
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
