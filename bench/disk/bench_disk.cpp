// What a sync costs, and what group commit makes of it. The files stand in the folder for temporary
// files: set TMPDIR to measure another disk. A tmpfs has no disk, and its numbers mean nothing.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "disk/group_commit.hpp"
#include "disk/posix_file_system.hpp"
#include "disk/store.hpp"

namespace {

constexpr std::uint64_t file_bytes = 16 << 20;

class TemporaryFolder {
 public:
  TemporaryFolder() {
    path_ = std::filesystem::temp_directory_path() / "bench-disk-XXXXXX";
    if (::mkdtemp(path_.data()) == nullptr) std::abort();
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// How a file is made ready for what will be appended to it.
enum class Ready { growing, allocated, zeroed };

/// One sector and one fdatasync at a time, the way a log without group commit would.
void sync_one_sector(benchmark::State& state, Ready ready) {
  const TemporaryFolder folder;
  const int file = ::open((folder.path() + "/log").c_str(), O_RDWR | O_CREAT, 0600);
  bool good = file != -1;
  if (ready == Ready::allocated) {
    good = good && ::posix_fallocate(file, 0, static_cast<off_t>(file_bytes)) == 0;
  }
  if (ready == Ready::zeroed) {
    const std::string zeros(file_bytes, '\0');
    good =
        good && ::pwrite(file, zeros.data(), zeros.size(), 0) == static_cast<ssize_t>(file_bytes);
  }
  good = good && ::fsync(file) == 0;
  const std::string sector(disk::sector_bytes, 'x');
  std::uint64_t at = 0;
  for (auto step : state) {
    good = good && ::pwrite(file, sector.data(), sector.size(), static_cast<off_t>(at)) > 0 &&
           ::fdatasync(file) == 0;
    at = (at + sector.size()) % file_bytes;
  }
  ::close(file);
  if (!good) state.SkipWithError("the file system failed");
  state.SetItemsProcessed(state.iterations());
}

/// So many writes of 100 bytes share each sync.
void group_commit(benchmark::State& state) {
  const TemporaryFolder folder;
  const auto files = disk::PosixFileSystem::open(folder.path());
  auto opened = disk::Store::open(**files, {});
  disk::GroupCommit commits;
  std::uint64_t seq = 0;
  bool good = opened.has_value();
  for (auto step : state) {
    for (std::int64_t i = 0; i < state.range(0); ++i) {
      disk::RawWrite write;
      write.seq = {++seq};
      write.records.emplace_back(std::string(100, 'x'));
      commits.add(std::move(write));
    }
    good = good && commits.start(opened->store) && commits.finish(opened->store) &&
           (!opened->store.wants_prepare() || opened->store.prepare());
  }
  if (!good) state.SkipWithError("the store failed");
  state.SetItemsProcessed(static_cast<std::int64_t>(seq));
}

}  // namespace

BENCHMARK_CAPTURE(sync_one_sector, growing_file, Ready::growing)->UseRealTime();
BENCHMARK_CAPTURE(sync_one_sector, allocated_file, Ready::allocated)->UseRealTime();
BENCHMARK_CAPTURE(sync_one_sector, zeroed_file, Ready::zeroed)->UseRealTime();
BENCHMARK(group_commit)->Arg(1)->Arg(16)->Arg(256)->UseRealTime();
