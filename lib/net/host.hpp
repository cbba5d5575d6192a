// What a node does before its first turn: opens its folder and draws its core's seed.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "disk/file_system.hpp"
#include "disk/raw.hpp"
#include "disk/store.hpp"
#include "net/options.hpp"

namespace net {

/// The file system of a store and those below it; the last one is the store's.
using FileSystems = std::vector<std::shared_ptr<disk::FileSystem>>;

/// What a node starts from. In memory there is no store, and nothing was recovered.
struct Folder {
  FileSystems files;
  std::optional<disk::Store> store;
  disk::RawRecovered recovered;
  std::uint64_t incarnation = 0;
};

/// Opens options.files or options.data_dir, or nothing. The error says what to do.
std::expected<Folder, std::string> open_folder(const NodeOptions& options);

/// `wanted`, or a number from the operating system if it is 0; another one for each incarnation.
std::uint64_t seed_of_core(std::uint64_t wanted, std::uint64_t incarnation);

}  // namespace net
