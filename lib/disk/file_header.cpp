#include "disk/file_header.hpp"

#include "disk/file_system.hpp"
#include "disk/little_endian.hpp"
#include "wire/crc32c.hpp"

namespace disk {
namespace {

constexpr std::string_view magic = "lab-disk";
constexpr std::uint64_t crc_at = sector_bytes - sizeof(std::uint32_t);

}  // namespace

std::string encode_file_header(const FileHeader& header) {
  std::string sector(magic);
  put(sector, static_cast<std::uint32_t>(header.kind));
  put(sector, header.folder_id);
  put(sector, header.number);
  put(sector, header.bytes);
  sector.resize(crc_at, '\0');
  put(sector, wire::crc32c(sector));
  return sector;
}

std::optional<FileHeader> decode_file_header(std::string_view sector) {
  if (sector.size() != sector_bytes || !sector.starts_with(magic)) return std::nullopt;
  if (get<std::uint32_t>(sector, crc_at) != wire::crc32c(sector.substr(0, crc_at))) {
    return std::nullopt;
  }
  return FileHeader{.kind = static_cast<FileKind>(get<std::uint32_t>(sector, 8)),
                    .folder_id = get<std::uint64_t>(sector, 12),
                    .number = get<std::uint64_t>(sector, 20),
                    .bytes = get<std::uint64_t>(sector, 28)};
}

}  // namespace disk
