// What a node knows of snapshots: section 7 of the paper. The functions are in snapshot.cpp.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "machine.hpp"
#include "messages.hpp"
#include "sessions.hpp"

namespace raft {

/// The state behind an entry, as one moment left it. It never changes, and is shared by all who
/// write or send it.
struct Snapshot {
  Index last_included_index = 0;
  Term last_included_term;
  std::shared_ptr<const std::vector<SnapshotPart>> parts;
};

/// One that is being written to the disk, piece by piece.
struct Saving {
  Snapshot snapshot;
  core::WriteSeq covers;  // of the log, when it is there
  std::uint64_t written = 0;
  core::WriteSeq commit;  // the write that makes it count; 0: not yet
};

/// One that is being sent to a follower.
struct Sending {
  Snapshot snapshot;
  std::uint64_t begin = 0;       // of the parts that are on their way
  std::uint32_t heartbeats = 0;  // since they were sent
};

/// One that comes from the leader, piece by piece.
struct Receiving {
  Term term;  // of the leader
  SnapshotHead head;
  std::uint64_t next_offset = 0;
  Machine machine;
  Sessions sessions;
  std::uint64_t bytes = 0;
  core::WriteSeq commit;  // as above
};

}  // namespace raft
