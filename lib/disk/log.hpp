// The log: segments of fixed size, written with zeros before they are used. Batches are appended to
// the active one; behind it stand full ones, ahead of it spare ones.
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/contract.hpp"
#include "disk/batch.hpp"
#include "disk/error.hpp"
#include "disk/file_header.hpp"
#include "disk/file_system.hpp"
#include "disk/range.hpp"
#include "disk/raw.hpp"
#include "disk/space.hpp"

namespace disk {

struct Segment {
  std::uint64_t number = 0;
  std::uint64_t bytes = 0;  // the whole file
  Extent extent;
};

class Log {
 public:
  Log() = default;

  /// `active` is the one to append to; the writes up to `last` are durable.
  Log(std::uint64_t folder_id, std::vector<Segment> segments, std::size_t active,
      core::WriteSeq last);

  /// Appends to the page cache. When a segment is full it is synced and the next one taken; if no
  /// spare stands ready, `space` makes one.
  Result<void> append(FileSystem& files, Space& space, std::span<const RawWrite> writes);
  IoResult<void> sync(FileSystem& files);

  /// Removes the segments that hold no write above `covered`, but never the one with the newest
  /// write: the next start must know its number.
  IoResult<void> remove_covered(FileSystem& files, core::WriteSeq covered);

  void add_spare(const FileHeader& made);
  bool has_spare() const { return active_ + 1 < segments_.size(); }
  std::uint64_t next_number() const;

  std::expected<std::vector<RawWrite>, core::LoadError> read(FileSystem& files,
                                                             core::WriteSeq first,
                                                             core::WriteSeq last) const;

  core::WriteSeq appended() const { return appended_; }
  core::WriteSeq durable() const { return durable_; }
  std::uint64_t bytes_used() const;

 private:
  Segment& active() { return segments_[active_]; }
  Result<void> append_piece(FileSystem& files, Space& space, const RawWrite& write,
                            std::string_view piece);
  Result<void> flush(FileSystem& files);
  Result<void> roll(FileSystem& files, Space& space);
  bool fits(std::uint64_t payload_bytes) const;

  /// The batch being gathered by append(); empty between calls.
  struct Gathered {
    std::string payload;
    core::WriteSeq first;
    std::uint32_t count = 0;
  };

  std::uint64_t folder_id_ = 0;
  std::vector<Segment> segments_;
  std::size_t active_ = 0;
  core::WriteSeq appended_;
  core::WriteSeq durable_;
  Gathered gathered_;
};

}  // namespace disk
