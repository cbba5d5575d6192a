#include "check/offence.hpp"

#include <gtest/gtest.h>

#include "check/draw_history_test.hpp"
#include "check/history_test.hpp"

namespace check {
namespace {

TEST(Offence, AStaleReadIsShownByTwoWritesAndTheRead) {
  const History<Register> history = {
      by<Register>(1, 0, 1, write(9)), by<Register>(1, 2, 3, write(1)),
      by<Register>(1, 4, 5, write(2)), by<Register>(2, 4, 5, read(1)),
      by<Register>(2, 6, 7, read(1)),  by<Register>(1, 8, 9, write(3)),
      by<Register>(2, 8, 9, read(7))};
  EXPECT_EQ(find_offence<Register>(history), (Offence{1, 2, 4}));
}

TEST(Offence, WhatNobodyWroteIsShownByItsReadAlone) {
  const History<Register> history = {by<Register>(1, 0, 1, write(1)),
                                     by<Register>(2, 2, 3, read(7)),
                                     by<Register>(2, 4, 5, read(1))};
  EXPECT_EQ(find_offence<Register>(history), (Offence{1}));
}

TEST(Offence, OfALargeHistoryShowsByItselfThatThereIsNoOrder) {
  Shape shape;
  shape.operations = 1000;
  shape.values = 0;
  History<Register> history = draw_history<Register>(3, shape);
  plant<Register>(history, 400, nothing);
  const Offence offence = find_offence<Register>(history);
  EXPECT_LT(offence.size(), 5u);
  History<Register> matter;
  for (const std::uint64_t i : offence) matter.push_back(history[i]);
  EXPECT_EQ(check_object<Register>(matter, {}).verdict, Verdict::not_linearizable);
  matter.pop_back();
  EXPECT_EQ(check_object<Register>(matter, {}).verdict, Verdict::linearizable);
}

}  // namespace
}  // namespace check
