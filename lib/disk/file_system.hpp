// The seam between the store and what keeps its bytes: the real file system, one in memory, the
// simulator's with its faults. One folder, flat; files go by their names, so that a store holds no
// handles and stays a value.
//
// What may fairly happen at a crash, and no more:
//   - Of what was written and not synced, each sector of 512 bytes, on its own, is as it was at the
//     last sync or as it is now. A file that grew may be as long as it was synced, as it is now, or
//     anything between; what was not kept reads as zeros.
//   - Each create, rename and remove since the last sync_folder() was done or was not.
//   - What was synced is there, whole.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace disk {

/// The largest run of bytes that a disk writes wholly or not at all.
inline constexpr std::uint64_t sector_bytes = 512;

enum class IoErrorKind : std::uint8_t {
  io,         // the device or the file system failed
  no_space,   // full, or over a quota
  not_found,  // no file of that name
  locked,     // another process has the folder
  denied,     // not permitted
};

struct IoError {
  IoErrorKind kind = IoErrorKind::io;
  std::string what;  // for a person: "sync data/snapshot: Input/output error"
};

template <class T>
using IoResult = std::expected<T, IoError>;

/// Every name is a plain file name, without a slash. After a write or a sync has failed with `io`
/// nobody knows what the file holds: do not try again.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  /// Takes the folder for this object alone, until it is destroyed; `locked` if another has it.
  virtual IoResult<void> lock() = 0;

  /// The names of the files, in ascending order of their bytes.
  virtual IoResult<std::vector<std::string>> list() = 0;

  /// An empty file, in place of any of that name.
  virtual IoResult<void> create(std::string_view name) = 0;
  /// `to` is replaced in one stroke if it is there.
  virtual IoResult<void> rename(std::string_view from, std::string_view to) = 0;
  virtual IoResult<void> remove(std::string_view name) = 0;
  /// Makes every create, rename and remove so far durable.
  virtual IoResult<void> sync_folder() = 0;

  virtual IoResult<std::uint64_t> size(std::string_view name) = 0;
  /// `count` bytes from `offset` on, or fewer where the file ends before.
  virtual IoResult<std::string> read(std::string_view name, std::uint64_t offset,
                                     std::uint64_t count) = 0;
  /// Into the page cache. The file grows as needed; a hole reads as zeros.
  virtual IoResult<void> write(std::string_view name, std::uint64_t offset,
                               std::string_view data) = 0;
  virtual IoResult<void> truncate(std::string_view name, std::uint64_t size) = 0;
  /// Makes the content and the size durable (fdatasync).
  virtual IoResult<void> sync(std::string_view name) = 0;
};

}  // namespace disk
