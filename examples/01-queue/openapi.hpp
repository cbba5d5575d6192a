// The description of the broker's HTTP, openapi.yaml, as a text in the program.
#pragma once

#include <string_view>

namespace queue {

std::string_view openapi_yaml();

}  // namespace queue
