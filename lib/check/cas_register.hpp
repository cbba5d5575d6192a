// A register with compare-and-set. A compare-and-set that was refused did not happen, and is left
// out of a history; of one with an unknown outcome nobody knows whether it found what it wanted.
#pragma once

#include <compare>
#include <optional>
#include <variant>

#include "check/model.hpp"
#include "check/register.hpp"

namespace check {

struct CompareAndSet {
  Value from;
  Value to;
  friend auto operator<=>(const CompareAndSet&, const CompareAndSet&) = default;
};

struct CasRegister {
  using State = Value;
  using Action = std::variant<Read, Write, CompareAndSet>;

  static State initial() { return {}; }

  static bool step(State& state, const Action& action) {
    if (const auto* read = std::get_if<Read>(&action)) return !read->found || read->found == state;
    if (const auto* write = std::get_if<Write>(&action)) {
      state = write->value;
      return true;
    }
    const auto& cas = std::get<CompareAndSet>(action);
    if (state != cas.from) return false;
    state = cas.to;
    return true;
  }

  static bool is_read(const Action& action) {
    const auto* cas = std::get_if<CompareAndSet>(&action);
    return std::holds_alternative<Read>(action) || (cas != nullptr && cas->from == cas->to);
  }

  static std::optional<State> needs(const Action& action) {
    if (const auto* read = std::get_if<Read>(&action)) return read->found;
    if (const auto* cas = std::get_if<CompareAndSet>(&action)) return cas->from;
    return std::nullopt;
  }

  static std::optional<State> leaves(const Action& action) {
    if (const auto* read = std::get_if<Read>(&action)) return read->found;
    if (const auto* write = std::get_if<Write>(&action)) return write->value;
    return std::get<CompareAndSet>(action).to;
  }

  static bool leads_to(const State& from, const State& to) { return from == to; }

  static bool shows(const Action& action, const State& state) { return leaves(action) == state; }
};
static_assert(HintingModel<CasRegister>);

}  // namespace check
