// What all clients of a round saw, as a file for ./lab linearize, and its judgement.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "scripted_client.hpp"

namespace torture {

/// One JSON object a line, in the manner of Jepsen: tools/linearize/README.md describes it.
/// Versions are told as the values that had them.
std::string history_text(const std::vector<Call>& calls, core::Instant begin);

/// A key that was told to have two values of one version, in a sentence.
std::optional<std::string> find_two_values(const std::vector<Call>& calls);

struct Judgement {
  bool decided = true;
  std::optional<std::string> wrong;  // what cannot be, in words; none: linearizable
};

/// Runs the program `linearize` on the file. Throws what it says if it cannot judge it.
Judgement judge(const std::filesystem::path& linearize, const std::filesystem::path& history);

}  // namespace torture
