// What a key of a key-value store holds: a text that is read (get), replaced (put), or made longer
// (append). Appending to nothing begins a text.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <variant>

#include "check/model.hpp"
#include "check/register.hpp"

namespace check {

struct Append {
  std::string text;
  friend auto operator<=>(const Append&, const Append&) = default;
};

struct KeyValue {
  using State = Value;
  using Action = std::variant<Read, Write, Append>;

  static State initial() { return {}; }

  static bool step(State& state, const Action& action) {
    if (const auto* read = std::get_if<Read>(&action)) return !read->found || read->found == state;
    if (const auto* write = std::get_if<Write>(&action)) {
      state = write->value;
    } else {
      state.text = state.text.value_or("") + std::get<Append>(action).text;
    }
    return true;
  }

  static bool is_read(const Action& action) { return std::holds_alternative<Read>(action); }

  static std::optional<State> needs(const Action& action) {
    if (const auto* read = std::get_if<Read>(&action)) return read->found;
    return std::nullopt;
  }

  static std::optional<State> leaves(const Action& action) {
    if (const auto* write = std::get_if<Write>(&action)) return write->value;
    return needs(action);
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
};
static_assert(HintingModel<KeyValue>);

}  // namespace check
