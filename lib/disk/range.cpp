#include "disk/range.hpp"

#include <string>
#include <utility>

namespace disk {
namespace {

constexpr std::uint64_t mark_every_bytes = 64 << 10;

struct Bytes {
  std::uint64_t begin = sector_bytes;
  std::uint64_t end = sector_bytes;
};

/// The part of the file that surely holds those writes.
Bytes part_with(const Extent& extent, core::WriteSeq first, core::WriteSeq last) {
  Bytes part{.begin = sector_bytes, .end = extent.end};
  for (const Extent::Mark& mark : extent.marks) {
    if (mark.first <= first) part.begin = mark.offset;
    if (mark.first > last) {
      part.end = mark.offset;
      break;
    }
  }
  return part;
}

}  // namespace

void Extent::add(core::WriteSeq batch_first, std::uint32_t write_count, std::uint64_t bytes) {
  if (empty()) first = batch_first;
  if (marks.empty() || end - marks.back().offset >= mark_every_bytes) {
    marks.push_back({batch_first, end});
  }
  last = {batch_first.value + write_count - 1};
  end += bytes;
}

std::expected<void, core::LoadError> read_range(FileSystem& files, std::string_view name,
                                                const Seal& seal, const Extent& extent,
                                                core::Lane lane, core::WriteSeq first,
                                                core::WriteSeq last, std::vector<RawWrite>& out) {
  const Bytes part = part_with(extent, first, last);
  const auto bytes = files.read(name, part.begin, part.end - part.begin);
  if (!bytes) return std::unexpected(core::LoadError::io);
  std::string_view rest = *bytes;
  std::uint64_t offset = part.begin;
  std::vector<RawWrite> writes;
  while (offset < part.end) {
    const BatchRead batch = read_batch(seal, offset, rest);
    if (batch.state != BatchState::good || !decode_writes(batch, lane, writes)) {
      return std::unexpected(core::LoadError::damaged);
    }
    rest.remove_prefix(batch.bytes);
    offset += batch.bytes;
  }
  for (RawWrite& write : writes) {
    if (first <= write.seq && write.seq <= last) out.push_back(std::move(write));
  }
  return {};
}

}  // namespace disk
