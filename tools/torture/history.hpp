// What all clients of a round saw, as a file for ./lab linearize, and its judgement.
#pragma once

#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "scripted_client.hpp"

namespace torture {

/// One JSON object a line, in the manner of Jepsen: tools/linearize/README.md describes it. Versions
/// are told as the values that had them. The error: two values have the same version.
std::expected<std::string, std::string> history_text(const std::vector<Call>& calls,
                                                     core::Instant begin);

struct Judgement {
  bool decided = true;
  std::optional<std::string> wrong;  // what cannot be, in words; none: linearizable
};

/// Runs the program `linearize` on the file. Throws what it says if it cannot judge it.
Judgement judge(const std::filesystem::path& linearize, const std::filesystem::path& history);

}  // namespace torture
