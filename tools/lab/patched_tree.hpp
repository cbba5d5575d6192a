#pragma once

// A copy of what the simulator is built from, with a diff applied. The checkout is only read.

#include <expected>
#include <filesystem>
#include <string>

#include "paths.hpp"
#include "problem.hpp"

namespace lab {

// Makes .lab/hunt/tree the checkout plus the diff, writing only the files whose content changes, so
// that the build beside it compiles only what the diff (or the one before it) touches; then builds
// the simulator. Returns the program's path. A problem's exit status is 2 when there is no such
// diff and 3 when it does not apply or build. One process at a time: the others wait.
std::expected<std::filesystem::path, Problem> build_with(const Paths& paths,
                                                         const std::string& simulator,
                                                         const std::filesystem::path& diff);

}  // namespace lab
