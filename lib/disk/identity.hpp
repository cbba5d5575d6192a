// The file that says what the folder is: its format version, whose it is, its id, and how often it
// was opened.
// It is text, so that a person can read it, and its first two lines will stay as they are in every
// version.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "disk/error.hpp"
#include "disk/file_system.hpp"

namespace disk {

inline constexpr std::uint64_t format_version = 2;  // 2: it names the system

struct Identity {
  std::string system;
  std::uint64_t folder_id = 0;
  std::uint64_t incarnation = 0;
};

/// Nothing if the folder has none, being new. `other_version` and `damaged` are told apart.
Result<std::optional<Identity>> read_identity(FileSystem& files);

/// Replaces it, durably and all at once.
IoResult<void> write_identity(FileSystem& files, const Identity& identity);

}  // namespace disk
