#include "patched_tree.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <sstream>

#include "log_file.hpp"
#include "process.hpp"
#include "terminal.hpp"

namespace lab {

namespace fs = std::filesystem;

namespace {

constexpr int does_not_apply = 3;

// What a build with LAB_SIM_ONLY reads.
constexpr std::array<const char*, 6> sources = {
    "CMakeLists.txt", "CMakePresets.json", "cmake", "lib", "examples", "tests/determinism"};

std::string content(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// Copies a file only when the content differs: an untouched file keeps its time, and is not
// compiled again.
void sync_file(const fs::path& from, const fs::path& to) {
  if (fs::is_regular_file(to) && fs::file_size(from) == fs::file_size(to) &&
      content(from) == content(to))
    return;
  std::ofstream(to, std::ios::binary) << content(from);
}

void sync_folder(const fs::path& from, const fs::path& to) {
  fs::create_directories(to);
  for (const auto& old : fs::directory_iterator(to)) {
    const fs::path source = from / old.path().filename();
    if (!fs::exists(source) || fs::is_directory(source) != old.is_directory())
      fs::remove_all(old.path());
  }
  for (const auto& entry : fs::directory_iterator(from)) {
    const fs::path target = to / entry.path().filename();
    if (entry.is_symlink()) continue;
    if (entry.is_directory()) sync_folder(entry.path(), target);
    if (entry.is_regular_file()) sync_file(entry.path(), target);
  }
}

void sync_sources(const fs::path& from, const fs::path& to) {
  fs::create_directories(to);
  for (const char* name : sources) {
    if (fs::is_directory(from / name)) {
      sync_folder(from / name, to / name);
    } else if (fs::exists(from / name)) {
      sync_file(from / name, to / name);
    }
  }
}

int run_logged(const std::vector<std::string>& command, const fs::path& directory,
               const fs::path& log) {
  const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  const int status = run_command(command, directory, out);
  close(out);
  return status;
}

int wait_for_lock(const fs::path& file) {
  const int lock = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock >= 0) flock(lock, LOCK_EX);
  return lock;
}

Problem with_end_of(const fs::path& log, std::string what) {
  Problem problem{std::move(what), {}, does_not_apply};
  for (const std::string& line : last_lines(log, 20))
    problem.mend.push_back("  | " + printable(line));
  problem.mend.push_back("All of it: " + log.string());
  return problem;
}

std::expected<void, Problem> build(const fs::path& home, const std::string& simulator,
                                   const fs::path& log) {
  const fs::path folder = home / "build";
  if (!fs::exists(folder / "build.ninja") &&
      run_logged({"cmake", "--preset", "sim", "-B", folder.string(),
                  "-DCMAKE_COMPILE_WARNING_AS_ERROR=OFF"},
                 home / "tree", log) != 0) {
    return std::unexpected(with_end_of(log, "the build of the patched copy could not be set up."));
  }
  const std::vector<std::string> command = {"cmake", "--build", folder.string(), "--target",
                                            simulator};
  if (run_logged(command, home / "tree", log) != 0) {
    return std::unexpected(with_end_of(log, "the patched copy does not build."));
  }
  return {};
}

}  // namespace

std::expected<fs::path, Problem> build_with(const Paths& paths, const std::string& simulator,
                                            const fs::path& diff) {
  std::error_code error;
  const fs::path patch = fs::canonical(diff, error);
  if (error || !fs::is_regular_file(patch)) {
    return std::unexpected(Problem{fmt::format("there is no diff {}.", diff.string()), {}, 2});
  }
  const fs::path home = paths.run.parent_path() / "hunt";
  fs::create_directories(home);
  // Once a process and to its end: what was built is run by it, and `hunt --all` comes here again.
  static const int lock = wait_for_lock(home / "lock");
  if (lock < 0) return std::unexpected(Problem{"cannot write to " + home.string(), {}});
  fs::remove_all(home / "patched");
  sync_sources(paths.root, home / "patched");
  const fs::path log = paths.log / "hunt-build.log";
  if (run_logged({"patch", "-p1", "-f", "-N", "-i", patch.string()}, home / "patched", log) != 0) {
    return std::unexpected(with_end_of(log, fmt::format("{} does not apply.", diff.string())));
  }
  sync_sources(home / "patched", home / "tree");
  if (auto built = build(home, simulator, log); !built) return std::unexpected(built.error());
  return home / "build" / simulator;
}

}  // namespace lab
