// How times, tasks and leases are called where what happens to them is told in sentences.
#pragma once

#include <string>

#include "core/time.hpp"
#include "messages.hpp"

namespace queue {

/// "1.250 s".
inline std::string seconds(core::Duration time) {
  const std::string thousandths = std::to_string(1'000 + time.count() / 1'000 % 1'000);
  return std::to_string(time.count() / 1'000'000) + "." + thousandths.substr(1) + " s";
}

/// "task 7".
inline std::string name_of(TaskId task) { return "task " + std::to_string(task.value); }

/// "lease 1-34".
inline std::string name_of(const LeaseToken& lease) {
  return "lease " + std::to_string(lease.incarnation) + "-" + std::to_string(lease.number);
}

}  // namespace queue
