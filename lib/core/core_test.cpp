#include <gtest/gtest.h>

#include <set>
#include <string>

#include "core/bytes.hpp"
#include "core/client.hpp"
#include "core/contract.hpp"
#include "core/digest.hpp"
#include "core/prng.hpp"

namespace core {
namespace {

TEST(Prng, DrawsTheNumbersPublishedForSplitMix64) {
  Prng prng(1234567);
  EXPECT_EQ(prng.next(), 6457827717110365317u);
  EXPECT_EQ(prng.next(), 3203168211198807973u);
  EXPECT_EQ(prng.next(), 9817491932198370423u);
}

TEST(Prng, BetweenStaysInItsRangeAndReachesBothEnds) {
  Prng prng(7);
  std::set<std::int64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(prng.between(-2, 2));
  EXPECT_EQ(seen, (std::set<std::int64_t>{-2, -1, 0, 1, 2}));
  EXPECT_EQ(prng.between(INT64_MAX, INT64_MAX), INT64_MAX);
  for (int i = 0; i < 100; ++i) prng.between(INT64_MIN, INT64_MAX);
}

TEST(Prng, BelowIsEvenEvenForABoundThatDoesNotDivideTwoToThe64) {
  Prng prng(1);
  const std::uint64_t bound = (std::uint64_t{1} << 63) + (std::uint64_t{1} << 62);  // 3/4 of 2^64
  int low_third = 0;
  for (int i = 0; i < 30000; ++i) low_third += prng.below(bound) < bound / 3 ? 1 : 0;
  EXPECT_NEAR(low_third, 10000, 400);  // `next() % bound` gives half of them: 15000
}

TEST(Prng, AForkDoesNotMoveItsParent) {
  Prng prng(3);
  const Prng before = prng;
  Prng child = prng.fork(1);
  child.next();
  EXPECT_EQ(prng.state(), before.state());
  EXPECT_NE(prng.fork(1).next(), prng.fork(2).next());
}

TEST(Bytes, ASliceSharesItsStorageAndOutlivesItsParent) {
  Bytes part;
  {
    const Bytes whole(std::string("a payload longer than any small buffer"));
    part = whole.slice(2, 7);
    EXPECT_EQ(part.view().data(), whole.view().data() + 2);
  }
  EXPECT_EQ(part.view(), "payload");
  EXPECT_EQ(part.slice(5, 100).view(), "ad");
  EXPECT_TRUE(part.slice(100, 1).empty());
}

TEST(Digest, ToldApartByWhereOneTextEndsAndTheNextBegins) {
  const auto digest = [](std::string_view a, std::string_view b) {
    return Digest().add(a).add(b).value();
  };
  EXPECT_NE(digest("ab", "c"), digest("a", "bc"));
  EXPECT_EQ(digest("ab", "c"), digest("ab", "c"));
  EXPECT_NE(digest(std::string_view("\0", 1), ""), digest("", std::string_view("\0", 1)));
}

TEST(Require, StopsTheProgramAndNamesThePlace) {
  EXPECT_DEATH(require(false, "the sky is green"), "core_test.cpp.*the sky is green");
  require(true, "does nothing");
}

// The smallest core there is: it counts commands. That it satisfies the concept proves the contract
// sound.
struct Counting {
  struct Config {};
  using Command = std::uint64_t;
  using Result = std::uint64_t;
  using Event = std::uint64_t;
  using Message = std::uint64_t;
  using Record = std::uint64_t;
  using Work = std::uint64_t;
  using Outcome = std::uint64_t;
};

class Counter {
 public:
  using Protocol = Counting;
  Counter(const Counting::Config&, std::uint64_t) {}
  void step(const Now&, const Input<Counting>& input, Ready<Counting>& ready) noexcept {
    if (const auto* asked = std::get_if<Request<Counting>>(&input)) {
      ready.replies.push_back({asked->session, asked->request, ++count_});
    }
  }
  std::optional<Instant> next_timeout() const { return std::nullopt; }
  std::uint64_t digest() const { return Digest().add(count_).value(); }
  Violation check_invariants(bool) const { return std::nullopt; }

 private:
  std::uint64_t count_ = 0;
};
static_assert(ProtocolCore<Counter>);

TEST(Contract, ACopyOfACoreIsAMomentToComeBackTo) {
  Counter core({}, 0);
  const Counter before = core;
  Ready<Counting> ready;
  core.step({}, Request<Counting>{SessionId{1}, RequestId{1}, 5}, ready);
  ASSERT_EQ(ready.replies.size(), 1u);
  EXPECT_EQ(ready.replies[0].result, 1u);
  EXPECT_NE(core.digest(), before.digest());
}

}  // namespace
}  // namespace core
