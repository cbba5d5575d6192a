#include "hunt_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

namespace lab {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t between_starts = 1'000'000;
constexpr std::size_t checkers_width = 50;

std::size_t width_of(const std::vector<Bug>& bugs) {
  std::size_t width = 0;
  for (const Bug& bug : bugs) width = std::max(width, bug.full_name().size());
  return width;
}

std::string today() {
  using namespace std::chrono;
  const year_month_day date(floor<days>(system_clock::now()));
  return fmt::format("{}-{:02}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

// A link to the bug's story, or its name if it has none.
std::string linked(const Bug& bug, const fs::path& folder) {
  fs::path story = bug.diff;
  story.replace_extension(".md");
  if (!fs::exists(story)) return bug.full_name();
  return fmt::format("[{}]({})", bug.full_name(), fs::proximate(story, folder).generic_string());
}

std::string row_of(const Bug& bug, const Hunted& hunted, const fs::path& folder) {
  if (!hunted.failure.empty())
    return fmt::format("| {} | {} | | |\n", linked(bug, folder), hunted.failure);
  return fmt::format("| {} | {} | {} | {} |\n", linked(bug, folder), hunted.checkers(),
                     hunted.median(), hunted.worst());
}

}  // namespace

std::vector<Start> starts_of(std::uint32_t starts, std::uint32_t most_seeds) {
  std::vector<Start> all;
  for (std::uint64_t k = 0; k < starts; ++k) {
    const std::uint64_t first = k * between_starts;
    all.push_back({first, first + most_seeds - 1});
  }
  return all;
}

std::size_t Hunted::times_caught() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(findings, [](const auto& finding) { return finding.has_value(); }));
}

std::string Hunted::checkers() const {
  std::map<std::string, int> times;
  for (const auto& finding : findings) {
    if (finding) ++times[finding->checker];
  }
  std::vector<std::pair<std::string, int>> sorted(times.begin(), times.end());
  std::ranges::stable_sort(sorted, std::greater(), &std::pair<std::string, int>::second);
  std::string words;
  for (const auto& [checker, count] : sorted) words += (words.empty() ? "" : ", ") + checker;
  if (times_caught() == findings.size()) return words;
  const std::string missed = fmt::format("NOT caught by {} of {} starts",
                                         findings.size() - times_caught(), findings.size());
  return words.empty() ? missed : words + "; " + missed;
}

std::string Hunted::median() const { return seeds_needed(findings.size() / 2); }

std::string Hunted::worst() const { return seeds_needed(findings.size() - 1); }

// At `place` when the starts are in order, the luckiest first. The simulator runs every seed below
// the one that it tells of, so that their number does not depend on how many it runs at a time.
std::string Hunted::seeds_needed(std::size_t place) const {
  std::vector<std::pair<std::uint64_t, bool>> needed;  // how many; whether they were too few
  for (std::size_t i = 0; i < findings.size(); ++i) {
    const bool caught = findings[i].has_value();
    const std::uint64_t count =
        caught ? findings[i]->seed - starts[i].first + 1 : starts[i].count();
    needed.emplace_back(count, !caught);
  }
  std::ranges::sort(needed);
  const auto [count, too_few] = needed.at(place);
  return (too_few ? "> " : "") + std::to_string(count);
}

std::string table_head(const std::vector<Bug>& bugs) {
  return fmt::format("{:<{}}  {:<{}}  {:>6}  {:>5}\n", "bug", width_of(bugs), "caught by",
                     checkers_width, "median", "worst");
}

std::string table_line(const std::vector<Bug>& bugs, const Bug& bug, const Hunted& hunted) {
  const std::size_t width = width_of(bugs);
  if (!hunted.failure.empty())
    return fmt::format("{:<{}}  {}\n", bug.full_name(), width, hunted.failure);
  return fmt::format("{:<{}}  {:<{}}  {:>6}  {:>5}\n", bug.full_name(), width, hunted.checkers(),
                     checkers_width, hunted.median(), hunted.worst());
}

std::string table_page(const std::vector<Bug>& bugs, const std::vector<Hunted>& hunted,
                       const fs::path& folder, const std::vector<Start>& starts) {
  std::string page = fmt::format(
      "# Known bugs, and who catches them\n"
      "\n"
      "Made by `./lab hunt --all --starts {0} --most-seeds {1}` on {2}.\n"
      "\n"
      "Each bug is a diff of the shipped code, with its story. Hunts start at the seeds 0, "
      "1,000,000, 2,000,000 and so on, as many as\n"
      "`--starts` says, and each runs up to {1} seeds. \"Seeds needed\" are those that were run "
      "until a checker objected, that one\n"
      "included. A median of 1 means that more than half of the starts caught the bug with their "
      "first seed: such a bug is loud, and\n"
      "its worst start says more about the checkers than the median does.\n"
      "\n"
      "| bug | checker that caught it | seeds needed: median | worst |\n"
      "|---|---|--:|--:|\n",
      starts.size(), starts.front().count(), today());
  for (std::size_t i = 0; i < bugs.size(); ++i) page += row_of(bugs[i], hunted[i], folder);
  return page;
}

}  // namespace lab
