#include "paths.hpp"

#include <cstdlib>

namespace lab {

namespace fs = std::filesystem;

Paths find_paths() {
  const char* root_told = std::getenv("LAB_ROOT");
  const char* state_told = std::getenv("LAB_STATE");
  const fs::path root = root_told != nullptr ? fs::path(root_told) : fs::current_path();
  const fs::path state = state_told != nullptr ? fs::absolute(state_told) : root / ".lab";
  Paths paths{.root = root,
              .build = root / "build" / "release",
              .run = state / "run",
              .log = state / "log",
              .data = state / "data"};
  for (const fs::path& folder : {paths.run, paths.log, paths.data}) fs::create_directories(folder);
  return paths;
}

}  // namespace lab
