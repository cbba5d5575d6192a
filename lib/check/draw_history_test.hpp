// For the tests: histories of clients that talk to objects which are linearizable, drawn from a
// seed. Each operation takes effect at a moment of its own between its call and its return, which
// nobody but this generator knows.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "check/cas_register.hpp"
#include "check/key_value.hpp"
#include "check/operation.hpp"
#include "check/register.hpp"
#include "core/prng.hpp"

namespace check {

struct Shape {
  std::uint64_t operations = 10'000;
  std::uint64_t clients = 30;
  std::uint64_t keys = 1;
  std::uint64_t values = 5;      // different ones that are written; 0: all are different
  std::uint32_t reads = 50;      // in 100
  std::uint32_t cas = 0;         // in 100, or appends
  std::uint32_t unknown = 5;     // in 100 outcomes
  std::int64_t longest = 1'000;  // from call to return, in microseconds
  std::int64_t late = 100'000;   // until an unknown operation has taken effect, if it does
};

template <class M>
class HistoryDraw {
 public:
  HistoryDraw(std::uint64_t seed, Shape shape) : prng_(seed), shape_(shape) {}

  History<M> draw() {
    for (std::uint64_t i = 0; i < shape_.operations; ++i) call(i);
    std::ranges::stable_sort(effects_, {}, &Effect::at);
    for (Effect& effect : effects_) carry_out(effect);
    std::ranges::stable_sort(history_, {}, &Operation<M>::called);
    return std::move(history_);
  }

 private:
  struct Effect {
    std::int64_t at = 0;
    bool happens = true;
    Operation<M> operation;
  };

  static core::Instant instant(std::int64_t at) { return core::Instant(core::Duration(at)); }

  void call(std::uint64_t number) {
    const std::uint64_t client = number % shape_.clients;
    const std::int64_t called = free_at_[client] + prng_.between(0, shape_.longest / 10);
    const std::int64_t returned = called + prng_.between(0, shape_.longest);
    free_at_[client] = returned;
    Effect effect;
    effect.operation.called = instant(called);
    effect.operation.process.value = process_.try_emplace(client, client).first->second;
    effect.operation.key = "k" + std::to_string(prng_.below(shape_.keys));
    effect.at = prng_.between(called, returned);
    if (prng_.chance({shape_.unknown, 100})) {
      process_[client] += shape_.clients;
      effect.happens = prng_.chance({1, 2});
      effect.at = called + prng_.between(0, shape_.late);
    } else {
      effect.operation.returned = instant(returned);
    }
    effect.operation.action = draw_action(number);
    effects_.push_back(std::move(effect));
  }

  typename M::Action draw_action(std::uint64_t number) {
    const std::uint64_t drawn = prng_.below(100);
    if (drawn < shape_.reads) return Read{};
    const Value value = draw_value(number);
    if constexpr (std::is_same_v<M, CasRegister>) {
      if (drawn < shape_.reads + shape_.cas) return CompareAndSet{draw_value(0), value};
    }
    if constexpr (std::is_same_v<M, KeyValue>) {
      if (drawn < shape_.reads + shape_.cas) return Append{*value.text + ";"};
    }
    return Write{value};
  }

  Value draw_value(std::uint64_t number) {
    if (shape_.values == 0) return {std::to_string(number)};
    return {std::to_string(prng_.below(shape_.values))};
  }

  void carry_out(Effect& effect) {
    Operation<M>& operation = effect.operation;
    auto [object, is_first] = objects_.try_emplace(operation.key, M::initial());
    Value& state = object->second;
    if constexpr (std::is_same_v<M, CasRegister>) {
      auto* cas = std::get_if<CompareAndSet>(&operation.action);
      if (cas != nullptr && prng_.chance({1, 2})) cas->from = state;
      // One that is refused did not happen; one that nobody answered is not known to be refused.
      if (cas != nullptr && cas->from != state && operation.returned) return;
    }
    if (auto* read = std::get_if<Read>(&operation.action)) {
      if (operation.returned) read->found = state;
    } else if (effect.happens) {
      M::step(state, operation.action);
    }
    history_.push_back(std::move(operation));
  }

  core::Prng prng_;
  Shape shape_;
  std::map<std::uint64_t, std::int64_t> free_at_;   // of each client
  std::map<std::uint64_t, std::uint64_t> process_;  // of each client
  std::vector<Effect> effects_;
  std::map<std::string, Value> objects_;
  History<M> history_;
};

/// A history that is linearizable.
template <class M>
History<M> draw_history(std::uint64_t seed, const Shape& shape) {
  return HistoryDraw<M>(seed, shape).draw();
}

/// Makes the `nth` read of all that were answered find `value`.
template <class M>
void plant(History<M>& history, std::uint64_t nth, const Value& value) {
  for (Operation<M>& operation : history) {
    auto* read = std::get_if<Read>(&operation.action);
    if (read == nullptr || !operation.returned) continue;
    if (nth-- == 0) read->found = value;
  }
}

}  // namespace check
