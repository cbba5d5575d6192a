// Times, and what is made of many of them.
#pragma once

#include <chrono>
#include <vector>

namespace bench {

using Clock = std::chrono::steady_clock;

double microseconds(Clock::duration time);

/// Processor time of this process since it started, in seconds.
double bench_seconds();

/// How long each of many took, in microseconds.
using Times = std::vector<double>;

/// What that share of all, from 0 to 1, did not exceed. There must be one at least. It reorders
/// them.
double at_share(Times& times, double share);

}  // namespace bench
