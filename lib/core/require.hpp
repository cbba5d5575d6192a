// Assertions that are always on. What can happen (bad input, a full disk, a lost message) is a
// value; what cannot happen unless the code is wrong goes through require().
#pragma once

#include <source_location>

namespace core {

/// Prints `what` and the place to stderr, then aborts.
[[noreturn]] void fail(const char* what,
                       std::source_location place = std::source_location::current());

/// Aborts with `what` unless `holds`.
constexpr void require(bool holds, const char* what,
                       std::source_location place = std::source_location::current()) {
  if (!holds) fail(what, place);
}

}  // namespace core
