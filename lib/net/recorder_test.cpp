// `--record`: what stands in the trace, and what becomes of it when the program is killed.
#include "net/recorder.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "net/test_node.hpp"
#include "net/test_trace.hpp"

namespace net {
namespace {

using Input = toy::Toy::Input;

class Recording : public testing::Test {
 protected:
  std::expected<Recorder, std::string> open() { return Recorder::open(file_, header_); }

  /// One turn with so many steps, of a core that does nothing.
  static void turn(Recorder& recorder, int steps) {
    for (int i = 0; i < steps; ++i) recorder.step({}, Input(core::Room{}));
    recorder.ready(toy::Toy::Ready{});
  }

  /// What a program does that ends after its first turn.
  void record_one_turn() {
    auto recorder = open();
    ASSERT_TRUE(recorder);
    turn(*recorder, 1);
  }

  void append(std::string_view bytes) const {
    std::ofstream(file_, std::ios::binary | std::ios::app) << bytes;
  }

  const wire::TraceHeader header_{"toy", "node", core::Bytes(wire::encode(toy::Setup{})), 7};
  TemporaryFolder folder_;
  std::string file_ = folder_ / "trace";
};

TEST_F(Recording, HoldsEachTurnAsSoonAsItIsOver) {
  auto recorder = open();
  ASSERT_TRUE(recorder);
  turn(*recorder, 2);
  expect_core_follows<toy::Toy>(file_, 1);
  recorder->step({}, Input(core::Room{}));
  expect_core_follows<toy::Toy>(file_, 1);
}

TEST_F(Recording, HoldsNoTurnWithoutAStep) {
  auto recorder = open();
  turn(*recorder, 0);
  EXPECT_EQ(content_of(file_), "");
  turn(*recorder, 1);
  turn(*recorder, 0);
  expect_core_follows<toy::Toy>(file_, 1);
}

TEST_F(Recording, GoesOnBehindTheLastWholeTurnOfAKilledProgram) {
  record_one_turn();
  const std::string first = content_of(file_);
  record_one_turn();
  const std::string both = content_of(file_);
  ASSERT_TRUE(both.starts_with(first));
  const std::string second = both.substr(first.size());
  std::string header;
  wire::TraceWriter(header).header(header_);
  for (std::size_t torn = 0; torn <= second.size(); ++torn) {
    std::ofstream(file_, std::ios::binary) << first << second.substr(0, torn);
    auto recorder = open();
    ASSERT_TRUE(recorder) << torn;
    turn(*recorder, 1);
    expect_core_follows<toy::Toy>(file_, torn < header.size() ? 2 : 3);
    EXPECT_EQ(content_of(file_).size() > both.size() + header.size(), torn == second.size());
  }
}

TEST_F(Recording, LeavesAFileAloneThatIsNoTrace) {
  append("Dear diary");
  const auto recorder = open();
  ASSERT_FALSE(recorder);
  EXPECT_NE(recorder.error().find(file_ + " is not a trace to go on with"), std::string::npos);
  EXPECT_EQ(content_of(file_), "Dear diary");
}

TEST_F(Recording, RefusesADamagedTrace) {
  record_one_turn();
  std::string bytes = content_of(file_);
  bytes[bytes.size() / 2] = static_cast<char>(~bytes[bytes.size() / 2]);
  std::ofstream(file_, std::ios::binary) << bytes;
  EXPECT_FALSE(open());
  EXPECT_EQ(content_of(file_), bytes);
}

TEST_F(Recording, SaysWhichFileItCannotWrite) {
  file_ = folder_ / "no/such/folder";
  const auto recorder = open();
  ASSERT_FALSE(recorder);
  EXPECT_NE(recorder.error().find(file_), std::string::npos);
  file_ = folder_ / "";
  EXPECT_FALSE(open());
}

TEST_F(Recording, IsOffWithoutAFile) {
  file_ = "";
  auto recorder = open();
  ASSERT_TRUE(recorder);
  turn(*recorder, 1);
}

TEST_F(Recording, OfANodeIsFollowedByItsCoreAcrossARestart) {
  NodeOptions options;
  options.system = "toy";
  options.record = file_;
  options.data_dir = folder_ / "data";
  for (int run = 0; run < 2; ++run) {
    TestNode node(options);
    ask(node.port(), "/keep/a");
    ask(node.port(), "/nothing");  // answered without a step
    ask(node.port(), "/sleep/1");
  }
  expect_core_follows<toy::Toy>(file_, 2);
  EXPECT_NE(content_of(file_).find("kept"), std::string::npos);
}

}  // namespace
}  // namespace net
