// A file system whose syncs take longer, as those of slower disks do, before anything of them
// counts. Over one that loses what is not synced this makes long what is otherwise hard to hit: the
// time in which what is written can still be lost.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "disk/file_system.hpp"

namespace net {

class SlowSyncs final : public disk::FileSystem {
 public:
  /// `below` must outlive this object.
  SlowSyncs(disk::FileSystem& below, std::chrono::microseconds longer)
      : below_(below), longer_(longer) {}

  disk::IoResult<void> lock() override { return below_.lock(); }
  disk::IoResult<std::vector<std::string>> list() override { return below_.list(); }
  disk::IoResult<void> create(std::string_view name) override { return below_.create(name); }
  disk::IoResult<void> rename(std::string_view from, std::string_view to) override {
    return below_.rename(from, to);
  }
  disk::IoResult<void> remove(std::string_view name) override { return below_.remove(name); }
  disk::IoResult<void> sync_folder() override { return below_.sync_folder(); }
  disk::IoResult<std::uint64_t> size(std::string_view name) override { return below_.size(name); }
  disk::IoResult<std::string> read(std::string_view name, std::uint64_t offset,
                                   std::uint64_t count) override {
    return below_.read(name, offset, count);
  }
  disk::IoResult<void> write(std::string_view name, std::uint64_t offset,
                             std::string_view data) override {
    return below_.write(name, offset, data);
  }
  disk::IoResult<void> truncate(std::string_view name, std::uint64_t size) override {
    return below_.truncate(name, size);
  }
  disk::IoResult<void> sync(std::string_view name) override {
    std::this_thread::sleep_for(longer_);
    return below_.sync(name);
  }

 private:
  disk::FileSystem& below_;
  std::chrono::microseconds longer_;
};

}  // namespace net
