#pragma once

// What a reader wrote in my/NAME, for `./lab exercise`. tools/exercise builds it.

#include <expected>
#include <string>
#include <vector>

#include "paths.hpp"

namespace lab {

// Builds my/`name` and gives the command of `program`, sim or broker, which takes more flags. The
// error is the exit status: why it is was told.
std::expected<std::vector<std::string>, int> build_mine(const Paths& paths, const std::string& name,
                                                        const std::string& program);

}  // namespace lab
