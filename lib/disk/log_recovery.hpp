// Reads the log back at a start, and tells what a crash may have torn from what is damaged.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/contract.hpp"
#include "disk/error.hpp"
#include "disk/file_system.hpp"
#include "disk/log.hpp"
#include "disk/raw.hpp"

namespace disk {

/// What a crash left behind the end of the log, to be zeroed: a piece of a file, in whole sectors.
struct Remains {
  std::string file;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

struct RecoveredLog {
  std::vector<Segment> segments;  // in ascending order of their numbers
  std::size_t active = 0;         // the one with the newest write; the first when there is none
  core::WriteSeq last;
  std::vector<RawWrite> writes;  // those above what the snapshot covers
  std::vector<Remains> remains;
};

/// Reads the segments of these numbers, in ascending order, and changes nothing. `damaged` unless
/// every write above `covered` that can have been durable is there.
Result<RecoveredLog> recover_log(FileSystem& files, std::span<const std::uint64_t> numbers,
                                 std::uint64_t folder_id, core::WriteSeq covered);

/// Zeroes the remains and makes what was recovered durable: a process that was killed may have left
/// it in the page cache alone.
IoResult<void> settle_log(FileSystem& files, const RecoveredLog& log);

}  // namespace disk
