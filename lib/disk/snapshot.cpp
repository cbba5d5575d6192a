#include "disk/snapshot.hpp"

#include <string>
#include <string_view>
#include <utility>

#include "core/require.hpp"
#include "disk/file_header.hpp"
#include "disk/names.hpp"

namespace disk {
namespace {

using core::WriteKind;

/// So that its length fits the header, and reading one back does not take all the memory.
constexpr std::uint64_t max_payload_bytes = 64 << 20;

FileHeader header_of(std::uint64_t folder_id, core::WriteSeq first) {
  return FileHeader{
      .kind = FileKind::snapshot, .folder_id = folder_id, .number = first.value, .bytes = 0};
}

/// What may stand next in a snapshot of which `file` is known.
bool may_follow(const Snapshots::File& file, WriteKind kind) {
  if (file.extent.empty()) return kind == WriteKind::begin;
  return !file.committed && (kind == WriteKind::chunk || kind == WriteKind::commit);
}

void note(Snapshots::File& file, const RawWrite& write, std::uint64_t bytes) {
  file.extent.add(write.seq, 1, bytes);
  file.committed = write.kind == WriteKind::commit;
  if (file.committed) file.covers = write.covers;
}

}  // namespace

Result<Snapshots> Snapshots::recover(FileSystem& files, std::uint64_t folder_id,
                                     std::vector<core::Bytes>& records) {
  Snapshots snapshots(folder_id);
  const auto size = files.size(snapshot_name);
  if (!size && size.error().kind == IoErrorKind::not_found) return snapshots;
  if (!size) return std::unexpected(to_error(size.error()));
  const auto content = files.read(snapshot_name, 0, *size);
  if (!content) return std::unexpected(to_error(content.error()));
  const std::string_view bytes = *content;
  const auto header = decode_file_header(bytes.substr(0, sector_bytes));
  if (!header || *header != header_of(folder_id, {header->number})) {
    return std::unexpected(damage(snapshot_name, 0, {}, "the file's first sector is not valid"));
  }

  // It was whole and durable before it had this name: whatever is wrong with it is damage.
  File file;
  const Seal seal{.folder_id = folder_id, .file_number = header->number};
  while (file.extent.end < bytes.size()) {
    const BatchRead batch = read_batch(seal, file.extent.end, bytes.substr(file.extent.end));
    auto taken = snapshots.take(batch, file, records);
    if (!taken) return std::unexpected(std::move(taken).error());
  }
  if (!file.committed || file.extent.first.value != header->number) {
    return std::unexpected(damage(snapshot_name, file.extent.end, {file.extent.last.value + 1},
                                  "the file ends before the snapshot does"));
  }
  snapshots.appended_ = snapshots.durable_ = file.extent.last;
  snapshots.current_ = std::move(file);
  return snapshots;
}

Result<void> Snapshots::take(const BatchRead& batch, File& file,
                             std::vector<core::Bytes>& records) const {
  const std::uint64_t next =
      file.extent.empty() ? batch.header.first.value : file.extent.last.value + 1;
  std::vector<RawWrite> writes;
  const bool good = batch.state == BatchState::good && batch.header.first.value == next &&
                    decode_writes(batch, core::Lane::bulk, writes) && writes.size() == 1 &&
                    may_follow(file, writes.front().kind);
  if (!good) {
    return std::unexpected(damage(snapshot_name, file.extent.end, {next},
                                  "what stands there is no part of a snapshot"));
  }
  note(file, writes.front(), batch.bytes);
  for (core::Bytes& record : writes.front().records) records.push_back(std::move(record));
  return {};
}

Result<void> Snapshots::start_draft(FileSystem& files, Space& space, core::WriteSeq first) {
  draft_ = File{};
  const std::string header = encode_file_header(header_of(folder_id_, first));
  auto done = space.grow(files, [&] { return files.create(snapshot_draft_name); });
  if (done) {
    done = space.grow(files, [&] { return files.write(snapshot_draft_name, 0, header); });
  }
  return checked(std::move(done));
}

Result<void> Snapshots::append(FileSystem& files, Space& space, const RawWrite& write) {
  core::require(write.seq.value == appended_.value + 1,
                "the writes of snapshots are numbered without a gap");
  std::string payload;
  append_write(payload, write);
  if (payload.size() > max_payload_bytes) {
    return std::unexpected(Error{.kind = ErrorKind::too_large,
                                 .what = "write " + std::to_string(write.seq.value) +
                                         " of a snapshot takes " + std::to_string(payload.size()) +
                                         " bytes, more than 64 MiB",
                                 .file = {},
                                 .offset = 0,
                                 .seq = write.seq});
  }
  if (write.kind == WriteKind::begin) {
    auto started = start_draft(files, space, write.seq);
    if (!started) return started;
  }
  core::require(draft_ && may_follow(*draft_, write.kind),
                "a snapshot is written as begin, chunks and commit");
  const core::WriteSeq first = draft_->extent.empty() ? write.seq : draft_->extent.first;
  const Seal seal{.folder_id = folder_id_, .file_number = first.value};
  const std::uint64_t offset = draft_->extent.end;
  const std::string batch = encode_batch(seal, offset, write.seq, {}, 1, payload);
  auto written = space.grow(files, [&] { return files.write(snapshot_draft_name, offset, batch); });
  if (!written) return checked(std::move(written));
  note(*draft_, write, batch.size());
  appended_ = write.seq;
  return {};
}

IoResult<void> Snapshots::sync(FileSystem& files) {
  if (appended_ == durable_) return {};
  auto done = files.sync(snapshot_draft_name);
  if (done && commit_waits()) {
    done = files.rename(snapshot_draft_name, snapshot_name);
    if (done) done = files.sync_folder();
    if (done) current_ = std::exchange(draft_, std::nullopt);
  }
  if (done) durable_ = appended_;
  return done;
}

std::expected<std::vector<RawWrite>, core::LoadError> Snapshots::read(FileSystem& files,
                                                                      core::WriteSeq first,
                                                                      core::WriteSeq last) const {
  core::require(first.value > 0 && first <= last, "a read goes from a write to one not before it");
  if (!current_ || first < current_->extent.first || current_->extent.last < last) {
    return std::unexpected(core::LoadError::gone);
  }
  std::vector<RawWrite> writes;
  const Seal seal{.folder_id = folder_id_, .file_number = current_->extent.first.value};
  const auto read = read_range(files, snapshot_name, seal, current_->extent, core::Lane::bulk,
                               first, last, writes);
  if (!read) return std::unexpected(read.error());
  return writes;
}

std::uint64_t Snapshots::bytes_used() const {
  return (current_ ? current_->extent.end : 0) + (draft_ ? draft_->extent.end : 0);
}

}  // namespace disk
