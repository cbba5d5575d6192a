// What clients saw of the store, for the judgement whether it could be (lib/check): one copy of it
// that does one thing at a time.
#pragma once

#include <compare>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "check/key_value.hpp"
#include "check/linearizability.hpp"
#include "core/digest.hpp"
#include "kv.hpp"

namespace kv {

class History {
 public:
  /// A call; the result names it.
  std::size_t ask(core::Instant at, const Operation& operation);
  std::size_t ask(core::Instant at, const Query& query);
  void answer(std::size_t call, core::Instant at, const Answer& answer);
  /// It was not carried out, and will not be.
  void refuse(std::size_t call) { calls_[call].refused = true; }
  /// The same call once more: what was refused may be carried out now.
  void ask_again(std::size_t call) { calls_[call].refused = false; }

  /// What a call did, as far as it is known.
  struct Deed {
    std::size_t call = 0;
    std::string key;
    core::Instant called;
    std::optional<core::Instant> returned;  // none: nobody knows what became of it
    check::KeyValue::Action action;
  };

  /// All but what was refused, and what tells nothing.
  std::vector<Deed> deeds() const;

  /// A key that was told to have two values of one version, in a sentence.
  std::optional<std::string> two_values() const;

  /// Empty when all of it can be; else what cannot, in a sentence.
  std::optional<std::string> what_is_wrong() const;

  void add_to(core::Digest& digest) const;

 private:
  using Action = check::KeyValue::Action;
  using Values = std::map<std::pair<std::string, Version>, check::Value>;

  struct Call {
    core::Instant called;
    std::optional<core::Instant> returned;
    std::string key;
    std::optional<Operation> operation;  // none: it only reads
    std::optional<Answer> answer;
    bool refused = false;
  };

  struct Place {
    std::string key;
    Version version = 0;
    bool sees = false;  // and did not make it

    friend auto operator<=>(const Place&, const Place&) = default;
  };

  std::optional<Place> place_of(const Deed& deed) const;
  bool narrow(std::vector<Deed>& deeds) const;
  std::optional<std::string> see_values(Values& values) const;
  static std::optional<Action> action_of(const Call& call, const Values& values);

  std::vector<Call> calls_;
};

}  // namespace kv
