#include "sim/alarm.hpp"

#include <gtest/gtest.h>

namespace sim {
namespace {

core::Instant at(std::int64_t microseconds) { return core::Instant(core::Duration(microseconds)); }

TEST(AlarmTest, RingsOnceAtTheEarliestTimeThatWasAskedFor) {
  Alarm alarm;
  EXPECT_EQ(alarm.set(at(0), at(10)), at(10));
  EXPECT_EQ(alarm.set(at(0), at(20)), std::nullopt);
  EXPECT_EQ(alarm.set(at(0), at(10)), std::nullopt);
  EXPECT_EQ(alarm.set(at(0), at(5)), at(5));
  EXPECT_TRUE(alarm.ring(at(5)));
  EXPECT_FALSE(alarm.ring(at(10)));
  EXPECT_EQ(alarm.set(at(5), at(20)), at(20));
}

TEST(AlarmTest, NeverRingsInThePast) {
  Alarm alarm;
  EXPECT_EQ(alarm.set(at(7), at(3)), at(7));
}

TEST(AlarmTest, WaitsForTheEndOfTheLongestPause) {
  Alarm alarm;
  alarm.pause(at(50));
  alarm.pause(at(30));
  EXPECT_TRUE(alarm.paused(at(49)));
  EXPECT_FALSE(alarm.paused(at(50)));
  EXPECT_EQ(alarm.set(at(1), at(2)), at(50));
  alarm.end_pause(at(4));
  EXPECT_EQ(alarm.set(at(4), at(4)), at(4));
}

TEST(AlarmTest, DoesNotRingOnceItIsCleared) {
  Alarm alarm;
  EXPECT_EQ(alarm.set(at(0), at(10)), at(10));
  alarm.clear();
  EXPECT_FALSE(alarm.ring(at(10)));
  EXPECT_EQ(alarm.set(at(0), at(15)), at(15));
}

}  // namespace
}  // namespace sim
