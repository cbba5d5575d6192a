// The machine under one node, as far as it does not depend on the system: its clocks, its disk,
// whether it is up.
#pragma once

#include <cstdint>
#include <optional>

#include "core/contract.hpp"
#include "core/prng.hpp"
#include "disk/group_commit.hpp"
#include "disk/store.hpp"
#include "sim/alarm.hpp"
#include "sim/clock.hpp"
#include "sim/file_system.hpp"
#include "sim/plan.hpp"

namespace sim {

/// What stood on a disk.
struct Found {
  disk::RawRecovered recovered;
  std::uint64_t incarnation = 0;
};

/// A disk and the store upon it. Copying it copies the files, and the copy's store works upon
/// those.
class Disk {
 public:
  Disk() = default;
  ~Disk() = default;
  Disk(const Disk& other) : files(other.files), commit(other.commit) { copy_store(other); }
  Disk& operator=(const Disk& other);

  /// Opens the store.
  disk::Result<Found> open(std::uint64_t folder_id);

  /// Forgets the store, as the end of a process does; what is in the files stays.
  void close();

  bool is_open() const { return store_.has_value(); }
  disk::Store& store() { return *store_; }

  SimFileSystem files;
  disk::GroupCommit commit;

 private:
  void copy_store(const Disk& other);

  std::optional<disk::Store> store_;
};

enum class Power : std::uint8_t {
  off,
  on,
  refused,  // its files are damaged: it must not start again
};

/// How a machine comes to its end of a period of running.
struct Downfall {
  bool power = false;      // power lost: what is not synced is at risk
  core::Duration down{0};  // until it starts again
  /// Of the draws. None: nothing is drawn, all that is not synced is lost, and what is under way to
  /// clients arrives.
  std::optional<std::uint64_t> stream;
};

struct Machine {
  Power power = Power::off;
  std::uint64_t epoch = 0;  // changes at every start and end; what is under way for another is void
  std::uint64_t starts = 0;  // counts them
  Clock clock;
  Alarm alarm;
  core::Duration pause_inside{0};  // of the next turn, between the clock reading and the steps
  std::uint64_t turns = 0;
  std::uint64_t syncs = 0;
  core::WriteSeq next_write[2];  // of each lane, as the contract wants them numbered

  Disk disk;
  std::uint64_t slow_factor = 1;
  core::Instant slow_until;
  core::Instant full_until;
  std::optional<Downfall> crash_at_sync;  // waits for the next sync to be under way
  Downfall after_sync_error{true, core::Duration(500'000), 0};
  bool damaged = false;  // a bit was flipped: the store may refuse to open
  bool room = true;      // as the core was last told
};

/// The next numbered draw of a node: the k-th of its turns, of its syncs, of its starts.
enum class NodeTopic : std::uint64_t { turn = 1, sync = 2, start = 3, clock = 4 };
core::Prng node_draws(std::uint64_t seed, core::NodeId node, NodeTopic topic, std::uint64_t k);

}  // namespace sim
