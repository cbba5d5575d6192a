// Group commit: what waits is appended together and shares one sync. The two halves are separate
// calls, because time passes between them: a disk thread runs one after the other, a simulator puts
// an event (or a crash) between them. What is added during a sync waits for the next.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/contract.hpp"
#include "disk/error.hpp"
#include "disk/raw.hpp"
#include "disk/store.hpp"

namespace disk {

/// The caller bounds what waits: it stops to take in new work while waiting_bytes() is too much.
class GroupCommit {
 public:
  void add(RawWrite write);

  bool waiting() const { return !waiting_.empty(); }
  std::uint64_t waiting_bytes() const { return waiting_bytes_; }
  const std::vector<RawWrite>& waiting_writes() const { return waiting_; }
  /// Between start() and finish().
  bool syncing() const { return syncing_; }

  /// Appends all that waits to the page cache. Must not be called while syncing() or with nothing
  /// waiting. After an error here or in finish() the store has stopped, and so must its host.
  Result<void> start(Store& store);

  /// Syncs what start() appended and tells what is durable now, one entry for each lane that was
  /// written to. Must only be called while syncing().
  Result<std::vector<core::Persisted>> finish(Store& store);

 private:
  std::vector<RawWrite> waiting_;
  std::uint64_t waiting_bytes_ = 0;
  std::array<bool, 2> touched_ = {};  // which lanes start() has written to
  bool syncing_ = false;
};

}  // namespace disk
