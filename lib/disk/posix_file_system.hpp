// A folder of the real file system.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "disk/file_system.hpp"

namespace disk {

class PosixFileSystem final : public FileSystem {
 public:
  /// Makes the folder and those above it where they are missing.
  static IoResult<std::unique_ptr<PosixFileSystem>> open(const std::string& folder);

  ~PosixFileSystem() override;
  PosixFileSystem(const PosixFileSystem&) = delete;
  PosixFileSystem& operator=(const PosixFileSystem&) = delete;

  /// An flock on the file "lock", which the kernel releases when the process ends, however it ends.
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
  /// An open file. A dirty one stays open until its sync: that is where the kernel reports what
  /// went wrong with its pages.
  struct Handle {
    int descriptor = -1;
    bool dirty = false;
  };

  PosixFileSystem(std::string folder, int descriptor);
  IoResult<Handle*> handle(std::string_view name);
  void forget(std::string_view name);
  void close_clean();
  std::unexpected<IoError> failure(std::string_view verb, std::string_view name) const;

  std::string folder_;
  int folder_descriptor_ = -1;
  int lock_descriptor_ = -1;
  std::map<std::string, Handle, std::less<>> handles_;
};

}  // namespace disk
