// For the tests: histories written by hand.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "check/cas_register.hpp"
#include "check/key_value.hpp"
#include "check/operation.hpp"
#include "check/register.hpp"

namespace check {

inline const Value nothing;
constexpr std::optional<std::int64_t> unknown;  // as the time of a return

inline Value value(std::int64_t number) { return {std::to_string(number)}; }

inline Read read(const Value& found) { return {found}; }
inline Read read(std::int64_t found) { return {value(found)}; }
inline Write write(std::int64_t number) { return {value(number)}; }
inline CompareAndSet cas(std::int64_t from, std::int64_t to) { return {value(from), value(to)}; }
inline Append append(std::string text) { return {std::move(text)}; }

/// What `process` asked from `called` to `returned`.
template <class M>
Operation<M> by(std::uint64_t process, std::int64_t called, std::optional<std::int64_t> returned,
                typename M::Action action, std::string key = "x") {
  const auto instant = [](std::int64_t at) { return core::Instant(core::Duration(at)); };
  return {ProcessId{process}, std::move(key), instant(called),
          returned ? std::optional(instant(*returned)) : std::nullopt, std::move(action)};
}

}  // namespace check
