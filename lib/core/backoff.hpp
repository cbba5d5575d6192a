// How long to wait before another try: twice as long after each failure, up to a limit; and half of
// it by chance, so that those who failed together do not come back together.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "core/prng.hpp"

namespace core {

/// After `failures` in a row, at least one: between half of `first_ms` doubled so often, and all of
/// it, at most `last_ms`.
inline std::chrono::milliseconds backoff(std::uint32_t first_ms, std::uint32_t last_ms,
                                         std::uint32_t failures, Prng& prng) {
  constexpr std::uint32_t most_doublings = 16;
  const std::uint64_t grown = std::uint64_t{first_ms} << std::min(failures - 1, most_doublings);
  const auto most = static_cast<std::int64_t>(std::min<std::uint64_t>(grown, last_ms));
  return std::chrono::milliseconds(prng.between(most / 2, most));
}

}  // namespace core
