// Values that are one of several things, or nothing. Printed and explained in src/reference/cpp.md.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <variant>

#include "core/client.hpp"
#include "core/overloaded.hpp"
#include "core/time.hpp"

namespace {

using namespace std::chrono_literals;

// ANCHOR: variant
struct Enqueue {
  std::string queue;
};
struct Ack {
  std::uint64_t task = 0;
};
using Command = std::variant<Enqueue, Ack>;

std::string told(const Command& command) {
  const core::Overloaded tell{
      [](const Enqueue& enqueue) { return "enqueue into " + enqueue.queue; },
      [](const Ack& ack) { return "ack task " + std::to_string(ack.task); },
  };
  return std::visit(tell, command);
}

TEST(Cpp, VisitRunsTheFunctionForTheTypeThatIsThere) {
  EXPECT_EQ(told(Enqueue{"photos"}), "enqueue into photos");
  EXPECT_EQ(told(Ack{7}), "ack task 7");
}
// ANCHOR_END: variant

TEST(Cpp, OneAlternativeCanBeAskedForByItsType) {
  const Command command = Ack{7};
  EXPECT_TRUE(std::holds_alternative<Ack>(command));
  EXPECT_EQ(std::get_if<Enqueue>(&command), nullptr);
  ASSERT_NE(std::get_if<Ack>(&command), nullptr);
  EXPECT_EQ(std::get_if<Ack>(&command)->task, 7u);
}

// ANCHOR: optional
/// When the first of these leases ends, by task; nothing when there are none.
std::optional<core::Instant> first_end(const std::map<int, core::Instant>& leases) {
  std::optional<core::Instant> first;
  for (const auto& [task, end] : leases) {
    if (!first || end < *first) first = end;
  }
  return first;
}

TEST(Cpp, AnOptionalHoldsAValueOrNone) {
  const core::Instant start;
  EXPECT_EQ(first_end({}), std::nullopt);
  EXPECT_EQ(first_end({{1, start + 30s}, {2, start + 10s}}), start + 10s);
}
// ANCHOR_END: optional

TEST(Cpp, AnOptionalIsEmptiedByResetAndHasItsOwnDefault) {
  std::optional<int> attempts = 3;
  EXPECT_EQ(attempts.value_or(5), 3);
  attempts.reset();
  EXPECT_FALSE(attempts.has_value());
  EXPECT_EQ(attempts.value_or(5), 5);
}

// ANCHOR: expected
using Answer = std::expected<std::uint64_t, core::CallError>;  // a task, or why none

std::string next_step(const Answer& answer) {
  if (answer) return "task " + std::to_string(*answer) + " is stored";
  if (answer.error() == core::CallError::refused) return "nothing was changed";
  return "nobody knows: ask again, under the same key";
}

TEST(Cpp, AnExpectedHoldsAValueOrAnError) {
  EXPECT_EQ(next_step(7u), "task 7 is stored");
  EXPECT_EQ(next_step(std::unexpected(core::CallError::unknown)),
            "nobody knows: ask again, under the same key");
}
// ANCHOR_END: expected

TEST(Cpp, AnErrorIsNoValue) {
  const Answer refused = std::unexpected(core::CallError::refused);
  EXPECT_FALSE(refused.has_value());
  EXPECT_EQ(next_step(refused), "nothing was changed");
}

}  // namespace
