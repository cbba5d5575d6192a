#include "story.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace queue {
namespace {

using namespace std::chrono_literals;

class Told : public testing::Test {
 protected:
  Told() {
    ToldQueue::tell([this](const std::string& line) { lines_.push_back(line); });
    core::Start<Protocol> start;
    start.incarnation = 1;
    step(start);
  }
  void TearDown() override { ToldQueue::tell({}); }

  void step(const Input& input) { core_.step(now_, input, ready_); }

  void ask(const Command& command) {
    step(core::Request<Protocol>{core::SessionId{1}, core::RequestId{++last_request_}, command});
  }

  void persist() { step(core::Persisted{core::Lane::control, ready_.writes.back().seq}); }

  ToldQueue core_{Config{}, 0};
  Ready ready_;
  core::Now now_{core::Instant(1s), core::UnixTime(1s)};
  std::uint64_t last_request_ = 0;
  std::vector<std::string> lines_;
};

TEST_F(Told, TheBrokersLogSaysWhatHappensToATask) {
  ask(Enqueue{"mail", {core::Bytes("1")}});
  ask(Lease{"mail", "ann", 1, 1'000, 0});
  now_.mono += 1s;
  step(core::Timeout{});
  ask(Lease{"mail", "bob", 1, 1'000, 0});
  ask(Nack{"mail", TaskId{1}, LeaseToken{1, 2}});
  ask(Lease{"mail", "cid", 1, 1'000, 0});
  ask(Ack{"mail", TaskId{1}, LeaseToken{1, 3}});
  persist();
  EXPECT_EQ(lines_, (std::vector<std::string>{
                        "task 1  enqueued in mail",
                        "task 1  leased to ann",
                        "task 1  returned: ann's lease expired",
                        "task 1  leased to bob  attempt 2",
                        "task 1  returned: bob could not do it",
                        "task 1  leased to cid  attempt 3",
                        "task 1  completed by cid",
                    }));
}

TEST_F(Told, TheBrokersLogSaysNothingThatACrashCouldUndo) {
  ask(Enqueue{"mail", {core::Bytes("1")}});
  EXPECT_TRUE(lines_.empty());
  persist();
  EXPECT_EQ(lines_.size(), 1U);
}

}  // namespace
}  // namespace queue
