#include "mine.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "process.hpp"
#include "terminal.hpp"

namespace lab {

std::expected<std::vector<std::string>, int> build_mine(const Paths& paths, const std::string& name,
                                                        const std::string& program) {
  const std::filesystem::path file = paths.run / ("mine-" + std::to_string(getpid()));
  const int status = run_command({(paths.root / "tools/exercise/exercise").string(), "make",
                                  program, file.string(), "--", name},
                                 paths.root);
  if (status != 0) return std::unexpected(status);
  std::vector<std::string> words;
  std::ifstream in(file);
  for (std::string word; std::getline(in, word);) words.push_back(word);
  in.close();
  std::filesystem::remove(file);
  if (words.empty()) return std::unexpected(report({"cannot read " + file.string(), {}}));
  return words;
}

}  // namespace lab
