// One data folder: the log (control lane) and the snapshot (bulk lane) of one node. A store owns no
// thread and makes synchronous calls, so a disk thread, a simulator and a browser can drive it
// alike. README.md tells what stands in the files.
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
#include "disk/snapshot.hpp"
#include "disk/space.hpp"

namespace disk {

struct Options {
  /// Whose folder it is, in one line: "queue". A folder of another system is refused.
  std::string system = "";
  /// Of the segments made from now on; a multiple of 512, from 2048 to 1 GiB. No write can be
  /// larger than a segment less 1 KiB.
  std::uint64_t segment_bytes = 16 << 20;
  /// What is set aside for the time when the disk is full; at least segment_bytes.
  std::uint64_t reserve_bytes = 16 << 20;
  /// Given to a folder when it is made: a number that nobody outside can guess. It goes into every
  /// checksum, so that no payload can pass for a piece of the log.
  std::uint64_t folder_id = 0;
};

struct Opened;

class Store {
 public:
  /// Locks the folder, makes it if it is empty, counts its incarnation up, and reads everything
  /// back. What was torn by a crash has been cut and the rest is durable when this returns. `files`
  /// must outlive the store.
  static Result<Opened> open(FileSystem& files, const Options& options);

  /// Writes into the page cache, in this order. Each lane's numbers must go on without a gap, a
  /// snapshot start with `begin`, and a commit cover no more than what was appended. Recovery finds
  /// a write with all its records or not at all.
  Result<void> append(std::span<const RawWrite> writes);

  /// Makes all that was appended durable: one fdatasync for the log, one for the snapshot if it was
  /// written to. A commit takes effect here: it replaces the snapshot before it, then frees the
  /// segments that it covers. Does nothing if nothing was appended.
  Result<void> sync();

  /// Reads durable or appended writes back: of the log, or of the committed snapshot. `gone` when
  /// they are not all there.
  std::expected<std::vector<RawWrite>, core::LoadError> read(core::Lane lane, core::WriteSeq first,
                                                             core::WriteSeq last);

  /// Whether new work may be accepted; for core::Room. False from the moment when a spare segment
  /// or the reserve could not be written until both stand again.
  bool room() const { return space_.room(); }

  /// Whether prepare() has something to do: a spare segment or the reserve is missing.
  bool wants_prepare() const;

  /// Writes at most 1 MiB of a missing spare segment or reserve. True: call it again soon, between
  /// two syncs; false: all stands, or the disk is full. So call it while wants_prepare(), but after
  /// a false only once a second or so. A full disk is no error here: it shows in room().
  Result<bool> prepare();

  /// Of all files of the folder, spare and reserve included.
  std::uint64_t bytes_used() const;

  /// The highest write of the lane that was appended, and that is durable.
  core::WriteSeq appended(core::Lane lane) const;
  core::WriteSeq durable(core::Lane lane) const;

  /// This store at this moment, upon a copy of its file system at this moment: for a simulated
  /// world, which is copied as a value.
  Store copy_onto(FileSystem& files) const;

  ~Store() = default;
  Store(Store&&) = default;
  Store& operator=(Store&&) = default;
  Store& operator=(const Store&) = delete;

 private:
  friend class Opening;

  Store(FileSystem& files, Space space, Log log, Snapshots snapshots);
  Store(const Store&) = default;

  Result<void> prepare_all();
  Result<void> append_run(std::span<const RawWrite> run);
  Result<void> sync_all();
  Result<void> check_running() const;
  Result<void> unless_failed(Result<void> result);

  FileSystem* files_;
  Space space_;
  Log log_;
  Snapshots snapshots_;
  bool stopped_ = false;
};

/// What stood in the folder. `incarnation` counts how often it was opened, from 1.
struct Opened {
  Store store;
  RawRecovered recovered;
  std::uint64_t incarnation = 0;
};

}  // namespace disk
