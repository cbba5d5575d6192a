#include "log_file.hpp"

#include <sys/stat.h>

#include <deque>

namespace lab {

namespace fs = std::filesystem;

LogFile::LogFile(fs::path path, std::uint64_t max_bytes)
    : path_(std::move(path)), max_bytes_(max_bytes) {
  turn();
}

// What was written so far becomes NAME.log.1.
void LogFile::turn() {
  out_.close();
  std::error_code error;  // a log that cannot be turned is written on
  if (fs::exists(path_, error)) fs::rename(path_, path_.string() + ".1", error);
  bytes_ = 0;
  out_.open(path_, std::ios::app);
}

void LogFile::write_line(std::string_view line) {
  if (bytes_ > 0 && bytes_ + line.size() + 1 > max_bytes_) turn();
  out_ << line << '\n' << std::flush;
  bytes_ += line.size() + 1;
}

std::vector<std::string> last_lines(const fs::path& path, std::size_t count) {
  std::ifstream in(path);
  std::deque<std::string> lines;
  std::string line;
  while (std::getline(in, line)) {
    lines.push_back(line);
    if (lines.size() > count) lines.pop_front();
  }
  return {lines.begin(), lines.end()};
}

namespace {

std::uint64_t inode_of(const fs::path& path) {
  struct stat found{};
  return stat(path.c_str(), &found) == 0 ? found.st_ino : 0;
}

}  // namespace

LogFollower::LogFollower(fs::path path)
    : path_(std::move(path)), in_(path_, std::ios::ate), inode_(inode_of(path_)) {}

void LogFollower::read_to_end(std::ifstream& in, std::vector<std::string>& lines) {
  char c = 0;
  while (in.get(c)) {
    if (c != '\n') {
      partial_ += c;
      continue;
    }
    lines.push_back(std::move(partial_));
    partial_.clear();
  }
  in.clear();  // so that the next call sees what was appended
}

std::vector<std::string> LogFollower::new_lines() {
  std::vector<std::string> lines;
  read_to_end(in_, lines);
  if (const std::uint64_t now = inode_of(path_); now != inode_ && now != 0) {
    in_ = std::ifstream(path_);
    inode_ = now;
    read_to_end(in_, lines);
  }
  return lines;
}

}  // namespace lab
