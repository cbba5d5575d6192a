// Where there are no processes (WebAssembly): one seed after the other.
#include "sim/campaign.hpp"

namespace sim {

std::vector<RunResult> run_seeds(Seeds seeds, std::uint32_t, Until until, const RunSeed& run,
                                 const Progress& progress, std::uint32_t) {
  std::vector<RunResult> results;
  std::uint64_t violations = 0;
  for (std::uint64_t i = 0; i < seeds.count(); ++i) {
    results.push_back(run(seeds.first + i));
    violations += results.back().violated() ? 1 : 0;
    progress(results.size(), violations);
    if (violations > 0 && until == Until::first_violation) break;
  }
  return results;
}

}  // namespace sim
