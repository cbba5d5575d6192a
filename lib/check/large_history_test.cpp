// 10,000 operations by 30 clients, some with unknown outcomes: with all answers as they were, and
// with one that cannot have been.
#include <gtest/gtest.h>

#include "check/draw_history_test.hpp"
#include "check/linearizability.hpp"

namespace check {
namespace {

template <class M>
void decide(const Shape& shape) {
  History<M> history = draw_history<M>(7, shape);
  EXPECT_EQ(check_linearizable<M>(history).verdict, Verdict::linearizable);
  plant<M>(history, shape.operations * shape.reads / 150, Value{"never written"});
  EXPECT_EQ(check_linearizable<M>(history).verdict, Verdict::not_linearizable);
}

TEST(LargeHistory, OfARegisterWithoutUnknownOutcomesIsDecided) {
  decide<Register>({.values = 0, .unknown = 0});
  decide<Register>({.values = 100, .unknown = 0});
}

TEST(LargeHistory, OfARegisterWithUnknownOutcomesIsDecided) {
  decide<Register>({.values = 0});
  decide<Register>({.values = 1000});
}

TEST(LargeHistory, OfCompareAndSetWithUnknownOutcomesIsDecided) {
  decide<CasRegister>({.values = 0, .cas = 25});
}

TEST(LargeHistory, OfSmallRegistersIsDecidedForEachKey) {
  decide<CasRegister>({.keys = 10, .values = 5, .cas = 25});
}

TEST(LargeHistory, OfTextsThatAreReplacedAndAppendedToIsDecidedForEachKey) {
  decide<KeyValue>({.keys = 10, .values = 0, .cas = 25});
}

}  // namespace
}  // namespace check
