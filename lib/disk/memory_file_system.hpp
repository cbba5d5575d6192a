// A disk in memory, for tests: what a crash may fairly do to it is told sector by sector, so that
// every case can be tried.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "disk/file_system.hpp"

namespace disk {

/// What outlives a process: the files, the page cache, and who has the lock. A copyable value.
class MemoryDisk {
 public:
  struct Sector {
    std::string file;
    std::uint64_t number = 0;
  };

  /// What a crash leaves of what was not synced. By default everything: the process was killed and
  /// the machine runs on.
  struct Crash {
    std::function<bool(const Sector&)> keep_sector = [](const Sector&) { return true; };
    std::function<bool(std::size_t change)> keep_change = [](std::size_t) { return true; };
  };

  /// The process is gone, with its lock; of what was not synced, what `crash` says stays.
  void crash(const Crash& crash);

  /// The sectors that differ from the last sync, ascending by name and number.
  std::vector<Sector> unsynced() const;
  /// How many changes of the folder are not durable.
  std::size_t unsynced_changes() const { return changes_.size(); }

 private:
  friend class MemoryFileSystem;

  using Number = std::uint64_t;  // of a file, whatever its name
  using Folder = std::map<std::string, Number, std::less<>>;

  struct File {
    std::string now;
    std::string synced;
    std::set<std::uint64_t> touched;  // sectors written since the last sync
  };

  struct Change {
    enum class Kind : std::uint8_t { create, rename, remove };
    Kind kind = Kind::create;
    std::string name;
    std::string to;      // of a rename
    Number created = 0;  // of a create
  };

  static void apply(Folder& folder, const Change& change);
  void change(Change change);
  static std::string survivor(const std::string& name, const File& file, const Crash& crash);
  static std::string_view sector_of(std::string_view content, std::uint64_t number);

  std::map<Number, File> files_;
  Folder folder_;
  Folder synced_folder_;
  std::vector<Change> changes_;
  Number next_ = 1;
  bool locked_ = false;
};

/// One process's view of a MemoryDisk, which must outlive it.
class MemoryFileSystem final : public FileSystem {
 public:
  explicit MemoryFileSystem(MemoryDisk& disk) : disk_(disk) {}
  ~MemoryFileSystem() override;
  MemoryFileSystem(const MemoryFileSystem&) = delete;
  MemoryFileSystem& operator=(const MemoryFileSystem&) = delete;

  IoResult<void> lock() override;
  IoResult<std::vector<std::string>> list() override;
  IoResult<void> create(std::string_view name) override;
  IoResult<void> rename(std::string_view from, std::string_view to) override;
  IoResult<void> remove(std::string_view name) override;
  IoResult<void> sync_folder() override;
  IoResult<std::uint64_t> size(std::string_view name) override;
  IoResult<std::string> read(std::string_view name, std::uint64_t offset,
                             std::uint64_t count) override;
  IoResult<void> write(std::string_view name, std::uint64_t offset, std::string_view data) override;
  IoResult<void> truncate(std::string_view name, std::uint64_t size) override;
  IoResult<void> sync(std::string_view name) override;

 private:
  IoResult<MemoryDisk::File*> find(std::string_view name);

  MemoryDisk& disk_;
  bool has_lock_ = false;
};

}  // namespace disk
