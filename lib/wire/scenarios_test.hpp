// The scenarios of a system: transcripts in the folder scenarios/ beside its tests, which must be
// what happens. With LAB_REWRITE=1 in the environment the tests write them anew: look at the
// difference, it is what a reader of them will see.
//
//   const wire::Scenarios scenarios("QueueScenarios");
//   scenarios.expect_as_told("dead-letter.txt", played);
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <source_location>
#include <string>

namespace wire {

class Scenarios {
 public:
  /// Those beside the source file that calls this; `tests` is how ctest finds what plays them.
  explicit Scenarios(const std::string& tests,
                     std::source_location place = std::source_location::current())
      : here_(std::filesystem::path(place.file_name()).parent_path()),
        how_to_rewrite_("\nIf it is meant to be so: LAB_REWRITE=1 ctest --preset debug -R " +
                        tests + ", and look at the difference with git diff examples/" +
                        here_.filename().string() + "/scenarios") {}

  std::set<std::string> names() const {
    std::set<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(here_ / "scenarios")) {
      found.insert(entry.path().filename().string());
    }
    return found;
  }

  std::string text(const std::string& name) const { return content(here_ / "scenarios" / name); }

  void expect_as_told(const std::string& name, const std::string& played) const {
    const std::filesystem::path path = here_ / "scenarios" / name;
    if (std::getenv("LAB_REWRITE") != nullptr) std::ofstream(path, std::ios::binary) << played;
    EXPECT_EQ(content(path), played) << how_to_rewrite_;
  }

  /// So that none gets lost, and none is there that no reader finds.
  void expect_those_that_the_readme_names() const {
    const std::string readme = content(here_ / "README.md");
    const std::regex link("\\]\\(scenarios/([^)]+)\\)");
    std::set<std::string> named;
    for (std::sregex_iterator it(readme.begin(), readme.end(), link), end; it != end; ++it) {
      named.insert((*it)[1]);
    }
    EXPECT_FALSE(named.empty());
    EXPECT_EQ(named, names());
  }

 private:
  static std::string content(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::filesystem::path here_;
  std::string how_to_rewrite_;
};

}  // namespace wire
