// What a key of a key-value store holds: a text that is read (get), replaced (put), replaced if it
// is a certain one (compare-and-set), or made longer (append). Appending to nothing begins a text.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <variant>

#include "check/cas_register.hpp"
#include "check/model.hpp"
#include "check/register.hpp"

namespace check {

struct Append {
  std::string text;
  friend auto operator<=>(const Append&, const Append&) = default;
};

struct KeyValue {
  using State = Value;
  using Action = std::variant<Read, Write, Append, CompareAndSet>;

  static State initial() { return {}; }

  static bool step(State& state, const Action& action) {
    if (const auto* append = std::get_if<Append>(&action)) {
      state.text = state.text.value_or("") + append->text;
      return true;
    }
    return CasRegister::step(state, without_append(action));
  }

  static bool is_read(const Action& action) {
    return !is_append(action) && CasRegister::is_read(without_append(action));
  }

  static std::optional<State> needs(const Action& action) {
    return is_append(action) ? std::nullopt : CasRegister::needs(without_append(action));
  }

  static std::optional<State> leaves(const Action& action) {
    return is_append(action) ? std::nullopt : CasRegister::leaves(without_append(action));
  }

  static bool leads_to(const State& from, const State& to) {
    return from == to || (to.text && to.text->starts_with(from.text.value_or("")));
  }

  static bool shows(const Action& action, const State& state) {
    if (const auto* append = std::get_if<Append>(&action)) {
      return state.text && state.text->contains(append->text);
    }
    const std::optional<State> left = leaves(action);
    return !left || leads_to(*left, state);
  }

 private:
  static bool is_append(const Action& action) { return std::holds_alternative<Append>(action); }

  /// `action` must not be one.
  static CasRegister::Action without_append(const Action& action) {
    if (const auto* read = std::get_if<Read>(&action)) return *read;
    if (const auto* write = std::get_if<Write>(&action)) return *write;
    return std::get<CompareAndSet>(action);
  }
};
static_assert(HintingModel<KeyValue>);

}  // namespace check
