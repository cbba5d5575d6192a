// What a bench compares: ours, and what a user would pick instead.
#pragma once

#include <string>
#include <vector>

namespace bench {

inline constexpr const char* our_name = "ours";

struct Listed {
  std::string name;
  std::string program;  // which must be there
  std::string package;  // of Debian, that has it
};

/// Ours is always wanted, the others if `rivals` names them. One that is wanted and not installed
/// is told of.
bool is_to_run(const Listed& system, const std::vector<std::string>& rivals);

/// All but ours.
template <class System>
std::vector<std::string> rivals_among(const std::vector<System>& systems) {
  std::vector<std::string> names;
  for (const System& system : systems) {
    if (system.name != our_name) names.push_back(system.name);
  }
  return names;
}

}  // namespace bench
