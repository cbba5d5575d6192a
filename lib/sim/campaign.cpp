#include "sim/campaign.hpp"

#include <algorithm>

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

}  // namespace

std::vector<Fault> Summary::rare() const {
  std::vector<Fault> rare;
  for (std::size_t i = 0; i < fault_count; ++i) {
    if (possible.at(i) > 0 && fired.at(i) * 100 < seeds) rare.push_back(static_cast<Fault>(i));
  }
  return rare;
}

Summary summarize(const std::vector<RunResult>& results) {
  Summary summary;
  summary.fired.assign(fault_count, 0);
  summary.possible.assign(fault_count, 0);
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
    for (std::size_t i = 0; i < result.faults.size() && i < fault_count; ++i) {
      summary.fired.at(i) += result.faults[i] > 0 ? 1 : 0;
      summary.possible.at(i) += result.possible >> i & 1;
    }
  }
  summary.median_answered = median(std::move(answered));
  summary.median_crashes = median(std::move(crashes));
  return summary;
}

std::string to_line(const Summary& s, std::uint64_t wall_ms) {
  std::string line = std::to_string(s.seeds) + " seeds, " + std::to_string(s.violations) +
                     " violations, " + std::to_string(s.events) + " events, medians " +
                     std::to_string(s.median_answered) + " requests answered and " +
                     std::to_string(s.median_crashes) + " crashes, seeds with";
  bool first = true;
  for (std::size_t i = 0; i < fault_count; ++i) {
    if (s.possible.at(i) == 0) continue;
    line += first ? " " : ", ";
    first = false;
    line += std::string(name_of(static_cast<Fault>(i))) + " " + std::to_string(s.fired.at(i));
  }
  return line + ", " + tenths(milliseconds(s.simulated)) + " s simulated in " + tenths(wall_ms) +
         " s";
}

std::string to_json_line(std::string_view system, const Summary& s, std::uint64_t wall_ms) {
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
  json.key("seeds_with_fault");
  json.begin_object();
  for (std::size_t i = 0; i < fault_count; ++i) {
    if (s.possible.at(i) > 0) member(name_of(static_cast<Fault>(i)), s.fired.at(i));
  }
  json.end_object();
  member("simulated_ms", milliseconds(s.simulated));
  member("wall_ms", wall_ms);
  json.end_object();
  return out;
}

}  // namespace sim
