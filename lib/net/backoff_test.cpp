#include "net/backoff.hpp"

#include <gtest/gtest.h>

namespace net {
namespace {

TEST(Backoff, DoublesUpToItsLimitAndNeverWaitsLessThanHalf) {
  Backoff backoff(50, 2'000, 7);
  for (const std::int64_t most : {50, 100, 200, 400, 800, 1'600, 2'000, 2'000}) {
    const auto wait = backoff.next().count();
    EXPECT_GE(wait, most / 2);
    EXPECT_LE(wait, most);
  }
  for (int i = 0; i < 100; ++i) EXPECT_LE(backoff.next().count(), 2'000);
}

TEST(Backoff, BeginsAnewAfterASuccess) {
  Backoff backoff(50, 2'000, 7);
  EXPECT_TRUE(backoff.fresh());
  for (int i = 0; i < 5; ++i) backoff.next();
  EXPECT_FALSE(backoff.fresh());
  backoff.reset();
  EXPECT_TRUE(backoff.fresh());
  EXPECT_LE(backoff.next().count(), 50);
}

TEST(Backoff, DiffersBetweenThoseWhoFailedTogether) {
  Backoff one(1'000'000, 1'000'000, 1);
  Backoff other(1'000'000, 1'000'000, 2);
  EXPECT_NE(one.next(), other.next());
}

}  // namespace
}  // namespace net
