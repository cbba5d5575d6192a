// A register: one value, which is read and written.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <variant>

#include "check/model.hpp"

namespace check {

/// What a register holds: a text, or nothing as long as nothing was written.
struct Value {
  std::optional<std::string> text;
  friend auto operator<=>(const Value&, const Value&) = default;
};

struct Read {
  std::optional<Value> found;  // without it the answer is unknown
  friend auto operator<=>(const Read&, const Read&) = default;
};

struct Write {
  Value value;
  friend auto operator<=>(const Write&, const Write&) = default;
};

struct Register {
  using State = Value;
  using Action = std::variant<Read, Write>;

  static State initial() { return {}; }

  static bool step(State& state, const Action& action) {
    if (const auto* read = std::get_if<Read>(&action)) return !read->found || read->found == state;
    state = std::get<Write>(action).value;
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

  static bool leads_to(const State& from, const State& to) { return from == to; }

  static bool shows(const Action& action, const State& state) { return leaves(action) == state; }
};
static_assert(HintingModel<Register>);

}  // namespace check
