// The main program of a simulator around something that a reader wrote.
//   mine_NAME_sim sim|replay ... [--promises N]: judges the first N of the promises. Where that
//   stands twice, the last one counts: ./lab says how many an exercise asks for, and a reader may
//   ask for others.
#pragma once

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "sim/program.hpp"

inline bool take_promises(std::string_view text, std::uint32_t most, std::uint32_t& judged) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, judged);
  return error == std::errc() && stop == end && judged >= 1 && judged <= most;
}

/// `program` is given how many of the `most` promises are judged, and the flags that a replay needs
/// to run the same.
inline int run_mine(int argc, char** argv, std::uint32_t most,
                    sim::Program (*program)(std::uint32_t judged, std::string flags)) {
  std::uint32_t judged = most;
  std::vector<char*> rest;
  for (int i = 0; i < argc; ++i) {
    if (std::string_view(argv[i]) != "--promises") {
      rest.push_back(argv[i]);
    } else if (++i == argc || !take_promises(argv[i], most, judged)) {
      std::fprintf(stderr, "error: --promises wants a number from 1 to %u\n", most);
      return sim::exit_usage;
    }
  }
  const std::string flags = "--mine " MINE " --promises " + std::to_string(judged);
  return sim::run_program(program(judged, flags), static_cast<int>(rest.size()), rest.data());
}
