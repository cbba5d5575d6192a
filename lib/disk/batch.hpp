// A batch: the writes of one append, the unit in which log and snapshot stand in their files.
//
//   byte 0   u32  crc32c of the seal and of bytes 4 to 35
//        4   u32  crc32c of all that follows the header
//        8   u32  payload, in bytes
//       12   u32  how many of the sectors after the first are all zeros by content
//       16   u32  number of writes
//       20   u64  the first write's number
//       28   u64  the last write of the log that was durable when this batch was appended
//       36        payload, then zeros up to the end of the sector
//
// Numbers are little-endian. A batch starts at a sector, so its header never crosses one, and no
// sector is ever shared by a durable batch and a new one.
//
// The payload is, for each write: its kind (a byte), covers (varint), the number of records
// (varint), and for each record its length (varint) and its bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.hpp"
#include "disk/file_system.hpp"
#include "disk/raw.hpp"

namespace disk {

inline constexpr std::uint64_t batch_header_bytes = 36;

/// Goes into the checksum of everything that stands in a file, so that bytes from another folder,
/// file or place never pass for what should be here.
struct Seal {
  std::uint64_t folder_id = 0;
  std::uint64_t file_number = 0;  // of the segment; of a snapshot, its first write
};

struct BatchHeader {
  std::uint32_t body_crc = 0;
  std::uint32_t payload_bytes = 0;
  std::uint32_t zero_sectors = 0;
  std::uint32_t write_count = 0;
  core::WriteSeq first;
  core::WriteSeq durable;
};

/// `bytes` rounded up to whole sectors.
constexpr std::uint64_t in_sectors(std::uint64_t bytes) {
  return (bytes + sector_bytes - 1) / sector_bytes * sector_bytes;
}

bool all_zero(std::string_view bytes);

/// A write as it stands in a payload.
void append_write(std::string& payload, const RawWrite& write);

/// The whole batch as it is to stand at `offset`, in whole sectors.
std::string encode_batch(const Seal& seal, std::uint64_t offset, core::WriteSeq first,
                         core::WriteSeq durable, std::uint32_t write_count,
                         std::string_view payload);

enum class BatchState : std::uint8_t {
  good,
  end,      // nothing was written here: zeros, or no room for a header
  torn,     // a whole header, and sectors missing from the payload
  damaged,  // neither of these can come of a crash
};

struct BatchRead {
  BatchState state = BatchState::end;
  BatchHeader header;        // unless `end`, or the header itself is damaged (then `first` is 0)
  std::string_view payload;  // if `good`
  std::uint64_t bytes = 0;   // if `good`: in the file, in whole sectors
};

/// What stands at the beginning of `rest`, which is what the file holds from `offset` to its end.
BatchRead read_batch(const Seal& seal, std::uint64_t offset, std::string_view rest);

/// The header at the beginning of `rest`, if its checksum is right.
std::optional<BatchHeader> read_header(const Seal& seal, std::uint64_t offset,
                                       std::string_view rest);

/// Appends the writes of a good batch to `out`. False if the payload does not hold what the header
/// says: its checksum is right, so it was written wrong.
bool decode_writes(const BatchRead& batch, core::Lane lane, std::vector<RawWrite>& out);

}  // namespace disk
