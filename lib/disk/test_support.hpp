// What the tests of this folder share: writes whose content follows from their number, a folder in
// memory or on the real disk, and a file system that fails when it is told to.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/prng.hpp"
#include "disk/memory_file_system.hpp"
#include "disk/posix_file_system.hpp"
#include "disk/store.hpp"

namespace disk::test {

inline const Options small{.segment_bytes = 4096, .reserve_bytes = 4096, .folder_id = 7};

/// `bytes` bytes that follow from `seed`, with none that is zero.
inline core::Bytes content(std::uint64_t seed, std::uint64_t bytes) {
  std::string text;
  for (std::uint64_t i = 0; i < bytes; ++i) {
    text.push_back(static_cast<char>(1 + core::mix64(seed * 1000003 + i) % 255));
  }
  return core::Bytes(std::move(text));
}

/// A write of the log with two records, of `bytes` bytes in all.
inline RawWrite log_write(std::uint64_t seq, std::uint64_t bytes = 40) {
  return RawWrite{core::Lane::control,
                  {seq},
                  core::WriteKind::log,
                  {},
                  {content(seq, bytes / 2), content(seq + 1, bytes - bytes / 2)}};
}

inline RawWrite bulk_write(std::uint64_t seq, core::WriteKind kind, std::uint64_t covers = 0,
                           std::uint64_t bytes = 600) {
  return RawWrite{core::Lane::bulk, {seq}, kind, {covers}, {content(900 + seq, bytes)}};
}

inline void expect_equal(const RawWrite& a, const RawWrite& b) {
  EXPECT_EQ(a.lane, b.lane);
  EXPECT_EQ(a.seq, b.seq);
  EXPECT_EQ(a.kind, b.kind);
  EXPECT_EQ(a.covers, b.covers);
  EXPECT_EQ(a.records, b.records) << "of write " << a.seq.value;
}

/// Makes the spare and the reserve that are missing, as far as there is space.
inline Result<void> prepare_all(Store& store) {
  Result<bool> more = store.wants_prepare();
  while (more && *more) more = store.prepare();
  if (!more) return std::unexpected(more.error());
  return {};
}

/// Somewhere to open a store again and again.
class Folder {
 public:
  virtual ~Folder() = default;
  /// As a process that has started just now sees it.
  virtual std::unique_ptr<FileSystem> enter() = 0;
};

class MemoryFolder final : public Folder {
 public:
  std::unique_ptr<FileSystem> enter() override { return std::make_unique<MemoryFileSystem>(disk); }

  MemoryDisk disk;
};

class PosixFolder final : public Folder {
 public:
  PosixFolder() {
    std::string pattern = std::filesystem::temp_directory_path() / "disk-test-XXXXXX";
    path = ::mkdtemp(pattern.data());
  }
  ~PosixFolder() override { std::filesystem::remove_all(path); }
  PosixFolder(const PosixFolder&) = delete;
  PosixFolder& operator=(const PosixFolder&) = delete;

  std::unique_ptr<FileSystem> enter() override {
    auto files = PosixFileSystem::open(path);
    return files ? std::move(*files) : nullptr;
  }

  std::string path;
};

/// Tests that must hold on both.
class OnBoth : public testing::TestWithParam<std::string> {
 protected:
  OnBoth() {
    if (GetParam() == "memory") folder = std::make_unique<MemoryFolder>();
    if (GetParam() == "posix") folder = std::make_unique<PosixFolder>();
  }

  std::unique_ptr<Folder> folder;
};

/// Counts the calls that change something, and asks before each whether it is to fail.
class FaultyFileSystem final : public FileSystem {
 public:
  /// `call` is "write", "sync", "create", "rename", "remove" or "sync_folder"; `number` counts them
  /// all from 0.
  using Judge =
      std::function<std::optional<IoErrorKind>(std::string_view call, std::uint64_t number)>;

  FaultyFileSystem(FileSystem& below, Judge judge) : below_(below), judge_(std::move(judge)) {}

  std::uint64_t calls() const { return calls_; }

  IoResult<void> lock() override { return below_.lock(); }
  IoResult<std::vector<std::string>> list() override { return below_.list(); }
  IoResult<std::uint64_t> size(std::string_view name) override { return below_.size(name); }
  IoResult<std::string> read(std::string_view name, std::uint64_t offset,
                             std::uint64_t count) override {
    return below_.read(name, offset, count);
  }
  IoResult<void> create(std::string_view name) override {
    return judged("create", [&] { return below_.create(name); });
  }
  IoResult<void> rename(std::string_view from, std::string_view to) override {
    return judged("rename", [&] { return below_.rename(from, to); });
  }
  IoResult<void> remove(std::string_view name) override {
    return judged("remove", [&] { return below_.remove(name); });
  }
  IoResult<void> sync_folder() override {
    return judged("sync_folder", [&] { return below_.sync_folder(); });
  }
  IoResult<void> write(std::string_view name, std::uint64_t offset,
                       std::string_view data) override {
    return judged("write", [&] { return below_.write(name, offset, data); });
  }
  IoResult<void> truncate(std::string_view name, std::uint64_t size) override {
    return judged("truncate", [&] { return below_.truncate(name, size); });
  }
  IoResult<void> sync(std::string_view name) override {
    return judged("sync", [&] { return below_.sync(name); });
  }

 private:
  template <class Call>
  IoResult<void> judged(std::string_view name, Call call) {
    const auto fault = judge_(name, calls_++);
    if (fault) return std::unexpected(IoError{*fault, std::string(name) + " failed by the test"});
    return call();
  }

  FileSystem& below_;
  Judge judge_;
  std::uint64_t calls_ = 0;
};

}  // namespace disk::test
