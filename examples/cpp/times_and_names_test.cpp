// Types that keep apart what must not be mixed up. Printed and explained in src/reference/cpp.md.
#include <gtest/gtest.h>

#include <chrono>
#include <compare>
#include <concepts>
#include <cstdint>
#include <functional>
#include <string>
#include <type_traits>
#include <vector>

#include "core/ids.hpp"
#include "core/time.hpp"

namespace {

// ANCHOR: chrono
using namespace std::chrono_literals;

TEST(Cpp, ALeaseDoesNotGrowWhenTheTimeOfDayIsSetBack) {
  core::Now now{core::Instant(5s), core::UnixTime(1'750'000'000s)};
  const core::Instant held_until = now.mono + std::chrono::milliseconds(30'000);
  const core::UnixTime expires_at = now.wall + 30s;

  now.mono += 31s;                       // time passes
  now.wall -= 1h;                        // somebody sets the clock of the machine
  EXPECT_TRUE(held_until <= now.mono);   // the lease is over
  EXPECT_FALSE(expires_at <= now.wall);  // the wrong clock says that it is not
}
// ANCHOR_END: chrono

template <class Left, class Right>
constexpr bool can_be_compared = std::is_invocable_v<std::less<>, Left, Right>;

static_assert(can_be_compared<core::Instant, core::Instant>);
static_assert(!can_be_compared<core::Instant, core::UnixTime>);
static_assert(std::convertible_to<std::chrono::milliseconds, core::Duration>);
static_assert(!std::convertible_to<core::Duration, std::chrono::milliseconds>);
static_assert(!std::convertible_to<int, core::Duration>);

// ANCHOR: ids
using TaskId = core::Id<struct TaskTag, std::uint64_t>;

struct LeaseToken {
  std::uint64_t incarnation = 0;
  std::uint64_t number = 0;

  friend auto operator<=>(const LeaseToken&, const LeaseToken&) = default;
};

TEST(Cpp, ADefaultedComparisonGoesMemberByMember) {
  EXPECT_TRUE(TaskId{7} == TaskId{7});
  EXPECT_TRUE(TaskId{7} < TaskId{8});
  EXPECT_TRUE((LeaseToken{1, 900} < LeaseToken{2, 1}));  // incarnation first
}
// ANCHOR_END: ids

static_assert(can_be_compared<TaskId, TaskId>);
static_assert(!can_be_compared<TaskId, core::SessionId>);
static_assert(!std::convertible_to<std::uint64_t, TaskId>);
static_assert(!std::convertible_to<TaskId, std::uint64_t>);
static_assert(!std::convertible_to<core::SessionId, TaskId>);

// ANCHOR: aggregate
struct Lease {
  std::string worker;
  std::uint32_t max = 1;
  std::uint32_t visibility_ms = 30'000;
};
struct LeasedTask {
  TaskId task;
  LeaseToken token;
  std::string payload;
};

TEST(Cpp, WhatAListLeavesOutHasItsDefault) {
  const Lease five{"ann", 5};
  EXPECT_EQ(five.visibility_ms, 30'000u);
  const Lease brief{.worker = "bob", .visibility_ms = 1'000};
  EXPECT_EQ(brief.max, 1u);

  std::vector<LeasedTask> tasks;
  tasks.push_back({{7}, {1, 3}, "photo-7"});  // a TaskId, a LeaseToken, a text
  EXPECT_EQ(tasks.front().token.number, 3u);
}
// ANCHOR_END: aggregate

}  // namespace
