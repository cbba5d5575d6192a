// The first sector of a segment or a snapshot: what the file is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace disk {

enum class FileKind : std::uint32_t { segment = 1, snapshot = 2 };

struct FileHeader {
  FileKind kind = FileKind::segment;
  std::uint64_t folder_id = 0;
  std::uint64_t number = 0;  // of the segment; of a snapshot, its first write
  std::uint64_t bytes = 0;   // of a segment: the whole file; of a snapshot: 0, it grows

  friend bool operator==(const FileHeader&, const FileHeader&) = default;
};

/// One sector.
std::string encode_file_header(const FileHeader& header);

/// Nothing if the sector is cut short, damaged, or not a file header at all.
std::optional<FileHeader> decode_file_header(std::string_view sector);

}  // namespace disk
