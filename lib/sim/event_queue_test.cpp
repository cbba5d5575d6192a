#include "sim/event_queue.hpp"

#include <gtest/gtest.h>

#include <string>

#include "core/prng.hpp"

namespace sim {
namespace {

core::Instant at(std::int64_t us) { return core::Instant(core::Duration(us)); }

std::string drain(EventQueue<std::string>& queue) {
  std::string order;
  while (!queue.empty()) order += queue.pop().second;
  return order;
}

TEST(EventQueueTest, GivesTheEarliestFirst) {
  EventQueue<std::string> queue;
  queue.push(at(3), "c");
  queue.push(at(1), "a");
  queue.push(at(2), "b");
  EXPECT_EQ(queue.next_at(), at(1));
  EXPECT_EQ(drain(queue), "abc");
}

TEST(EventQueueTest, GivesWhatFallsTogetherInTheOrderInWhichItWasPutIn) {
  EventQueue<std::string> queue;
  for (const char* name : {"a", "b", "c", "d", "e", "f", "g"}) queue.push(at(5), name);
  EXPECT_EQ(queue.pop().second, "a");
  queue.push(at(5), "h");  // takes the place of "a" in memory, and not in the row
  EXPECT_EQ(drain(queue), "bcdefgh");
}

TEST(EventQueueTest, SortsAsAStableSortDoes) {
  core::Prng prng(7);
  EventQueue<std::uint64_t> queue;
  std::vector<std::pair<core::Instant, std::uint64_t>> wanted;
  for (std::uint64_t i = 0; i < 2'000; ++i) {
    const core::Instant when = at(prng.between(0, 50));
    queue.push(when, i);
    wanted.emplace_back(when, i);
  }
  std::ranges::stable_sort(wanted, {}, &std::pair<core::Instant, std::uint64_t>::first);
  for (const auto& one : wanted) ASSERT_EQ(queue.pop(), one);
}

TEST(EventQueueTest, TellsAllThatWaitsInTheOrderInWhichItWasPutIn) {
  EventQueue<std::string> queue;
  for (const std::int64_t when : {9, 2, 7, 4}) queue.push(at(when), std::to_string(when));
  std::string order;
  for (const auto& key : queue.pending()) order += queue.at(key);
  EXPECT_EQ(order, "9274");
}

TEST(EventQueueTest, AnyThatWaitsCanBeTakenOut) {
  EventQueue<std::string> queue;
  for (const char* name : {"a", "b", "c", "d"}) queue.push(at(name[0]), name);
  EXPECT_EQ(queue.take(queue.pending()[1]), "b");
  EXPECT_EQ(drain(queue), "acd");
}

TEST(EventQueueTest, ACopyIsAQueueOfItsOwn) {
  EventQueue<std::string> queue;
  queue.push(at(1), "a");
  queue.push(at(2), "b");
  EventQueue<std::string> copy = queue;
  EXPECT_EQ(drain(queue), "ab");
  copy.push(at(1), "c");
  EXPECT_EQ(drain(copy), "acb");
}

}  // namespace
}  // namespace sim
