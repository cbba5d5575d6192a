// A file system that keeps what is written in the process until it is synced. Killing the process
// then loses what a failing power supply would, which the kernel's page cache hides otherwise.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "disk/file_system.hpp"

namespace disk {

/// Only what files hold is kept back; creating, renaming and removing is done at once. A full disk
/// shows at the sync. `below` must outlive this object.
class LoseUnsyncedFileSystem final : public FileSystem {
 public:
  explicit LoseUnsyncedFileSystem(FileSystem& below) : below_(below) {}

  IoResult<void> lock() override { return below_.lock(); }
  IoResult<std::vector<std::string>> list() override { return below_.list(); }
  IoResult<void> create(std::string_view name) override;
  IoResult<void> rename(std::string_view from, std::string_view to) override;
  IoResult<void> remove(std::string_view name) override;
  IoResult<void> sync_folder() override { return below_.sync_folder(); }
  IoResult<std::uint64_t> size(std::string_view name) override;
  IoResult<std::string> read(std::string_view name, std::uint64_t offset,
                             std::uint64_t count) override;
  IoResult<void> write(std::string_view name, std::uint64_t offset, std::string_view data) override;
  /// What was kept back is written before, as there is no telling which of it is cut off.
  IoResult<void> truncate(std::string_view name, std::uint64_t size) override;
  IoResult<void> sync(std::string_view name) override;

 private:
  struct Piece {
    std::uint64_t offset = 0;
    std::string data;
  };

  IoResult<void> pass_on(std::string_view name);

  FileSystem& below_;
  std::map<std::string, std::vector<Piece>, std::less<>> kept_;  // by file, in order of writing
};

}  // namespace disk
