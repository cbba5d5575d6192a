#pragma once

#include <filesystem>

namespace lab {

// Where things are. ./lab tells the root in LAB_ROOT; LAB_STATE moves run, log and data away from
// .lab, so that a test can run its own systems beside yours.
struct Paths {
  std::filesystem::path root;   // the checkout
  std::filesystem::path build;  // build/release
  std::filesystem::path run;    // what runs now: state, lock, control socket
  std::filesystem::path log;
  std::filesystem::path data;
};

// Reads the environment and makes the folders.
Paths find_paths();

}  // namespace lab
