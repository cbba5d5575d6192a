#include "rig/systems.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>

namespace bench {

bool is_to_run(const Listed& system, const std::vector<std::string>& rivals) {
  const bool wanted = system.name == our_name || std::ranges::count(rivals, system.name) > 0;
  if (!wanted || std::filesystem::exists(system.program)) return wanted;
  std::printf("%s is left out, for it is missing: apt install %s\n", system.name.c_str(),
              system.package.c_str());
  return false;
}

}  // namespace bench
