// The commands of those who work on the course: mutants, fmt, tidy, book, bench. Each calls the
// tool that does the work.

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <filesystem>

#include "catalog.hpp"
#include "commands.hpp"
#include "process.hpp"
#include "terminal.hpp"

namespace lab {

namespace fs = std::filesystem;

namespace {

bool is_source(const fs::path& file) {
  return file.extension() == ".cpp" || file.extension() == ".hpp";
}

std::vector<std::string> source_files(const fs::path& root) {
  std::vector<std::string> files;
  for (const char* folder :
       {"lib", "examples", "tools", "tests", "bench", "exercises", "playground", "cmake"}) {
    if (!fs::is_directory(root / folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      if (entry.is_regular_file() && is_source(entry.path()))
        files.push_back(entry.path().string());
    }
  }
  return files;
}

}  // namespace

int fmt_code(const Paths& paths, bool check) {
  std::vector<std::string> command = {"clang-format-19"};
  if (check) {
    command.insert(command.end(), {"--dry-run", "--Werror"});
  } else {
    command.emplace_back("-i");
  }
  const std::vector<std::string> files = source_files(paths.root);
  command.insert(command.end(), files.begin(), files.end());
  const int status = run_command(command, paths.root);
  if (status != 0 && check) return report({"not everything is formatted.", {"./lab fmt does it."}});
  if (status == 0)
    show(fmt::format("{} files {}.\n", files.size(), check ? "are formatted" : "formatted"));
  return status;
}

int tidy(const Paths& paths) {
  return run_command({(paths.root / "tools/lab/tidy").string()}, paths.root);
}

int mutants(const Paths& paths, const MutantOptions& options) {
  std::vector<std::string> command = {(paths.root / "tools/mutants/mutants").string(),
                                      options.system, "--seeds", std::to_string(options.seeds)};
  if (options.only != 0) {
    command.insert(command.end(), {"--only", std::to_string(options.only)});
  }
  if (!options.file.empty()) command.insert(command.end(), {"--file", options.file});
  return run_command(command, paths.root);
}

int book(const Paths& paths, const BookOptions& options) {
  if (options.what == "build") return run_command({"mdbook", "build"}, paths.root);
  if (options.what != "serve") {
    std::vector<std::string> command = {(paths.root / "tools/book" / options.what).string()};
    if (options.live) command.emplace_back("--live");
    command.insert(command.end(), options.names.begin(), options.names.end());
    return run_command(command, paths.root);
  }
  const auto moved = parse_ports(options.ports);
  if (!moved) return report(moved.error());
  const auto catalog = read_catalog(paths, *moved);
  if (!catalog) return report(catalog.error());
  const auto book = choose(*catalog, {"book"});
  if (!book) return report(book.error());
  show(fmt::format("The book opens at http://127.0.0.1:{}; Ctrl-C ends it.\n", book->front().port));
  return run_command(book->front().processes.front().command, paths.root);
}

int bench(const Paths& paths, const std::string& part, const std::vector<std::string>& arguments) {
  const std::string program = fmt::format("bench/{}/bench_{}", part, part);
  // The folder beside those of the benches, with what they share, is none.
  const auto is_one = [&](const std::string& name) {
    return fs::exists(paths.root / "bench" / name / ("bench_" + name + ".cpp"));
  };
  if (part.find('/') != std::string::npos || !is_one(part)) {
    std::string all;
    for (const auto& entry : fs::directory_iterator(paths.root / "bench")) {
      const std::string name = entry.path().filename();
      if (is_one(name)) all += " " + name;
    }
    return report({fmt::format("there is no bench of '{}'.", printable(part)),
                   {"There is one of:" + all},
                   2});
  }
  // Configured again: what a bench needs may have been installed since the first time.
  if (run_command({"cmake", "--preset", "release"}, paths.root) != 0) return 1;
  if (run_command({"cmake", "--build", paths.build.string(), "--target", program}, paths.root) != 0)
    return 1;
  return report({become(paths.build / program, arguments), {}});
}

}  // namespace lab
