#include "rig/times.hpp"

#include <algorithm>
#include <cstddef>
#include <ctime>

namespace bench {

double microseconds(Clock::duration time) {
  return std::chrono::duration<double, std::micro>(time).count();
}

double bench_seconds() {
  timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

double at_share(Times& times, double share) {
  const auto place = static_cast<std::ptrdiff_t>(share * static_cast<double>(times.size() - 1));
  std::ranges::nth_element(times, times.begin() + place);
  return times[static_cast<std::size_t>(place)];
}

}  // namespace bench
