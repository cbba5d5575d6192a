#include "net/host.hpp"

#include <chrono>
#include <random>
#include <utility>

#include "core/prng.hpp"
#include "disk/lose_unsynced.hpp"
#include "disk/posix_file_system.hpp"
#include "net/slow_syncs.hpp"

namespace net {

namespace {

std::uint64_t from_the_operating_system() {
  std::random_device device;
  const std::uint64_t high = device();
  return high << 32 | device();
}

/// Without a folder to count in: the wall clock, so that a later start has a higher number.
std::uint64_t incarnation_in_memory() {
  const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(since_1970).count());
}

std::expected<FileSystems, std::string> file_systems(const NodeOptions& options) {
  if (options.files) return FileSystems{options.files};
  if (options.data_dir.empty()) return FileSystems{};
  auto posix = disk::PosixFileSystem::open(options.data_dir);
  if (!posix) return std::unexpected(std::move(posix).error().what);
  FileSystems files{std::move(*posix)};
  if (options.lose_unsynced) {
    files.push_back(std::make_shared<disk::LoseUnsyncedFileSystem>(*files.back()));
  }
  if (options.sync_us > 0) {
    const std::chrono::microseconds longer(options.sync_us);
    files.push_back(std::make_shared<SlowSyncs>(*files.back(), longer));
  }
  return files;
}

/// Errors of the file system name the whole path; those of the store name at most a file.
std::string in_folder(const NodeOptions& options, const disk::Error& error) {
  const bool names_it = options.data_dir.empty() || error.what.contains(options.data_dir);
  return names_it ? error.what : "data folder " + options.data_dir + ": " + error.what;
}

}  // namespace

std::expected<Folder, std::string> open_folder(const NodeOptions& options) {
  auto files = file_systems(options);
  if (!files) return std::unexpected(std::move(files).error());
  if (files->empty()) return Folder{{}, std::nullopt, {}, incarnation_in_memory()};
  disk::Options store_options;
  store_options.system = options.system;
  store_options.folder_id = from_the_operating_system();
  auto opened = disk::Store::open(*files->back(), store_options);
  if (!opened) return std::unexpected(in_folder(options, opened.error()));
  return Folder{std::move(*files), std::move(opened->store), std::move(opened->recovered),
                opened->incarnation};
}

std::uint64_t seed_of_core(std::uint64_t wanted, std::uint64_t incarnation) {
  return wanted == 0 ? from_the_operating_system() : core::mix64(wanted ^ core::mix64(incarnation));
}

}  // namespace net
