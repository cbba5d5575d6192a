#include "disk/log.hpp"

#include <utility>

#include "core/require.hpp"
#include "disk/names.hpp"

namespace disk {

Log::Log(std::uint64_t folder_id, std::vector<Segment> segments, std::size_t active,
         core::WriteSeq last)
    : folder_id_(folder_id),
      segments_(std::move(segments)),
      active_(active),
      appended_(last),
      durable_(last) {
  core::require(active_ < segments_.size(), "a log needs a segment to append to");
}

bool Log::fits(std::uint64_t payload_bytes) const {
  const Segment& segment = segments_[active_];
  return in_sectors(batch_header_bytes + payload_bytes) <= segment.bytes - segment.extent.end;
}

Result<void> Log::append(FileSystem& files, Space& space, std::span<const RawWrite> writes) {
  for (const RawWrite& write : writes) {
    core::require(write.seq.value == appended_.value + gathered_.count + 1,
                  "the log's writes are numbered without a gap");
    core::require(write.kind == core::WriteKind::log, "the control lane holds the log alone");
    std::string piece;
    append_write(piece, write);
    auto done = append_piece(files, space, write, piece);
    if (!done) return done;
  }
  return flush(files);
}

/// Gathers one more write, after writing out what was gathered where it does not fit behind it.
Result<void> Log::append_piece(FileSystem& files, Space& space, const RawWrite& write,
                               std::string_view piece) {
  if (!fits(gathered_.payload.size() + piece.size())) {
    auto done = flush(files);
    if (done && !fits(piece.size())) done = roll(files, space);
    if (!done) return done;
    if (!fits(piece.size())) {
      return std::unexpected(Error{.kind = ErrorKind::too_large,
                                   .what = "write " + std::to_string(write.seq.value) + " takes " +
                                           std::to_string(piece.size()) +
                                           " bytes, more than a segment of the log holds",
                                   .file = {},
                                   .offset = 0,
                                   .seq = write.seq});
    }
  }
  if (gathered_.count == 0) gathered_.first = write.seq;
  gathered_.payload.append(piece);
  ++gathered_.count;
  return {};
}

Result<void> Log::flush(FileSystem& files) {
  const Gathered batch = std::exchange(gathered_, {});
  if (batch.count == 0) return {};
  Segment& segment = active();
  const Seal seal{.folder_id = folder_id_, .file_number = segment.number};
  const std::string bytes =
      encode_batch(seal, segment.extent.end, batch.first, durable_, batch.count, batch.payload);
  auto written = files.write(segment_name(segment.number), segment.extent.end, bytes);
  if (!written) return checked(std::move(written));
  segment.extent.add(batch.first, batch.count, bytes.size());
  appended_ = segment.extent.last;
  return {};
}

/// Goes on to the next segment. The full one is synced first: so whatever is not durable stands in
/// one segment, and a crash leaves no hole before another.
Result<void> Log::roll(FileSystem& files, Space& space) {
  auto synced = sync(files);
  if (!synced) return checked(std::move(synced));
  if (!has_spare()) {
    const auto made = space.make_segment(files, next_number());
    if (!made) return std::unexpected(to_error(made.error()));
    add_spare(*made);
  }
  ++active_;
  return {};
}

IoResult<void> Log::sync(FileSystem& files) {
  if (appended_ == durable_) return {};
  auto synced = files.sync(segment_name(active().number));
  if (synced) durable_ = appended_;
  return synced;
}

IoResult<void> Log::remove_covered(FileSystem& files, core::WriteSeq covered) {
  std::size_t count = 0;
  while (count < active_ && segments_[count].extent.last <= covered &&
         segments_[count].extent.last < appended_) {
    const auto removed = files.remove(segment_name(segments_[count].number));
    if (!removed) return removed;
    ++count;
  }
  segments_.erase(segments_.begin(), segments_.begin() + static_cast<std::ptrdiff_t>(count));
  active_ -= count;
  return {};
}

void Log::add_spare(const FileHeader& made) {
  segments_.push_back(Segment{.number = made.number, .bytes = made.bytes, .extent = {}});
}

std::uint64_t Log::next_number() const {
  return segments_.empty() ? 1 : segments_.back().number + 1;
}

std::expected<std::vector<RawWrite>, core::LoadError> Log::read(FileSystem& files,
                                                                core::WriteSeq first,
                                                                core::WriteSeq last) const {
  core::require(first.value > 0 && first <= last, "a read goes from a write to one not before it");
  std::vector<RawWrite> writes;
  for (const Segment& segment : segments_) {
    const Extent& extent = segment.extent;
    if (extent.empty() || extent.last < first || last < extent.first) continue;
    const Seal seal{.folder_id = folder_id_, .file_number = segment.number};
    const auto read = read_range(files, segment_name(segment.number), seal, extent,
                                 core::Lane::control, first, last, writes);
    if (!read) return std::unexpected(read.error());
  }
  if (writes.size() != last.value - first.value + 1) return std::unexpected(core::LoadError::gone);
  return writes;
}

std::uint64_t Log::bytes_used() const {
  std::uint64_t bytes = 0;
  for (const Segment& segment : segments_) bytes += segment.bytes;
  return bytes;
}

}  // namespace disk
