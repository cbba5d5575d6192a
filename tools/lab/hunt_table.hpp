#pragma once

// What hunting bugs from several starts gave, as a table for the terminal and as Markdown.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace lab {

// A bug under bugs/: SYSTEM/NAME.diff, told by SYSTEM/NAME.md.
struct Bug {
  std::string system;
  std::string name;
  std::filesystem::path diff;

  std::string full_name() const { return system + "/" + name; }
};

// The seeds that one hunt may use, both included.
struct Start {
  std::uint64_t first = 0;
  std::uint64_t last = 0;

  std::uint64_t count() const { return last - first + 1; }
  std::string words() const { return std::to_string(first) + ".." + std::to_string(last); }
};

// `starts` hunts of `most_seeds` each, far from one another.
std::vector<Start> starts_of(std::uint32_t starts, std::uint32_t most_seeds);

// The lowest seed that broke a law, and who saw it.
struct Finding {
  std::uint64_t seed = 0;
  std::string checker;
  std::string what;
};

// One bug, hunted from each start.
struct Hunted {
  int status = 0;       // as ./lab hunt exits
  std::string failure;  // why it was not hunted to the end; empty: it was
  std::vector<Start> starts;
  std::vector<std::optional<Finding>> findings;  // of each start; empty: not caught

  std::size_t times_caught() const;
  // Who caught it, whoever did so most often first, and how often nobody did.
  std::string checkers() const;
  // How many seeds were run until it was caught; of a start that did not catch it, more than it
  // had.
  std::string median() const;
  std::string worst() const;

 private:
  std::string seeds_needed(std::size_t place) const;
};

// The table's head and one bug's line; `bugs` makes the first column wide enough.
std::string table_head(const std::vector<Bug>& bugs);
std::string table_line(const std::vector<Bug>& bugs, const Bug& bug, const Hunted& hunted);

// The whole page: how and when it was made, what the numbers mean, the table. Links to the stories
// are written as seen from `folder`.
std::string table_page(const std::vector<Bug>& bugs, const std::vector<Hunted>& hunted,
                       const std::filesystem::path& folder, const std::vector<Start>& starts);

}  // namespace lab
