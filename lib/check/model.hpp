// What a checker must know of a kind of object: what it does when one operation comes after the
// other. A model is a class without data, with these members:
//
//   State            what the object holds
//   Action           what was asked, and what was answered as far as that is known
//   State initial()  of an object that nothing happened to
//   bool step(State&, const Action&)  whether the action can happen in this state and be answered
//                                     so; if it can, the state afterwards. An unknown answer can
//                                     be any.
//
// States and actions are values with a total order; which order does not matter.
#pragma once

#include <concepts>
#include <optional>

namespace check {

template <class M>
concept Model =
    std::totally_ordered<typename M::State> && std::totally_ordered<typename M::Action> &&
    requires(typename M::State& state, const typename M::Action& action) {
      { M::initial() } -> std::same_as<typename M::State>;
      { M::step(state, action) } -> std::same_as<bool>;
    };

/// What a model may tell beyond that. The search finds the same without, but may take far longer.
///
///   is_read(action)       it never changes a state
///   needs(action)         the one state that allows it, if there is just one
///   leaves(action)        the state that it leaves whatever it found, if there is just one
///   leads_to(from, to)    whether actions for which leaves() knows nothing (they *add*) may make
///                         `to` of `from`, or the two are equal
///   shows(action, state)  whether the state may be one that `action` left, with additions since
///
/// An action with `needs` is allowed there; one that changes states without `needs` is allowed
/// everywhere. The last two may say yes too often, never no.
template <class M>
concept HintingModel =
    Model<M> && requires(const typename M::State& state, const typename M::Action& action) {
      { M::is_read(action) } -> std::same_as<bool>;
      { M::needs(action) } -> std::same_as<std::optional<typename M::State>>;
      { M::leaves(action) } -> std::same_as<std::optional<typename M::State>>;
      { M::leads_to(state, state) } -> std::same_as<bool>;
      { M::shows(action, state) } -> std::same_as<bool>;
    };

}  // namespace check
