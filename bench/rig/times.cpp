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

void Times::add(const std::vector<double>& times) {
  const std::lock_guard lock(mutex_);
  times_.insert(times_.end(), times.begin(), times.end());
}

double Times::at_share(double share) {
  const std::lock_guard lock(mutex_);
  const auto place = static_cast<std::ptrdiff_t>(share * static_cast<double>(times_.size() - 1));
  std::ranges::nth_element(times_, times_.begin() + place);
  return times_[static_cast<std::size_t>(place)];
}

}  // namespace bench
