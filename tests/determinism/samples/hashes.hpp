// The command line of the samples: that of a simulator program's `hashes`, over a function of the
// seed.
#pragma once

#include <charconv>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <string_view>

namespace samples {

/// Reads "A..B"; false when it is not of that form.
inline bool read_range(std::string_view text, std::uint64_t& first, std::uint64_t& last) {
  const char* end = text.data() + text.size();
  const auto low = std::from_chars(text.data(), end, first);
  if (low.ec != std::errc() || !std::string_view(low.ptr, end).starts_with("..")) return false;
  const auto high = std::from_chars(low.ptr + 2, end, last);
  return high.ec == std::errc() && high.ptr == end && first <= last;
}

/// `hashes --seeds A..B`: prints a line "SEED HASH" for each seed.
inline int main(int argc, char** argv, std::uint64_t (*hash)(std::uint64_t seed)) {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  const bool understood = argc == 4 && std::string_view(argv[1]) == "hashes" &&
                          std::string_view(argv[2]) == "--seeds" &&
                          read_range(argv[3], first, last);
  if (!understood) {
    std::fprintf(stderr, "usage: %s hashes --seeds A..B\n", argv[0]);
    return 2;
  }
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    std::printf("%" PRIu64 " %016" PRIx64 "\n", seed, hash(seed));
  }
  return 0;
}

}  // namespace samples
