// A model's states and operations as the numbers that the search works on.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "check/model.hpp"
#include "check/operation.hpp"
#include "check/space.hpp"

namespace check {

template <Model M>
class StateSpace final : public Space {
 public:
  StateId number_of(const typename M::State& state) {
    const auto [known, is_first] = numbers_.insert({state, static_cast<StateId>(states_.size())});
    if (is_first) states_.push_back(&known->first);
    return known->second;
  }

  /// `operation` must outlive this object.
  Step add(const Operation<M>& operation) {
    Step step;
    step.operation = static_cast<Index>(actions_.size());
    step.process = operation.process;
    step.called = operation.called;
    step.returned = operation.returned;
    const auto next_kind = static_cast<std::uint32_t>(kinds_.size());
    step.kind = kinds_.insert({operation.action, next_kind}).first->second;
    if constexpr (HintingModel<M>) {
      step.reads = M::is_read(operation.action);
      if (const auto needs = M::needs(operation.action)) step.needs = number_of(*needs);
      if (const auto leaves = M::leaves(operation.action)) step.leaves = number_of(*leaves);
    }
    actions_.push_back(&operation.action);
    return step;
  }

  bool has_hints() const override { return HintingModel<M>; }

  StateId step(StateId from, Index operation) override {
    typename M::State state = *states_[from];
    return M::step(state, *actions_[operation]) ? number_of(state) : no_state;
  }

  bool is_less(StateId a, StateId b) const override { return *states_[a] < *states_[b]; }

  bool leads_to(StateId from, StateId to) const override {
    if constexpr (HintingModel<M>) return M::leads_to(*states_[from], *states_[to]);
    return true;
  }

  bool shows(Index operation, StateId state) const override {
    if constexpr (HintingModel<M>) return M::shows(*actions_[operation], *states_[state]);
    return true;
  }

 private:
  std::map<typename M::State, StateId> numbers_;
  std::vector<const typename M::State*> states_;
  std::map<typename M::Action, std::uint32_t> kinds_;
  std::vector<const typename M::Action*> actions_;
};

}  // namespace check
