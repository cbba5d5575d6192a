// Who owns what: lambdas, moves, views. Printed and explained in src/reference/cpp.md.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

// ANCHOR: lambda
struct HeldReply {
  int session = 0;
  std::string text;
};

TEST(Cpp, ALambdaCanLookAtAVariableOrHaveACopy) {
  std::vector<HeldReply> held = {{1, "stored"}, {2, "stored"}, {1, "refused"}};
  const int gone = 1;
  std::erase_if(held, [&](const HeldReply& reply) { return reply.session == gone; });
  EXPECT_EQ(held.size(), 1u);

  std::uint64_t term = 4;
  const auto term_now = [&term] { return term; };   // looks at the variable
  const auto term_asked = [term] { return term; };  // has a copy, made here
  term = 5;
  EXPECT_EQ(term_now(), 5u);
  EXPECT_EQ(term_asked(), 4u);
}
// ANCHOR_END: lambda

// ANCHOR: move
struct Write {
  std::uint64_t seq = 0;
  std::vector<std::string> records;
};

TEST(Cpp, AMoveHandsOverWhatAVectorHolds) {
  std::vector<std::string> records = {"task 1 enqueued", "task 2 enqueued"};
  const std::string* first = records.data();
  Write write;
  write.records = std::move(records);
  EXPECT_EQ(write.records.data(), first);  // the same strings, at the same address

  records.clear();  // what is left in it is not said: now it is empty
  records.emplace_back("task 1 leased");
  EXPECT_EQ(records.size(), 1u);
}
// ANCHOR_END: move

TEST(Cpp, FromWhatIsConstNothingIsMoved) {
  const std::vector<std::string> records = {"task 1 enqueued"};
  const std::string* first = records.data();
  // NOLINTNEXTLINE(performance-move-const-arg): that it copies is what is shown
  const std::vector<std::string> taken = std::move(records);
  EXPECT_NE(taken.data(), first);
}

// ANCHOR: span
struct Entry {
  std::uint64_t term = 0;
  std::string command;
};

/// Without the entries at the front that the follower has already.
std::span<const Entry> missing(std::span<const Entry> entries, std::size_t known) {
  return entries.subspan(std::min(known, entries.size()));
}

TEST(Cpp, ASpanIsAPartOfAVectorAndNoCopy) {
  const std::vector<Entry> log = {{1, "set x 1"}, {1, "set y 2"}, {2, "set x 3"}};
  const std::span<const Entry> rest = missing(log, 1);
  EXPECT_EQ(rest.size(), 2u);
  EXPECT_EQ(&rest.front(), &log[1]);  // the very same entry

  const std::string_view command = rest.front().command;
  EXPECT_EQ(command.substr(4), "y 2");  // no copy either
}
// ANCHOR_END: span

TEST(Cpp, ASpanEndsWhereItsVectorEnds) {
  const std::vector<Entry> log = {{1, "set x 1"}};
  EXPECT_TRUE(missing(log, 1).empty());
  EXPECT_TRUE(missing(log, 2).empty());
  const Entry one{2, "set y 2"};
  EXPECT_EQ(missing({&one, 1}, 0).size(), 1u);
}

}  // namespace
