#include "sim/campaign.hpp"

#include <algorithm>
#include <iterator>

#include "wire/json_write.hpp"

namespace sim {
namespace {

std::uint64_t median(std::vector<std::uint64_t> values) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  return values[values.size() / 2];
}

/// Seconds with one decimal.
std::string tenths(std::uint64_t ms) {
  return std::to_string(ms / 1'000) + "." + std::to_string(ms % 1'000 / 100);
}

std::uint64_t milliseconds(core::Duration time) {
  return static_cast<std::uint64_t>(time.count()) / 1'000;
}

/// Of what has that name in one more seed.
void add(std::vector<Fired>& all, const std::string& name, std::uint64_t times) {
  auto found = std::ranges::find(all, name, &Fired::name);
  if (found == all.end()) found = all.insert(all.end(), {name, 0, 0});
  found->seeds += times > 0 ? 1 : 0;
  found->times += times;
}

std::string to_text(const std::vector<Fired>& all) {
  std::string text;
  for (const Fired& fired : all) {
    if (!text.empty()) text += ", ";
    text +=
        fired.name + " " + std::to_string(fired.seeds) + " (" + std::to_string(fired.times) + ")";
  }
  return text;
}

}  // namespace

std::uint64_t per_second(std::uint64_t count, std::uint64_t wall_ms) {
  return count * 1'000 / std::max<std::uint64_t>(wall_ms, 1);
}

std::vector<Fired> Summary::rare() const {
  std::vector<Fired> rare;
  for (const auto& all : {faults, tallies}) {
    std::ranges::copy_if(all, std::back_inserter(rare),
                         [&](const Fired& fired) { return fired.seeds * 100 < seeds; });
  }
  return rare;
}

Summary summarize(const std::vector<RunResult>& results) {
  Summary summary;
  std::uint64_t possible = 0;
  std::vector<std::uint64_t> answered;
  std::vector<std::uint64_t> crashes;
  for (const RunResult& result : results) {
    ++summary.seeds;
    summary.violations += result.violated() ? 1 : 0;
    summary.events += result.events;
    summary.live += result.live ? 1 : 0;
    summary.simulated += result.simulated;
    answered.push_back(result.answered);
    crashes.push_back(result.crashes);
    possible |= result.possible;
    for (const Tally& tally : result.tallies) add(summary.tallies, tally.name, tally.times);
  }
  for (std::size_t i = 0; i < fault_count; ++i) {
    if ((possible >> i & 1) == 0) continue;
    const std::string name(name_of(static_cast<Fault>(i)));
    for (const RunResult& result : results) {
      add(summary.faults, name, i < result.faults.size() ? result.faults[i] : 0);
    }
  }
  summary.median_answered = median(std::move(answered));
  summary.median_crashes = median(std::move(crashes));
  return summary;
}

std::vector<PromiseReport> report_promises(const std::vector<Promise>& promises,
                                           const std::vector<RunResult>& results) {
  std::vector<PromiseReport> reports;
  for (const Promise& promise : promises) {
    PromiseReport report{promise};
    for (const RunResult& result : results) {
      const auto found = std::ranges::find(result.noted, promise.name, &Finding::checker);
      if (found == result.noted.end()) continue;
      ++report.seeds;
      if (report.first != nullptr) continue;
      report.first = &result;
      report.finding = &*found;
    }
    reports.push_back(report);
  }
  return reports;
}

std::vector<std::string> to_lines(const std::vector<PromiseReport>& reports, std::uint64_t seeds) {
  std::vector<std::string> lines;
  std::uint64_t kept = 0;
  for (const PromiseReport& report : reports) {
    kept += report.seeds == 0 ? 1 : 0;
    std::string line = report.seeds == 0 ? "kept    " : "broken  ";
    line += report.promise.name;
    if (report.seeds > 0) {
      line += " in " + std::to_string(report.seeds) + " of " + std::to_string(seeds) + " seeds: ";
      line += report.promise.sentence;
    }
    lines.push_back(std::move(line));
  }
  lines.push_back("promises kept: " + std::to_string(kept) + " of " +
                  std::to_string(reports.size()));
  return lines;
}

std::string to_line(const Summary& s, std::uint64_t wall_ms) {
  const std::uint64_t simulated_ms = milliseconds(s.simulated);
  std::string line = std::to_string(s.seeds) + " seeds, " + std::to_string(s.violations) +
                     " violations, " + std::to_string(s.events) + " events, medians " +
                     std::to_string(s.median_answered) + " requests answered and " +
                     std::to_string(s.median_crashes) + " crashes, seeds with (times in all) " +
                     to_text(s.faults);
  if (!s.tallies.empty()) line += ", and with " + to_text(s.tallies);
  return line + ", " + tenths(simulated_ms) + " s simulated in " + tenths(wall_ms) +
         " s: " + std::to_string(per_second(simulated_ms, wall_ms) / 1'000) + " s/s and " +
         std::to_string(per_second(s.events, wall_ms)) + " events/s";
}

std::string to_json_line(std::string_view system, const Summary& s, std::uint64_t wall_ms,
                         const std::vector<PromiseReport>& reports) {
  std::string out;
  wire::JsonWriter json(out);
  const auto member = [&](std::string_view name, std::uint64_t value) {
    json.key(name);
    json.number(static_cast<std::int64_t>(value));
  };
  json.begin_object();
  json.key("system");
  json.text(system);
  member("seeds", s.seeds);
  member("violations", s.violations);
  member("events", s.events);
  member("median_answered", s.median_answered);
  member("median_crashes", s.median_crashes);
  member("live", s.live);
  const auto members = [&](std::string_view name, const std::vector<Fired>& all,
                           std::uint64_t Fired::* what) {
    json.key(name);
    json.begin_object();
    for (const Fired& fired : all) member(fired.name, fired.*what);
    json.end_object();
  };
  members("seeds_with_fault", s.faults, &Fired::seeds);
  members("faults", s.faults, &Fired::times);
  members("seeds_with", s.tallies, &Fired::seeds);
  members("times", s.tallies, &Fired::times);
  if (!reports.empty()) {
    json.key("seeds_that_broke");
    json.begin_object();
    for (const PromiseReport& report : reports) member(report.promise.name, report.seeds);
    json.end_object();
  }
  member("simulated_ms", milliseconds(s.simulated));
  member("wall_ms", wall_ms);
  json.end_object();
  return out;
}

}  // namespace sim
