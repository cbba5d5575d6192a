// The command line of a simulator program. A small reader of our own: the usual libraries throw,
// and this program is built for WebAssembly without exceptions too.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/settings.hpp"

namespace sim {

/// From `first` to `last`, both included.
struct Seeds {
  std::uint64_t first = 0;
  std::uint64_t last = 0;

  std::uint64_t count() const { return last - first + 1; }
};

enum class Command : std::uint8_t { help, sim, replay, hashes, plan };

struct Arguments {
  Command command = Command::help;
  std::optional<Seeds> seeds;
  std::optional<std::uint64_t> seed;
  std::optional<std::string> plan;
  std::optional<std::string> trace;
  std::optional<std::uint32_t> exhaustive;
  std::optional<std::uint64_t> about;  // the one thing that a replay is to tell of
  std::uint32_t jobs = 0;              // processes at a time; 0: one for each processor
  std::uint32_t seed_seconds = 120;    // of processor time; a seed that takes longer has no end
  Settings settings;
  bool json = false;
  bool first = false;  // stop at the first violation
};

/// What `words` (without the program's name) ask for. `subject`: what a replay can tell of alone,
/// as "task" for `--task N`; empty: nothing. The error is a sentence.
std::expected<Arguments, std::string> parse_arguments(const std::vector<std::string_view>& words,
                                                      std::string_view subject = {});

/// For --help.
std::string usage(std::string_view program, std::string_view system, std::string_view subject = {});

}  // namespace sim
