#pragma once

// The log of one process: bounded, readable while it grows.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace lab {

// NAME.log, and NAME.log.1 for what came before it: together at most twice max_bytes and one line.
// A new LogFile begins with an empty NAME.log, so that the log of a run holds that run.
class LogFile {
 public:
  LogFile(std::filesystem::path path, std::uint64_t max_bytes);

  void write_line(std::string_view line);

 private:
  void turn();

  std::filesystem::path path_;
  std::uint64_t max_bytes_;
  std::uint64_t bytes_ = 0;
  std::ofstream out_;
};

// Beside the logs: what all processes said, in the order in which it came, each line behind the
// name of its process and a tab.
inline constexpr std::string_view all_lines_name = "all.lines";

// The last `count` lines; fewer when the file has fewer, none when it is not there.
std::vector<std::string> last_lines(const std::filesystem::path& path, std::size_t count);

// Gives what a log gained since the last call, also across the turn to a new file.
class LogFollower {
 public:
  // Starts at the end of what is there.
  explicit LogFollower(std::filesystem::path path);

  std::vector<std::string> new_lines();

 private:
  void read_to_end(std::ifstream& in, std::vector<std::string>& lines);

  std::filesystem::path path_;
  std::ifstream in_;
  std::uint64_t inode_ = 0;
  std::string partial_;
};

}  // namespace lab
