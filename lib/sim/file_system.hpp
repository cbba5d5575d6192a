// A disk in memory, with the faults that are fair:
//
//   crash        Of what was written and not synced, each sector of 512 bytes, on its own, is as at
//                the last sync or as it is now; each create, rename and remove since the last
//                sync_folder() was done or was not. What was synced stays whole. A crash of the
//                process alone loses nothing: the page cache is the kernel's.
//   sync error   One sync fails. What it was to make durable is treated as at a crash, and nobody
//                may try again: the node stops.
//   full         No file grows and none is made. What stands can be overwritten, renamed and
//                removed.
//   bit flip     While the node is down, one bit of one file is changed. It never turns a sector
//                that held something into zeros: that looks like a write that never came, and no
//                checksum could tell.
//
// Not fair, and never done: losing what was synced, a read that lies while the node runs, a file
// that vanishes.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/prng.hpp"
#include "disk/file_system.hpp"

namespace sim {

/// A copyable value: a copy holds files of its own.
class SimFileSystem final : public disk::FileSystem {
 public:
  /// What a crash did to what was not synced.
  struct Loss {
    std::uint64_t lost = 0;  // files and names of which something went back to its last sync
    std::uint64_t torn = 0;  // files of which some sectors went back, and others did not
  };

  /// The power fails: draws what is kept. Also what follows a failed sync.
  Loss lose_power(core::Prng prng);

  /// The power fails, and nothing is kept that was not synced: the worst that lose_power() can
  /// draw.
  Loss lose_all();

  /// The process is gone, and its lock with it.
  void release() { locked_ = false; }

  /// The next sync fails.
  void fail_next_sync() { fail_sync_ = true; }
  void cancel_sync_failure() { fail_sync_ = false; }
  bool sync_failed() const { return sync_failed_; }

  void set_full(bool full) { full_ = full; }
  bool full() const { return full_; }
  /// How often no space was the answer.
  std::uint64_t refused() const { return refused_; }

  /// Flips one bit; the file that it is in, or an empty name when there is nothing to flip.
  std::string flip_bit(core::Prng prng);

  /// Of all names and contents, and of what is not synced.
  std::uint64_t digest() const;

  disk::IoResult<void> lock() override;
  disk::IoResult<std::vector<std::string>> list() override;
  disk::IoResult<void> create(std::string_view name) override;
  disk::IoResult<void> rename(std::string_view from, std::string_view to) override;
  disk::IoResult<void> remove(std::string_view name) override;
  disk::IoResult<void> sync_folder() override;
  disk::IoResult<std::uint64_t> size(std::string_view name) override;
  disk::IoResult<std::string> read(std::string_view name, std::uint64_t offset,
                                   std::uint64_t count) override;
  disk::IoResult<void> write(std::string_view name, std::uint64_t offset,
                             std::string_view data) override;
  disk::IoResult<void> truncate(std::string_view name, std::uint64_t size) override;
  disk::IoResult<void> sync(std::string_view name) override;

 private:
  using FileId = std::uint64_t;
  using Folder = std::map<std::string, FileId, std::less<>>;

  struct File {
    std::string now;                // as programs read it
    std::string synced;             // as it surely is on the disk
    std::set<std::uint64_t> dirty;  // sectors in which the two may differ
  };

  /// A change of the folder that is not durable yet: `name` comes to mean `file` (0: nothing), and
  /// a rename takes `from` away.
  struct Change {
    std::string name;
    FileId file = 0;
    std::string from;
  };

  disk::IoResult<File*> find(std::string_view name);
  disk::IoResult<void> grow_to(std::string_view name, File& file, std::uint64_t size);
  disk::IoResult<void> check_sync(std::string_view name);
  static void apply(Folder& folder, const Change& change);
  void drop_unnamed();
  void go_on_from(Folder folder);
  static void mark(File& file, std::uint64_t begin, std::uint64_t end);
  static bool lose(File& file, core::Prng& prng, bool& torn);

  std::map<FileId, File> files_;
  Folder folder_;         // as programs see it
  Folder synced_folder_;  // as it surely is on the disk
  std::vector<Change> changes_;
  FileId next_file_ = 1;
  bool locked_ = false;
  bool full_ = false;
  bool fail_sync_ = false;
  bool sync_failed_ = false;
  std::uint64_t refused_ = 0;
};

}  // namespace sim
