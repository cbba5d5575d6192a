#include "core/require.hpp"

#include <cstdio>
#include <cstdlib>

namespace core {

void fail(const char* what, std::source_location place) {
  std::fprintf(stderr, "%s:%u: %s: requirement failed: %s\n", place.file_name(), place.line(),
               place.function_name(), what);
  std::abort();
}

}  // namespace core
