// Many seeds, one after the other or several at once, and what is said of them in the end.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/arguments.hpp"
#include "sim/run_result.hpp"

namespace sim {

/// A process exits so when a core that is not in it did not do what a core must (a core in another
/// language has died, is silent, answers nonsense), and says so on stderr.
inline constexpr int core_failed = 3;

using RunSeed = std::function<RunResult(std::uint64_t seed)>;
using Progress = std::function<void(std::uint64_t done, std::uint64_t violations)>;

enum class Until : std::uint8_t { all_done, first_violation };

/// Runs every seed, or up to the lowest one that is violated; the results are in the order of the
/// seeds. Natively each of `jobs` processes (0: one for each processor) takes some seeds at a time,
/// so that a seed that aborts or never ends costs its own result alone: that is a violation
/// (checker "abort", "crash" or "hang"). In WebAssembly, which has no processes, it ends the
/// program. One that ends with core_failed (checker "core") is the last: what is wrong is not about
/// that seed. A seed takes milliseconds; `max_seconds` are of processor time, not of wall time: a
/// loaded machine is no reason.
std::vector<RunResult> run_seeds(Seeds seeds, std::uint32_t jobs, Until until, const RunSeed& run,
                                 const Progress& progress, std::uint32_t max_seconds = 120);

/// How often a fault had an effect, or something else has happened.
struct Fired {
  std::string name;
  std::uint64_t seeds = 0;  // in so many at least once
  std::uint64_t times = 0;  // in all of them

  friend bool operator==(const Fired&, const Fired&) = default;
};

struct Summary {
  std::uint64_t seeds = 0;
  std::uint64_t violations = 0;
  std::uint64_t events = 0;
  std::uint64_t median_answered = 0;
  std::uint64_t median_crashes = 0;
  std::uint64_t live = 0;      // seeds that went through the liveness phase
  std::vector<Fired> faults;   // those that could have had an effect in some seed
  std::vector<Fired> tallies;  // what else the system counts
  core::Duration simulated{0};

  /// Faults and others, of those in fewer than 1% of the seeds.
  std::vector<Fired> rare() const;
};

/// Rounded down; as if it had taken a millisecond when it took less.
std::uint64_t per_second(std::uint64_t count, std::uint64_t wall_ms);

Summary summarize(const std::vector<RunResult>& results);

/// How a promise fared.
struct PromiseReport {
  Promise promise;
  std::uint64_t seeds = 0;           // that broke it
  const RunResult* first = nullptr;  // of them; null: it was kept
  const Finding* finding = nullptr;  // of that run
};

/// The promises in their order. `results` must live as long as what is returned.
std::vector<PromiseReport> report_promises(const std::vector<Promise>& promises,
                                           const std::vector<RunResult>& results);

/// Of each promise a line, and one that counts those kept.
std::vector<std::string> to_lines(const std::vector<PromiseReport>& reports, std::uint64_t seeds);

/// The last line of a campaign. `wall_ms`: what it took in real time.
std::string to_line(const Summary& summary, std::uint64_t wall_ms);
std::string to_json_line(std::string_view system, const Summary& summary, std::uint64_t wall_ms,
                         const std::vector<PromiseReport>& reports = {});

}  // namespace sim
