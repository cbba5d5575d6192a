#include "disk/log_recovery.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "disk/batch.hpp"
#include "disk/file_header.hpp"
#include "disk/names.hpp"

namespace disk {
namespace {

constexpr std::uint64_t piece_bytes = 1 << 20;

class LogReader {
 public:
  LogReader(FileSystem& files, std::uint64_t folder_id, core::WriteSeq covered)
      : files_(files), folder_id_(folder_id), covered_(covered) {}

  Result<void> read_segment(std::uint64_t number);
  Result<RecoveredLog> finish() &&;

 private:
  /// Where the batches read so far come to their end.
  struct Place {
    std::string file;
    std::uint64_t offset = 0;
  };

  Result<Segment> check_file(std::uint64_t number, std::string_view content) const;
  Result<void> read_batches(Segment& segment, std::string_view content);
  Result<void> check_follows(const Segment& segment, core::WriteSeq first) const;
  Result<void> take(Segment& segment, const BatchRead& batch);
  Result<void> check_rest(const Segment& segment, std::string_view content) const;
  void note_remains(const Segment& segment, std::string_view content);

  /// The write that must come next.
  core::WriteSeq expected() const { return {(last_ ? last_->value : covered_.value) + 1}; }

  FileSystem& files_;
  std::uint64_t folder_id_;
  core::WriteSeq covered_;
  std::optional<core::WriteSeq> last_;  // the newest write read so far
  Place stop_;
  RecoveredLog log_;
};

Result<Segment> LogReader::check_file(std::uint64_t number, std::string_view content) const {
  const std::string name = segment_name(number);
  const auto header = decode_file_header(content.substr(0, sector_bytes));
  if (!header) {
    return std::unexpected(damage(name, 0, expected(), "the file's first sector is not valid"));
  }
  const FileHeader right{
      .kind = FileKind::segment, .folder_id = folder_id_, .number = number, .bytes = header->bytes};
  if (*header != right) {
    return std::unexpected(damage(name, 0, expected(), "the file belongs to another place"));
  }
  // A segment has its whole size before it has its name: no crash makes it shorter.
  if (content.size() != header->bytes) {
    const std::uint64_t offset = std::min<std::uint64_t>(content.size(), header->bytes);
    return std::unexpected(damage(name, offset, expected(),
                                  "the file has " + std::to_string(content.size()) +
                                      " bytes instead of " + std::to_string(header->bytes)));
  }
  return Segment{.number = number, .bytes = header->bytes, .extent = {}};
}

Result<void> LogReader::read_segment(std::uint64_t number) {
  const std::string name = segment_name(number);
  const auto size = files_.size(name);
  if (!size) return std::unexpected(to_error(size.error()));
  const auto content = files_.read(name, 0, *size);
  if (!content) return std::unexpected(to_error(content.error()));
  auto segment = check_file(number, *content);
  if (!segment) return std::unexpected(std::move(segment).error());
  const bool gap = !log_.segments.empty() && log_.segments.back().number + 1 != number;

  auto done = read_batches(*segment, *content);
  if (!done) return done;
  // Covered segments are removed oldest first, and a crash may have kept any of these changes back.
  // A gap before an empty segment is none of that.
  if (gap && segment->extent.empty()) {
    return std::unexpected(damage(name, 0, expected(), "the segment before it is missing"));
  }
  done = check_rest(*segment, *content);
  if (!done) return done;
  note_remains(*segment, *content);
  if (!segment->extent.empty()) log_.active = log_.segments.size();
  log_.segments.push_back(std::move(*segment));
  return {};
}

/// Up to the first place that holds no whole batch.
Result<void> LogReader::read_batches(Segment& segment, std::string_view content) {
  const Seal seal{.folder_id = folder_id_, .file_number = segment.number};
  while (true) {
    const std::uint64_t offset = segment.extent.end;
    const BatchRead batch = read_batch(seal, offset, content.substr(offset));
    if (batch.state == BatchState::damaged) {
      return std::unexpected(damage(segment_name(segment.number), offset, expected(),
                                    "what stands there was not written so, and no crash makes it"));
    }
    if (batch.state != BatchState::good) break;
    auto done = check_follows(segment, batch.header.first);
    if (done) done = take(segment, batch);
    if (!done) return done;
  }
  if (!segment.extent.empty() || log_.segments.empty()) {
    stop_ = {segment_name(segment.number), segment.extent.end};
  }
  return {};
}

/// That the batch goes on where the one before it ended, or, as the first of its segment, leaves
/// out only what the snapshot covers.
Result<void> LogReader::check_follows(const Segment& segment, core::WriteSeq first) const {
  if (first == expected() && last_) return {};
  const bool covered_before = first.value <= covered_.value + 1;
  const bool goes_back = last_ && first <= *last_;
  if (segment.extent.empty() && covered_before && !goes_back) return {};
  const bool here = stop_.file.empty() || goes_back;
  return std::unexpected(damage(
      here ? segment_name(segment.number) : stop_.file, here ? segment.extent.end : stop_.offset,
      expected(), "write " + std::to_string(first.value) + " follows where this one should stand"));
}

Result<void> LogReader::take(Segment& segment, const BatchRead& batch) {
  std::vector<RawWrite> writes;
  if (batch.header.write_count == 0 || !decode_writes(batch, core::Lane::control, writes)) {
    return std::unexpected(damage(segment_name(segment.number), segment.extent.end, expected(),
                                  "the batch is not in the form of this version"));
  }
  for (RawWrite& write : writes) {
    if (write.seq > covered_) log_.writes.push_back(std::move(write));
  }
  segment.extent.add(batch.header.first, batch.header.write_count, batch.bytes);
  last_ = segment.extent.last;
  return {};
}

/// A torn tail was never durable. If a batch behind it says that the writes missing here were, then
/// they were lost some other way.
Result<void> LogReader::check_rest(const Segment& segment, std::string_view content) const {
  const Seal seal{.folder_id = folder_id_, .file_number = segment.number};
  for (std::uint64_t at = segment.extent.end; at < content.size(); at += sector_bytes) {
    const std::string_view sector = content.substr(at, sector_bytes);
    if (all_zero(sector)) continue;
    const auto header = read_header(seal, at, sector);
    if (header && header->durable >= expected()) {
      return std::unexpected(damage(stop_.file, stop_.offset, expected(),
                                    "it is missing, though write " +
                                        std::to_string(header->first.value) +
                                        ", written after it was durable, is there"));
    }
  }
  return {};
}

void LogReader::note_remains(const Segment& segment, std::string_view content) {
  const std::uint64_t begin = segment.extent.end;
  std::uint64_t end = begin;
  for (std::uint64_t at = begin; at < content.size(); at += sector_bytes) {
    if (!all_zero(content.substr(at, sector_bytes))) end = at + sector_bytes;
  }
  if (end > begin) log_.remains.push_back({segment_name(segment.number), begin, end});
}

Result<RecoveredLog> LogReader::finish() && {
  log_.last = last_.value_or(core::WriteSeq{});
  // The newest write is never removed, and a snapshot covers only what was durable.
  if (log_.last < covered_) {
    return std::unexpected(damage(
        stop_.file.empty() ? segment_name(1) : stop_.file, stop_.offset, {log_.last.value + 1},
        "the log ends here, though the snapshot covers write " + std::to_string(covered_.value)));
  }
  return std::move(log_);
}

IoResult<void> write_zeros(FileSystem& files, const Remains& remains) {
  for (std::uint64_t at = remains.begin; at < remains.end; at += piece_bytes) {
    const std::string zeros(std::min(piece_bytes, remains.end - at), '\0');
    const auto written = files.write(remains.file, at, zeros);
    if (!written) return written;
  }
  return files.sync(remains.file);
}

}  // namespace

Result<RecoveredLog> recover_log(FileSystem& files, std::span<const std::uint64_t> numbers,
                                 std::uint64_t folder_id, core::WriteSeq covered) {
  LogReader reader(files, folder_id, covered);
  for (const std::uint64_t number : numbers) {
    auto done = reader.read_segment(number);
    if (!done) return std::unexpected(std::move(done).error());
  }
  return std::move(reader).finish();
}

IoResult<void> settle_log(FileSystem& files, const RecoveredLog& log) {
  for (const Remains& remains : log.remains) {
    const auto zeroed = write_zeros(files, remains);
    if (!zeroed) return zeroed;
  }
  if (log.last.value == 0) return {};
  return files.sync(segment_name(log.segments[log.active].number));
}

}  // namespace disk
