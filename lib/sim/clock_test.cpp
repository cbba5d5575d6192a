#include "sim/clock.hpp"

#include <gtest/gtest.h>

#include "core/prng.hpp"

namespace sim {
namespace {

using core::Duration;
using core::Instant;
using std::chrono::hours;
using std::chrono::seconds;

Instant at(Duration since_start) { return Instant(since_start); }

TEST(ClockTest, RunsWithTrueTimeUntilItIsToldOtherwise) {
  Clock clock;
  clock.set_wall(core::UnixTime(seconds(1'000)));
  const core::Now now = clock.read(at(seconds(7)));
  EXPECT_EQ(now.mono, Instant(seconds(7)));
  EXPECT_EQ(now.wall, core::UnixTime(seconds(1'007)));
}

TEST(ClockTest, ARateMovesBothClocksFromThenOn) {
  Clock clock;
  clock.set_wall(core::UnixTime(seconds(1'000)));
  clock.set_rate(at(seconds(10)), 100'000);  // a tenth faster
  EXPECT_EQ(clock.read(at(seconds(30))).mono, Instant(seconds(10 + 22)));
  EXPECT_EQ(clock.read(at(seconds(30))).wall, core::UnixTime(seconds(1'000 + 10 + 22)));
  clock.set_rate(at(seconds(30)), -500'000);  // half as fast
  EXPECT_EQ(clock.read(at(seconds(40))).mono, Instant(seconds(10 + 22 + 5)));
}

TEST(ClockTest, AJumpMovesTheWallClockAlone) {
  Clock clock;
  clock.set_wall(core::UnixTime(hours(10)));
  clock.jump(at(seconds(5)), -hours(1));
  const core::Now now = clock.read(at(seconds(5)));
  EXPECT_EQ(now.mono, Instant(seconds(5)));
  EXPECT_EQ(now.wall, core::UnixTime(hours(9) + seconds(5)));
}

TEST(ClockTest, ARestartSetsTheMonotonicClockAlone) {
  Clock clock;
  clock.set_wall(core::UnixTime(hours(10)));
  clock.restart(at(seconds(5)), Instant(seconds(900)));
  const core::Now now = clock.read(at(seconds(6)));
  EXPECT_EQ(now.mono, Instant(seconds(901)));
  EXPECT_EQ(now.wall, core::UnixTime(hours(10) + seconds(6)));
}

TEST(ClockTest, WhenIsTheFirstMomentThatShowsThatTime) {
  core::Prng prng(1);
  for (int i = 0; i < 20'000; ++i) {
    Clock clock;
    const Instant begin = at(Duration(prng.between(0, 1'000'000'000)));
    clock.restart(begin, Instant(Duration(prng.between(0, 1'000'000'000))));
    clock.set_rate(begin, static_cast<std::int32_t>(prng.between(-500'000, 500'000)));
    const std::int64_t furthest = i % 2 == 0 ? 100 : 4'000'000'000'000;
    const Instant wanted = clock.read(begin).mono + Duration(prng.between(1, furthest));
    const Instant when = clock.when(wanted);
    ASSERT_GE(clock.read(when).mono, wanted);
    ASSERT_LT(clock.read(when - Duration(1)).mono, wanted);
  }
}

TEST(ClockTest, ATimeThatHasPassedIsDueAtOnce) {
  Clock clock;
  clock.set_rate(at(seconds(5)), 1'000);
  EXPECT_EQ(clock.when(Instant(seconds(3))), at(seconds(5)));
}

TEST(ClockTest, ClocksThatWillShowDifferentTimesHaveDifferentDigests) {
  Clock clock;
  Clock faster = clock;
  EXPECT_EQ(faster.digest(), clock.digest());
  faster.set_rate(at(Duration(0)), 1);
  EXPECT_NE(faster.digest(), clock.digest());
  Clock jumped = clock;
  jumped.jump(at(Duration(0)), Duration(1));
  EXPECT_NE(jumped.digest(), clock.digest());
}

}  // namespace
}  // namespace sim
