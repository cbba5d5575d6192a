#pragma once

// What a command says when it cannot go on: one clear line, what to do about it, and the exit
// status.

#include <string>
#include <vector>

namespace lab {

struct Problem {
  std::string what;
  std::vector<std::string> mend;  // lines shown below it
  int exit_status = 1;            // 2: the command line is wrong; 3: a diff does not apply or build
};

}  // namespace lab
