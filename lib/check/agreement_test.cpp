// The search against others that know no rule: the definition itself, on small histories, and the
// search without hints, on larger ones.
#include <gtest/gtest.h>

#include "check/brute_force_test.hpp"
#include "check/draw_history_test.hpp"
#include "check/linearizability.hpp"

namespace check {
namespace {

// A model of which only the necessary is known.
template <class M>
struct WithoutHints {
  using State = typename M::State;
  using Action = typename M::Action;
  static State initial() { return M::initial(); }
  static bool step(State& state, const Action& action) { return M::step(state, action); }
};

Shape draw_shape(core::Prng& prng, std::uint64_t most_operations) {
  Shape shape;
  shape.operations = 2 + prng.below(most_operations - 1);
  shape.clients = 1 + prng.below(6);
  shape.values = prng.below(5);
  shape.reads = 20 + static_cast<std::uint32_t>(prng.below(50));
  shape.cas = static_cast<std::uint32_t>(prng.below(40));
  shape.unknown = static_cast<std::uint32_t>(prng.below(3)) * 12;
  shape.longest = prng.between(1, 4 + 3 * static_cast<std::int64_t>(most_operations));
  shape.late = 2 * shape.longest;
  return shape;
}

/// Some of its reads found what they should not have.
template <class M>
History<M> draw_broken(core::Prng& prng, std::uint64_t most_operations) {
  const Shape shape = draw_shape(prng, most_operations);
  History<M> history = draw_history<M>(prng.next(), shape);
  std::vector<Value> found = {Value{}};
  for (const Operation<M>& operation : history) {
    const auto* read = std::get_if<Read>(&operation.action);
    if (read != nullptr && read->found) found.push_back(*read->found);
  }
  for (std::uint64_t mistakes = 1 + prng.below(3); mistakes > 0; --mistakes) {
    const std::uint64_t nth = prng.below(found.size());
    const std::uint64_t wrong = prng.below(found.size());
    plant<M>(history, nth, found[wrong]);
  }
  return history;
}

template <class M>
void agree_with_the_definition() {
  std::uint64_t good = 0;
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    core::Prng prng(seed);
    const History<M> history = draw_broken<M>(prng, 7);
    const bool expected = is_linearizable_by_force<M>(history);
    const Verdict verdict = check_object<M>(history, {}).verdict;
    ASSERT_EQ(verdict, expected ? Verdict::linearizable : Verdict::not_linearizable) << seed;
    good += expected ? 1 : 0;
  }
  EXPECT_GT(good, 500u);
  EXPECT_LT(good, 2900u);
}

template <class M>
void agree_without_hints() {
  std::uint64_t good = 0;
  std::uint64_t bad = 0;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    core::Prng prng(seed);
    const History<M> history = draw_broken<M>(prng, 40);
    History<WithoutHints<M>> plain;
    for (const Operation<M>& one : history) {
      plain.push_back({one.process, one.key, one.called, one.returned, one.action});
    }
    Bounds bounds;
    bounds.configurations = 50'000;
    const Verdict expected = check_object<WithoutHints<M>>(plain, bounds).verdict;
    if (expected == Verdict::undecided) continue;
    ASSERT_EQ(check_object<M>(history, {}).verdict, expected) << seed;
    ++(expected == Verdict::linearizable ? good : bad);
  }
  EXPECT_GT(good, 200u);
  EXPECT_GT(bad, 200u);
}

TEST(Agreement, ARegisterIsJudgedAsTheDefinitionSays) { agree_with_the_definition<Register>(); }
TEST(Agreement, CompareAndSetIsJudgedAsTheDefinitionSays) {
  agree_with_the_definition<CasRegister>();
}
TEST(Agreement, AppendingIsJudgedAsTheDefinitionSays) { agree_with_the_definition<KeyValue>(); }

TEST(Agreement, TheRulesForARegisterChangeNoVerdict) { agree_without_hints<Register>(); }
TEST(Agreement, TheRulesForCompareAndSetChangeNoVerdict) { agree_without_hints<CasRegister>(); }
TEST(Agreement, TheRulesForAppendingChangeNoVerdict) { agree_without_hints<KeyValue>(); }

template <class M>
void hints_are_true() {
  core::Prng prng(1);
  Shape shape;
  shape.operations = 500;
  shape.cas = 25;
  const History<M> history = draw_history<M>(prng.next(), shape);
  std::vector<Value> states = {M::initial()};
  for (const Operation<M>& operation : history) {
    Value state = states[prng.below(states.size())];
    if (M::step(state, operation.action)) states.push_back(state);
  }
  for (const Operation<M>& operation : history) {
    const auto& action = operation.action;
    for (const Value& before : states) {
      Value after = before;
      const bool is_allowed = M::step(after, action);
      const auto needs = M::needs(action);
      ASSERT_TRUE(!needs || is_allowed == (before == *needs));
      if (!is_allowed) continue;
      ASSERT_TRUE(!M::is_read(action) || after == before);
      const auto leaves = M::leaves(action);
      ASSERT_TRUE(!leaves || *leaves == after);
      ASSERT_TRUE(M::is_read(action) || M::shows(action, after));
      ASSERT_TRUE(leaves || M::leads_to(before, after));
    }
  }
}

TEST(Agreement, TheHintsOfTheModelsAreTrue) {
  hints_are_true<Register>();
  hints_are_true<CasRegister>();
  hints_are_true<KeyValue>();
}

}  // namespace
}  // namespace check
