// Judged step by step: snapshots are cut when they are due, are whole, and keep the log short.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "raft_step.hpp"
#include "sim/system.hpp"

namespace raft {

class SnapshotLaws {
 public:
  explicit SnapshotLaws(const Config& config);

  void see_step(const Step& step);

  /// The first thing that was not as it ought to be.
  const std::optional<sim::Finding>& found() const { return found_; }
  std::uint64_t digest() const;

 private:
  void broken(const char* law, std::string what);

  Config config_;
  std::optional<sim::Finding> found_;
};

}  // namespace raft
