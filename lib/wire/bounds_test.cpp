// Decoding never trusts a length: this program counts what is allocated while hostile inputs are
// read.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <new>
#include <string>

#include "wire/frame.hpp"
#include "wire/samples_test.hpp"
#include "wire/wire.hpp"

namespace {

std::size_t allocated = 0;

}  // namespace

// NOLINTBEGIN(cppcoreguidelines-no-malloc): what else could new itself call?
// Not inlined: g++ would see a free() of what new gave, and warn, although both are ours.
[[gnu::noinline]] void* operator new(std::size_t size) {
  allocated += size;
  if (void* memory = std::malloc(size)) return memory;
  std::abort();
}

[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
// NOLINTEND(cppcoreguidelines-no-malloc)

namespace {

constexpr std::size_t for_the_message = 1024;  // of the error

/// The bytes allocated while `input` is refused.
template <class T>
std::size_t cost_of_refusing(const std::string& input) {
  const std::size_t before = allocated;
  EXPECT_FALSE(wire::decode<T>(input));
  return allocated - before;
}

std::string with_count(std::uint64_t count, std::string_view rest) {
  return wire::encode(count) + std::string(rest);
}

TEST(Bounds, TheCounterCounts) {
  const std::size_t before = allocated;
  const std::string text(5000, 'x');
  EXPECT_EQ(text.size(), 5000u);
  EXPECT_GE(allocated - before, 5000u);
}

TEST(Bounds, AHugeCountOrLengthAllocatesNothing) {
  for (const std::uint64_t count : {std::uint64_t{1} << 20, std::uint64_t{1} << 40, UINT64_MAX}) {
    const std::string input = with_count(count, "abc");
    EXPECT_LE(cost_of_refusing<std::string>(input), for_the_message);
    EXPECT_LE(cost_of_refusing<core::Bytes>(input), for_the_message);
    EXPECT_LE(cost_of_refusing<std::vector<std::string>>(input), for_the_message);
    EXPECT_LE(cost_of_refusing<std::vector<sample::Everything>>(input), for_the_message);
  }
}

TEST(Bounds, ACountThatTheInputCouldHoldReservesNoMoreThanTheInput) {
  // A million elements of half a kilobyte each are announced, and a megabyte of input is there to
  // back them up.
  const std::string input = with_count(1'000'000, std::string(1'000'000, '\x09'));
  EXPECT_LE(cost_of_refusing<std::vector<sample::Everything>>(input),
            input.size() + for_the_message);
}

TEST(Bounds, AFrameHeaderAllocatesNoPayload) {
  std::string frame;
  wire::append_frame(frame, 1, std::string(100'000, 'x'));
  wire::FrameReader reader(1 << 20);
  const std::size_t before = allocated;
  reader.feed(std::string_view(frame).substr(0, wire::frame_header_bytes));
  EXPECT_TRUE(reader.next());
  EXPECT_LE(allocated - before, for_the_message);
}

}  // namespace
