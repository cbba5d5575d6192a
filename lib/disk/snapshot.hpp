// Snapshots: the one that is committed, and the one that is being written. A snapshot is written to
// a file of its own and takes the place of the one before it by a rename.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <vector>

#include "core/contract.hpp"
#include "disk/batch.hpp"
#include "disk/error.hpp"
#include "disk/file_system.hpp"
#include "disk/range.hpp"
#include "disk/raw.hpp"
#include "disk/space.hpp"

namespace disk {

class Snapshots {
 public:
  /// A snapshot's file.
  struct File {
    Extent extent;
    core::WriteSeq covers;   // known from the commit on
    bool committed = false;  // its last write is the commit
  };

  explicit Snapshots(std::uint64_t folder_id = 0) : folder_id_(folder_id) {}

  /// Reads the committed snapshot, if there is one, and appends its records to `records`.
  static Result<Snapshots> recover(FileSystem& files, std::uint64_t folder_id,
                                   std::vector<core::Bytes>& records);

  /// To the page cache of the file being written. A `begin` drops an uncommitted one.
  Result<void> append(FileSystem& files, Space& space, const RawWrite& write);
  /// Makes durable what was appended, and with a commit puts the snapshot in place.
  IoResult<void> sync(FileSystem& files);

  /// Whether the last write appended is a commit that was not synced yet.
  bool commit_waits() const { return draft_ && draft_->committed; }

  std::expected<std::vector<RawWrite>, core::LoadError> read(FileSystem& files,
                                                             core::WriteSeq first,
                                                             core::WriteSeq last) const;

  core::WriteSeq covered() const { return current_ ? current_->covers : core::WriteSeq{}; }
  core::WriteSeq appended() const { return appended_; }
  core::WriteSeq durable() const { return durable_; }
  std::uint64_t bytes_used() const;

 private:
  Result<void> start_draft(FileSystem& files, Space& space, core::WriteSeq first);
  Result<void> take(const BatchRead& batch, File& file, std::vector<core::Bytes>& records) const;

  std::uint64_t folder_id_ = 0;
  std::optional<File> current_;
  std::optional<File> draft_;
  core::WriteSeq appended_;
  core::WriteSeq durable_;
};

}  // namespace disk
