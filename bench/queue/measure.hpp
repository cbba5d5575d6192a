// One measurement: so many jobs from producers to workers, until the last of them is acknowledged.
#pragma once

#include <cstdint>

#include "rival.hpp"

namespace bench {

struct Load {
  std::uint32_t jobs = 0;
  std::uint32_t clients = 1;  // producers, and as many workers
  std::uint32_t batch = 1;    // jobs in one put, and at most in one take
};

/// Times are in microseconds.
struct Measured {
  double seconds = 0;
  double jobs_a_second = 0;
  double put_median = 0;  // from the call until the server has said that it has them
  double put_p99 = 0;
  double taken_median = 0;  // from the call of put until a worker has the job
  double taken_p99 = 0;
  double server_us = 0;  // of processor time, for each job
  double bench_us = 0;   // the same of the producers and workers
};

/// Throws Wrong, also when a job is lost, comes out twice or is not one that was put in.
Measured measure(Rival& rival, const Load& load);

}  // namespace bench
