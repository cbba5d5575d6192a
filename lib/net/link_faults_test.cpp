#include "net/link_faults.hpp"

#include <gtest/gtest.h>

#include <string>

namespace net {
namespace {

using std::chrono::milliseconds;

constexpr core::NodeId own{1};

std::string told(LinkFaults& faults, std::string_view order) { return obey(order, own, faults); }

TEST(LinkFaults, AreWhatTheOrdersSay) {
  LinkFaults faults;
  EXPECT_EQ(told(faults, "faults"), "ok");
  EXPECT_EQ(told(faults, "block 3,5,4"), "ok");
  EXPECT_EQ(told(faults, "delay 2 150"), "ok");
  EXPECT_EQ(told(faults, "delay 3 20"), "ok");
  EXPECT_EQ(told(faults, "faults"), "ok block 3,4,5; delay 2 150; delay 3 20");
  EXPECT_TRUE(faults.blocks(core::NodeId{4}));
  EXPECT_FALSE(faults.blocks(core::NodeId{2}));
  EXPECT_EQ(faults.delay_to(core::NodeId{2}), milliseconds(150));
  EXPECT_EQ(faults.delay_to(core::NodeId{4}), milliseconds(0));
}

TEST(LinkFaults, BlockReplacesWhatWasBlockedAndKeepsTheDelays) {
  LinkFaults faults;
  told(faults, "delay 2 150");
  told(faults, "block 3,4");
  told(faults, "block 2");
  EXPECT_EQ(told(faults, "faults"), "ok block 2; delay 2 150");
}

TEST(LinkFaults, ADelayOfZeroEndsThatDelayAndHealEndsEverything) {
  LinkFaults faults;
  told(faults, "delay 2 150");
  told(faults, "delay 3 20");
  EXPECT_EQ(told(faults, "delay 2 0"), "ok");
  EXPECT_EQ(told(faults, "faults"), "ok delay 3 20");
  told(faults, "block 2");
  EXPECT_EQ(told(faults, "heal"), "ok");
  EXPECT_EQ(faults, LinkFaults{});
}

TEST(LinkFaults, ARefusedOrderSaysWhatToDoAndChangesNothing) {
  LinkFaults faults;
  told(faults, "block 2");
  told(faults, "delay 2 150");
  const LinkFaults before = faults;
  for (const char* order : {"",
                            "block",
                            "block ",
                            "block 3,",
                            "block 3,x",
                            "block 3x",
                            "block 0",
                            "block 1",
                            "block 3, 4",
                            "block -1",
                            "block 4294967296",
                            "delay",
                            "delay 2",
                            "delay 1 5",
                            "delay 2 60001",
                            "delay 2 -5",
                            "delay 2 5x",
                            "delay 2 1 1",
                            "delay 2 x",
                            "heal 2",
                            "faults 2",
                            "drop 2",
                            " heal"}) {
    const std::string answer = told(faults, order);
    EXPECT_TRUE(answer.starts_with("error: ")) << order << ": " << answer;
    EXPECT_TRUE(answer.contains("block 3,4,5") || answer.contains("delay 2 150")) << answer;
    EXPECT_EQ(answer.find('\n'), std::string::npos);
    EXPECT_EQ(faults, before) << order;
  }
}

TEST(LinkFaults, NameNoMoreNodesThanTheyMay) {
  LinkFaults faults;
  std::string many = "block 2";
  for (int node = 3; node <= 65; ++node) many += "," + std::to_string(node);
  EXPECT_EQ(told(faults, many), "ok");
  EXPECT_TRUE(told(faults, many + ",66").starts_with("error: "));
  for (int node = 2; node <= 65; ++node) {
    EXPECT_EQ(told(faults, "delay " + std::to_string(node) + " 7"), "ok");
  }
  EXPECT_TRUE(told(faults, "delay 66 7").starts_with("error: "));
  EXPECT_EQ(told(faults, "delay 65 8"), "ok");
  EXPECT_EQ(faults.delay_ms.size(), 64u);
}

class DelayLineTest : public testing::Test {
 protected:
  SteadyTime at(int ms) const { return SteadyTime(milliseconds(ms)); }
  /// All that is due then, in one text.
  std::string taken(int ms) {
    std::string all;
    while (const auto message = line_.take(at(ms))) all += *message;
    return all;
  }

  DelayLine line_;
};

TEST_F(DelayLineTest, GivesAMessageWhenItsTimeHasComeAndNotBefore) {
  line_.add("a", at(10));
  line_.add("b", at(20));
  EXPECT_EQ(taken(9), "");
  EXPECT_EQ(line_.next(), at(10));
  EXPECT_EQ(taken(10), "a");
  EXPECT_EQ(taken(25), "b");
  EXPECT_TRUE(line_.empty());
}

TEST_F(DelayLineTest, KeepsTheOrderWhenTheDelayBecomesShorter) {
  line_.add("slow ", at(100));
  line_.add("fast", at(20));
  EXPECT_EQ(taken(20), "");
  EXPECT_EQ(taken(100), "slow fast");
}

TEST_F(DelayLineTest, LetsNothingWaitLongerThanIsSaidLater) {
  line_.add("a", at(10));
  line_.add("b", at(100));
  line_.hurry(at(30));
  EXPECT_EQ(taken(10), "a");
  EXPECT_EQ(taken(30), "b");
}

TEST_F(DelayLineTest, KnowsWhatItTakesInMemory) {
  EXPECT_EQ(line_.bytes(), 0u);
  line_.add("1234", at(10));
  line_.add("56", at(10));
  EXPECT_EQ(line_.bytes(), DelayLine::cost("1234") + DelayLine::cost("56"));
  taken(10);
  EXPECT_EQ(line_.bytes(), 0u);
  line_.add("7", at(10));
  line_.clear();
  EXPECT_EQ(line_.bytes(), 0u);
  EXPECT_EQ(line_.size(), 0u);
}

}  // namespace
}  // namespace net
