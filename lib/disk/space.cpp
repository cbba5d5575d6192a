#include "disk/space.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "disk/names.hpp"

namespace disk {
namespace {

constexpr std::uint64_t piece_bytes = 1 << 20;

}  // namespace

Space::Filling Space::segment_to_fill(std::uint64_t next) const {
  return Filling{.segment = FileHeader{.kind = FileKind::segment,
                                       .folder_id = sizes_.folder_id,
                                       .number = next,
                                       .bytes = sizes_.segment_bytes},
                 .bytes = sizes_.segment_bytes,
                 .written = 0};
}

IoResult<void> Space::write_piece(FileSystem& files) {
  Filling& filling = *filling_;
  if (filling.written == 0) {
    const auto created = files.create(spare_draft_name);
    if (!created) return created;
  }
  std::string piece(std::min(piece_bytes, filling.bytes - filling.written), '\0');
  if (filling.written == 0 && filling.segment) {
    piece.replace(0, sector_bytes, encode_file_header(*filling.segment));
  }
  auto done = files.write(spare_draft_name, filling.written, piece);
  // Synced piece by piece: one large sync would hold up the writes that wait for theirs.
  if (done) done = files.sync(spare_draft_name);
  if (done) filling.written += piece.size();
  return done;
}

/// One more piece; whether the file is complete, durable, and has its name.
IoResult<bool> Space::fill_step(FileSystem& files) {
  auto done = write_piece(files);
  if (done && filling_->written < filling_->bytes) return false;
  const bool segment = filling_->segment.has_value();
  const std::string name =
      segment ? segment_name(filling_->segment->number) : std::string(reserve_name);
  if (done) done = files.rename(spare_draft_name, name);
  if (done) done = files.sync_folder();
  if (!done) return std::unexpected(std::move(done).error());
  if (!segment) reserve_ = true;
  return true;
}

IoResult<void> Space::give_up_filling(FileSystem& files) {
  if (!filling_) return {};
  filling_.reset();
  const auto removed = files.remove(spare_draft_name);
  if (!removed && removed.error().kind != IoErrorKind::not_found) return removed;
  return {};
}

IoResult<Space::Step> Space::prepare(FileSystem& files, bool spare_stands, std::uint64_t next) {
  if (!filling_ && !spare_stands) filling_ = segment_to_fill(next);
  if (!filling_ && !reserve_) {
    filling_ = Filling{.segment = std::nullopt, .bytes = sizes_.reserve_bytes, .written = 0};
  }
  Step step;
  if (filling_) {
    const auto complete = fill_step(files);
    if (!complete && complete.error().kind == IoErrorKind::no_space) {
      room_ = false;
      const auto given_up = give_up_filling(files);
      if (!given_up) return std::unexpected(given_up.error());
      return step;
    }
    if (!complete) return std::unexpected(complete.error());
    if (*complete) step.made = std::exchange(filling_, std::nullopt)->segment;
  }
  const bool all_stands = !filling_ && reserve_ && (spare_stands || step.made);
  if (all_stands) room_ = true;
  step.more = !all_stands;
  return step;
}

IoResult<FileHeader> Space::fill_segment(FileSystem& files, std::uint64_t next) {
  if (!filling_) filling_ = segment_to_fill(next);
  while (true) {
    auto complete = fill_step(files);
    if (!complete) return std::unexpected(std::move(complete).error());
    if (*complete) break;
  }
  const FileHeader made = *filling_->segment;
  filling_.reset();
  return made;
}

IoResult<FileHeader> Space::make_segment(FileSystem& files, std::uint64_t next) {
  if (filling_ && !filling_->segment) {
    const auto given_up = give_up_filling(files);
    if (!given_up) return std::unexpected(given_up.error());
  }
  auto made = fill_segment(files, next);
  if (made || made.error().kind != IoErrorKind::no_space) return made;
  const auto released = release_reserve(files);
  if (!released) return std::unexpected(released.error());
  return *released ? fill_segment(files, next) : made;
}

/// Whether that gave anything back.
IoResult<bool> Space::release_reserve(FileSystem& files) {
  room_ = false;
  const bool any = filling_.has_value() || reserve_;
  const auto given_up = give_up_filling(files);
  if (!given_up) return std::unexpected(given_up.error());
  if (reserve_) {
    reserve_ = false;
    const auto removed = files.remove(reserve_name);
    if (!removed) return std::unexpected(removed.error());
  }
  return any;
}

}  // namespace disk
