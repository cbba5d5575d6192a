// The description of a node's HTTP, openapi.yaml, as a text in the program.
#pragma once

#include <string_view>

namespace raft {

std::string_view openapi_yaml();

}  // namespace raft
