// Room on the disk, taken before it is needed: a spare segment, written with zeros and synced, and
// a reserve for the time when the disk is full.
#pragma once

#include <cstdint>
#include <optional>

#include "disk/error.hpp"
#include "disk/file_header.hpp"
#include "disk/file_system.hpp"

namespace disk {

class Space {
 public:
  struct Sizes {
    std::uint64_t segment_bytes = 0;
    std::uint64_t reserve_bytes = 0;
    std::uint64_t folder_id = 0;
  };

  Space() = default;
  Space(const Sizes& sizes, bool reserve_stands) : sizes_(sizes), reserve_(reserve_stands) {}

  /// False from the moment when something could not be made for lack of space until both a spare
  /// and the reserve stand again.
  bool room() const { return room_; }

  bool wants_prepare(bool spare_stands) const { return !room_ || !spare_stands || !reserve_; }

  struct Step {
    std::optional<FileHeader> made;  // a segment that is complete now
    bool more = false;               // there is more to do at once
  };

  /// Goes on with what is missing, a spare segment (to be number `next`) before the reserve, by at
  /// most 1 MiB. A full disk is no error here.
  IoResult<Step> prepare(FileSystem& files, bool spare_stands, std::uint64_t next);

  /// A segment at once, of what is left of the disk or else of the reserve.
  IoResult<FileHeader> make_segment(FileSystem& files, std::uint64_t next);

  /// Does `op`, which makes a file grow; when the disk is full, gives up the reserve and does it
  /// once more. `op` must write the same bytes to the same place.
  template <class Op>
  IoResult<void> grow(FileSystem& files, Op op) {
    auto done = op();
    if (done || done.error().kind != IoErrorKind::no_space) return done;
    const auto released = release_reserve(files);
    if (!released) return std::unexpected(released.error());
    return *released ? op() : done;
  }

  /// Of the reserve, and of what is being made.
  std::uint64_t bytes_used() const {
    return (reserve_ ? sizes_.reserve_bytes : 0) + (filling_ ? filling_->written : 0);
  }

 private:
  /// A file being written with zeros, under another name until it is whole and durable.
  struct Filling {
    std::optional<FileHeader> segment;  // none: it becomes the reserve
    std::uint64_t bytes = 0;
    std::uint64_t written = 0;
  };

  IoResult<bool> fill_step(FileSystem& files);
  IoResult<void> write_piece(FileSystem& files);
  IoResult<FileHeader> fill_segment(FileSystem& files, std::uint64_t next);
  IoResult<bool> release_reserve(FileSystem& files);
  IoResult<void> give_up_filling(FileSystem& files);
  Filling segment_to_fill(std::uint64_t next) const;

  Sizes sizes_;
  bool reserve_ = false;
  bool room_ = true;
  std::optional<Filling> filling_;
};

}  // namespace disk
