// One measurement: so many puts or gets by some clients at once.
#pragma once

#include <cstdint>

#include "cluster.hpp"
#include "keys.hpp"

namespace bench {

enum class Kind : std::uint8_t { put, get };

struct Load {
  Kind kind = Kind::put;
  std::uint32_t operations = 0;
  std::uint32_t clients = 1;
};

/// Times are in microseconds.
struct Measured {
  double seconds = 0;
  double a_second = 0;
  double median = 0;  // from the call until the answer
  double p99 = 0;
  double server_us = 0;    // of processor time of all nodes, for each operation
  double bench_us = 0;     // the same of the clients
  double asked_again = 0;  // how often, because the cluster had no leader
};

/// Before gets, keys that nobody has written are; after puts, all keys are read back. Neither is
/// measured. Throws Wrong, also when something that was acknowledged is not read.
Measured measure(Cluster& cluster, Keys& keys, const Load& load);

}  // namespace bench
