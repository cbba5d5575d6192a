#include "disk/batch.hpp"

#include <algorithm>
#include <utility>

#include "disk/file_system.hpp"
#include "disk/little_endian.hpp"
#include "wire/crc32c.hpp"
#include "wire/reader.hpp"
#include "wire/writer.hpp"

namespace disk {
namespace {

constexpr std::uint64_t checked_from = 4;  // the header's bytes after its own checksum

std::uint32_t header_crc(const Seal& seal, std::uint64_t offset, std::string_view checked) {
  std::string sealed;
  put(sealed, seal.folder_id);
  put(sealed, seal.file_number);
  put(sealed, offset);
  return wire::crc32c(checked, wire::crc32c(sealed));
}

/// Of the sectors after the first: that one is written with the header or not at all.
std::uint32_t count_zero_sectors(std::string_view batch) {
  std::uint32_t count = 0;
  for (std::uint64_t at = sector_bytes; at < batch.size(); at += sector_bytes) {
    if (all_zero(batch.substr(at, sector_bytes))) ++count;
  }
  return count;
}

bool decode_write(wire::Reader& reader, RawWrite& write) {
  std::uint8_t kind = 0;
  std::size_t records = 0;
  const bool good = reader.byte(kind) &&
                    kind <= static_cast<std::uint8_t>(core::WriteKind::commit) &&
                    reader.varint(write.covers.value) && reader.count(records);
  if (!good) return false;
  write.kind = static_cast<core::WriteKind>(kind);
  write.records.resize(records);
  return std::ranges::all_of(write.records,
                             [&](core::Bytes& record) { return reader.bytes(record); });
}

}  // namespace

bool all_zero(std::string_view bytes) {
  // Against itself, one byte on: memcmp is many times faster than a loop over bytes.
  return bytes.empty() ||
         (bytes[0] == '\0' && bytes.substr(1) == bytes.substr(0, bytes.size() - 1));
}

void append_write(std::string& payload, const RawWrite& write) {
  wire::Writer writer(payload);
  writer.byte(static_cast<std::uint8_t>(write.kind));
  writer.varint(write.covers.value);
  writer.varint(write.records.size());
  for (const core::Bytes& record : write.records) writer.bytes(record.view());
}

std::string encode_batch(const Seal& seal, std::uint64_t offset, core::WriteSeq first,
                         core::WriteSeq durable, std::uint32_t write_count,
                         std::string_view payload) {
  const std::uint64_t bytes = in_sectors(batch_header_bytes + payload.size());
  std::string batch(batch_header_bytes, '\0');
  batch.reserve(bytes);
  batch.append(payload);
  batch.resize(bytes, '\0');

  std::string checked;
  put(checked, wire::crc32c(std::string_view(batch).substr(batch_header_bytes)));
  put(checked, static_cast<std::uint32_t>(payload.size()));
  put(checked, count_zero_sectors(batch));
  put(checked, write_count);
  put(checked, first.value);
  put(checked, durable.value);
  std::string header;
  put(header, header_crc(seal, offset, checked));
  header.append(checked);
  return batch.replace(0, header.size(), header);
}

std::optional<BatchHeader> read_header(const Seal& seal, std::uint64_t offset,
                                       std::string_view rest) {
  if (rest.size() < batch_header_bytes) return std::nullopt;
  const std::string_view checked = rest.substr(checked_from, batch_header_bytes - checked_from);
  if (get<std::uint32_t>(rest, 0) != header_crc(seal, offset, checked)) return std::nullopt;
  return BatchHeader{.body_crc = get<std::uint32_t>(rest, 4),
                     .payload_bytes = get<std::uint32_t>(rest, 8),
                     .zero_sectors = get<std::uint32_t>(rest, 12),
                     .write_count = get<std::uint32_t>(rest, 16),
                     .first = {get<std::uint64_t>(rest, 20)},
                     .durable = {get<std::uint64_t>(rest, 28)}};
}

BatchRead read_batch(const Seal& seal, std::uint64_t offset, std::string_view rest) {
  BatchRead read;
  // The whole first sector, not the header alone: a sector that was never written holds nothing.
  if (rest.size() < sector_bytes || all_zero(rest.substr(0, sector_bytes))) return read;

  read.state = BatchState::damaged;
  const std::optional<BatchHeader> header = read_header(seal, offset, rest);
  if (!header) return read;
  read.header = *header;
  const std::uint64_t bytes = in_sectors(batch_header_bytes + header->payload_bytes);
  if (bytes > rest.size()) return read;

  const std::string_view body = rest.substr(batch_header_bytes, bytes - batch_header_bytes);
  if (wire::crc32c(body) == header->body_crc) {
    read.state = BatchState::good;
    read.payload = body.substr(0, header->payload_bytes);
    read.bytes = bytes;
  } else if (count_zero_sectors(rest.substr(0, bytes)) > header->zero_sectors) {
    read.state = BatchState::torn;
  }
  return read;
}

bool decode_writes(const BatchRead& batch, core::Lane lane, std::vector<RawWrite>& out) {
  wire::Reader reader(batch.payload);
  for (std::uint32_t i = 0; i < batch.header.write_count; ++i) {
    RawWrite write;
    write.lane = lane;
    write.seq = {batch.header.first.value + i};
    if (!decode_write(reader, write)) return false;
    out.push_back(std::move(write));
  }
  return reader.left() == 0;
}

}  // namespace disk
