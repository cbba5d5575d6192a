#include "check/linearizability.hpp"

#include <gtest/gtest.h>

#include <deque>

#include "check/history_test.hpp"

namespace check {
namespace {

template <class M>
Verdict verdict(const History<M>& history) {
  return check_linearizable<M>(history).verdict;
}

constexpr auto good = Verdict::linearizable;
constexpr auto bad = Verdict::not_linearizable;
constexpr auto on_register = by<Register>;
constexpr auto on_cas = by<CasRegister>;
constexpr auto on_key = by<KeyValue>;

TEST(Linearizability, AnEmptyHistoryHasAnOrder) { EXPECT_EQ(verdict<Register>({}), good); }

TEST(Linearizability, AReadAfterAWriteFindsIt) {
  EXPECT_EQ(
      verdict<Register>({on_register(1, 0, 1, write(1), "x"), on_register(2, 2, 3, read(1), "x")}),
      good);
  EXPECT_EQ(verdict<Register>({on_register(2, 0, 1, read(nothing), "x")}), good);
}

TEST(Linearizability, AStaleReadHasNoOrder) {
  EXPECT_EQ(
      verdict<Register>({on_register(1, 0, 1, write(1), "x"), on_register(1, 2, 3, write(2), "x"),
                         on_register(2, 4, 5, read(1), "x")}),
      bad);
  EXPECT_EQ(verdict<Register>(
                {on_register(1, 0, 1, write(1), "x"), on_register(2, 2, 3, read(nothing), "x")}),
            bad);
}

TEST(Linearizability, AReadOfWhatNobodyWroteHasNoOrder) {
  EXPECT_EQ(
      verdict<Register>({on_register(1, 0, 1, write(1), "x"), on_register(2, 0, 9, read(7), "x")}),
      bad);
}

TEST(Linearizability, AReadBeforeTheWriteItFindsHasNoOrder) {
  EXPECT_EQ(
      verdict<Register>({on_register(1, 0, 1, read(1), "x"), on_register(2, 2, 3, write(1), "x")}),
      bad);
}

TEST(Linearizability, ReadsDuringAWriteMayFindOldThenNewButNotBack) {
  const auto history = [](std::int64_t first, std::int64_t second) {
    return History<Register>{
        on_register(1, 0, 1, write(1), "x"), on_register(1, 2, 9, write(2), "x"),
        on_register(2, 3, 4, read(first), "x"), on_register(2, 5, 6, read(second), "x")};
  };
  EXPECT_EQ(verdict<Register>(history(1, 2)), good);
  EXPECT_EQ(verdict<Register>(history(2, 2)), good);
  EXPECT_EQ(verdict<Register>(history(2, 1)), bad);
}

TEST(Linearizability, TwoReadersSeeTwoWritesInOneOrder) {
  const auto history = [](std::int64_t first, std::int64_t second) {
    return History<Register>{
        on_register(1, 0, 20, write(1), "x"),   on_register(2, 0, 20, write(2), "x"),
        on_register(3, 1, 4, read(1), "x"),     on_register(3, 5, 9, read(2), "x"),
        on_register(4, 1, 4, read(first), "x"), on_register(4, 5, 9, read(second), "x")};
  };
  EXPECT_EQ(verdict<Register>(history(1, 2)), good);
  EXPECT_EQ(verdict<Register>(history(2, 1)), bad);
}

TEST(Linearizability, OperationsThatOverlapMayHaveAnyOrder) {
  for (const std::int64_t last : {1, 2, 3}) {
    EXPECT_EQ(verdict<Register>(
                  {on_register(1, 0, 10, write(1), "x"), on_register(2, 1, 11, write(2), "x"),
                   on_register(3, 2, 12, write(3), "x"), on_register(4, 13, 14, read(last), "x")}),
              good)
        << last;
  }
}

TEST(Linearizability, OnlyOneOfTwoCompareAndSetsFromOneValueSucceeds) {
  EXPECT_EQ(verdict<CasRegister>({on_cas(1, 0, 1, write(1), "x"), on_cas(1, 2, 5, cas(1, 2), "x"),
                                  on_cas(2, 2, 5, cas(1, 3), "x")}),
            bad);
  EXPECT_EQ(verdict<CasRegister>({on_cas(1, 0, 1, write(1), "x"), on_cas(1, 2, 5, cas(1, 2), "x"),
                                  on_cas(2, 2, 5, cas(2, 3), "x")}),
            good);
}

TEST(Linearizability, ALostUpdateHasNoOrder) {
  // Both counted on from 1, and one of the two was forgotten.
  EXPECT_EQ(
      verdict<CasRegister>({on_cas(1, 0, 1, write(1), "x"), on_cas(1, 2, 9, cas(1, 2), "x"),
                            on_cas(2, 3, 8, cas(1, 2), "x"), on_cas(3, 10, 11, read(2), "x")}),
      bad);
  // In a store of texts an append was overwritten by another one.
  EXPECT_EQ(verdict<KeyValue>({on_key(1, 0, 5, append("a"), "x"), on_key(2, 0, 5, append("b"), "x"),
                               on_key(3, 6, 7, read(Value{"b"}), "x")}),
            bad);
}

TEST(Linearizability, AppendsAreFoundInOneOrder) {
  for (const auto& [first, second, expected] :
       {std::tuple("a", "ab", good), std::tuple("b", "ba", good), std::tuple("a", "ba", bad)}) {
    EXPECT_EQ(
        verdict<KeyValue>({on_key(1, 0, 9, append("a"), "x"), on_key(2, 0, 9, append("b"), "x"),
                           on_key(3, 1, 2, read(Value{first}), "x"),
                           on_key(3, 10, 11, read(Value{second}), "x")}),
        expected)
        << second;
  }
}

TEST(Linearizability, AnUnknownWriteMayTakeEffectMuchLater) {
  EXPECT_EQ(verdict<Register>(
                {on_register(1, 0, unknown, write(1), "x"), on_register(2, 5, 6, write(2), "x"),
                 on_register(2, 7, 8, read(2), "x"), on_register(2, 100, 101, read(1), "x")}),
            good);
}

TEST(Linearizability, AnUnknownWriteMayNeverTakeEffect) {
  EXPECT_EQ(verdict<Register>({on_register(1, 0, unknown, write(1), "x"),
                               on_register(2, 5, 6, write(2), "x"),
                               on_register(2, 100, 101, read(2), "x")}),
            good);
}

TEST(Linearizability, AnUnknownWriteTakesEffectOnce) {
  EXPECT_EQ(verdict<Register>(
                {on_register(1, 0, unknown, write(1), "x"), on_register(2, 5, 6, read(1), "x"),
                 on_register(2, 7, 8, write(2), "x"), on_register(2, 9, 10, read(1), "x")}),
            bad);
}

TEST(Linearizability, AnUnknownWriteTakesNoEffectBeforeItsCall) {
  EXPECT_EQ(verdict<Register>(
                {on_register(1, 5, unknown, write(1), "x"), on_register(2, 0, 4, read(1), "x")}),
            bad);
  // A process whose earlier operation is unknown may go on.
  EXPECT_EQ(
      verdict<Register>({on_register(1, 0, unknown, write(1), "x"),
                         on_register(1, 2, 3, write(2), "x"), on_register(2, 4, 5, read(1), "x")}),
      good);
}

TEST(Linearizability, AnUnknownCompareAndSetMayHaveFoundItsValueOrNot) {
  const auto history = [](std::int64_t from, std::int64_t found) {
    return History<CasRegister>{on_cas(1, 0, 1, write(1), "x"),
                                on_cas(1, 2, unknown, cas(from, 3), "x"),
                                on_cas(2, 9, 10, read(found), "x")};
  };
  EXPECT_EQ(verdict<CasRegister>(history(1, 3)), good);
  EXPECT_EQ(verdict<CasRegister>(history(1, 1)), good);
  EXPECT_EQ(verdict<CasRegister>(history(2, 3)), bad);
}

TEST(Linearizability, UnknownCompareAndSetsMayFollowEachOther) {
  EXPECT_EQ(
      verdict<CasRegister>({on_cas(1, 0, 1, write(1), "x"), on_cas(1, 2, unknown, cas(1, 2), "x"),
                            on_cas(3, 2, unknown, cas(2, 3), "x"), on_cas(2, 9, 10, read(3), "x")}),
      good);
}

TEST(Linearizability, AReturnAndACallAtTheSameTimeOverlap) {
  EXPECT_EQ(verdict<Register>(
                {on_register(1, 0, 5, write(1), "x"), on_register(2, 5, 9, read(nothing), "x")}),
            good);
  EXPECT_EQ(verdict<Register>(
                {on_register(1, 0, 4, write(1), "x"), on_register(2, 5, 9, read(nothing), "x")}),
            bad);
}

TEST(Linearizability, OperationsOfOneProcessFollowEachOtherAtTheSameTime) {
  EXPECT_EQ(verdict<Register>(
                {on_register(1, 5, 5, write(1), "x"), on_register(1, 5, 5, read(nothing), "x")}),
            bad);
  EXPECT_EQ(verdict<Register>(
                {on_register(1, 5, 5, read(nothing), "x"), on_register(1, 5, 5, write(1), "x")}),
            good);
}

TEST(Linearizability, AnOperationMayReturnAtTheTimeOfItsCall) {
  EXPECT_EQ(
      verdict<Register>({on_register(1, 1, 1, write(1), "x"), on_register(2, 2, 2, read(1), "x"),
                         on_register(1, 3, 3, write(2), "x"), on_register(2, 4, 4, read(2), "x")}),
      good);
}

TEST(Linearizability, EachKeyIsAnObjectOfItsOwn) {
  EXPECT_EQ(
      verdict<Register>({on_register(1, 0, 1, write(1), "x"), on_register(1, 2, 3, write(2), "y"),
                         on_register(2, 4, 5, read(1), "x"), on_register(2, 6, 7, read(2), "y")}),
      good);
  const Result result = check_linearizable<Register>({on_register(1, 0, 1, write(1), "x"),
                                                      on_register(1, 2, 3, write(2), "y"),
                                                      on_register(2, 4, 5, read(1), "y")});
  EXPECT_EQ(result.verdict, bad);
  EXPECT_EQ(result.key, "y");
}

TEST(Linearizability, AWriteThatStandsRightBeforeAnotherHidesNothingOfIt) {
  // The put of "4" returns before the get is called, but may stand before the put of "5".
  const auto put = [](const char* text) { return Write{Value{text}}; };
  EXPECT_EQ(verdict<KeyValue>(
                {on_key(1, 0, 22, read(nothing), "x"), on_key(2, 10, 27, put("4"), "x"),
                 on_key(3, 20, 27, put("5"), "x"), on_key(4, 22, 31, append("6"), "x"),
                 on_key(5, 25, 26, append("1"), "x"), on_key(6, 28, 35, read(Value{"51"}), "x")}),
            good);
}

TEST(Linearizability, ASearchThatReachesItsBoundIsUndecided) {
  History<Register> history;
  for (std::int64_t i = 0; i < 20; ++i) {
    history.push_back(on_register(static_cast<std::uint64_t>(i), 0, 100, write(i % 7), "x"));
    history.push_back(on_register(static_cast<std::uint64_t>(i), 101, 200, read(i % 7), "x"));
  }
  Bounds bounds;
  bounds.configurations = 2;
  const Result result = check_linearizable<Register>(history, bounds);
  EXPECT_EQ(result.verdict, Verdict::undecided);
  EXPECT_EQ(result.key, "x");
  bounds.configurations = 1'000'000;
  bounds.go_on = [] { return false; };
  EXPECT_EQ(check_linearizable<Register>(history, bounds).verdict, Verdict::undecided);
}

TEST(Linearizability, AnUndecidedObjectDoesNotHideABrokenOne) {
  History<Register> history;
  for (std::int64_t i = 0; i < 4; ++i) {
    history.push_back(on_register(static_cast<std::uint64_t>(i), 0, 100, write(i), "a"));
    history.push_back(on_register(static_cast<std::uint64_t>(i), 101, 200, read(3), "a"));
  }
  history.push_back(on_register(9, 0, 1, read(7), "b"));
  Bounds bounds;
  bounds.configurations = 2;
  EXPECT_EQ(check_linearizable<Register>(history, bounds).verdict, bad);
}

// A model without hints: what is put in comes out once, first in, first out.
struct Fifo {
  using State = std::deque<int>;
  struct Action {
    bool is_put = false;
    std::optional<int> number;  // of a take: nothing while the answer is unknown
    friend auto operator<=>(const Action&, const Action&) = default;
  };
  static State initial() { return {}; }
  static bool step(State& state, const Action& action) {
    if (action.is_put) {
      state.push_back(action.number.value());
      return true;
    }
    if (state.empty() || (action.number && state.front() != *action.number)) return false;
    state.pop_front();
    return true;
  }
};
static_assert(Model<Fifo> && !HintingModel<Fifo>);

TEST(Linearizability, AModelNeedsNoHints) {
  using Action = Fifo::Action;
  const auto history = [](int first, int second, std::optional<std::int64_t> returned) {
    return History<Fifo>{
        by<Fifo>(1, 0, 1, Action{true, 1}), by<Fifo>(1, 2, 3, Action{true, 2}),
        by<Fifo>(2, 4, 5, Action{false, first}),
        by<Fifo>(3, 4, returned, Action{false, returned ? std::optional(second) : std::nullopt})};
  };
  EXPECT_EQ(verdict<Fifo>(history(1, 2, 5)), good);
  EXPECT_EQ(verdict<Fifo>(history(2, 1, 5)), good);
  EXPECT_EQ(verdict<Fifo>(history(1, 1, 5)), bad);
  EXPECT_EQ(verdict<Fifo>(history(2, 0, unknown)), good);  // somebody took the 1
  EXPECT_EQ(verdict<Fifo>(history(1, 0, unknown)), good);
}

}  // namespace
}  // namespace check
