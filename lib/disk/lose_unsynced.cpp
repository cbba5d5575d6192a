#include "disk/lose_unsynced.hpp"

#include <algorithm>
#include <utility>

namespace disk {

IoResult<void> LoseUnsyncedFileSystem::create(std::string_view name) {
  auto done = below_.create(name);
  if (done) kept_.erase(std::string(name));
  return done;
}

IoResult<void> LoseUnsyncedFileSystem::rename(std::string_view from, std::string_view to) {
  auto done = below_.rename(from, to);
  if (!done) return done;
  auto kept = kept_.extract(std::string(from));
  kept_.erase(std::string(to));
  if (!kept.empty()) kept_[std::string(to)] = std::move(kept.mapped());
  return done;
}

IoResult<void> LoseUnsyncedFileSystem::remove(std::string_view name) {
  auto done = below_.remove(name);
  if (done) kept_.erase(std::string(name));
  return done;
}

IoResult<std::uint64_t> LoseUnsyncedFileSystem::size(std::string_view name) {
  auto size = below_.size(name);
  const auto kept = kept_.find(name);
  if (!size || kept == kept_.end()) return size;
  for (const Piece& piece : kept->second) {
    size = std::max<std::uint64_t>(*size, piece.offset + piece.data.size());
  }
  return size;
}

IoResult<std::string> LoseUnsyncedFileSystem::read(std::string_view name, std::uint64_t offset,
                                                   std::uint64_t count) {
  auto bytes = below_.read(name, offset, count);
  const auto kept = kept_.find(name);
  if (!bytes || kept == kept_.end()) return bytes;
  for (const Piece& piece : kept->second) {
    const std::uint64_t begin = std::max(offset, piece.offset);
    const std::uint64_t piece_end = piece.offset + piece.data.size();
    const std::uint64_t end =
        std::min(piece_end, count < UINT64_MAX - offset ? offset + count : UINT64_MAX);
    if (begin >= end) continue;
    if (bytes->size() < end - offset) bytes->resize(end - offset, '\0');
    bytes->replace(begin - offset, end - begin, piece.data, begin - piece.offset, end - begin);
  }
  return bytes;
}

IoResult<void> LoseUnsyncedFileSystem::write(std::string_view name, std::uint64_t offset,
                                             std::string_view data) {
  const auto there = below_.size(name);
  if (!there) return std::unexpected(there.error());
  kept_[std::string(name)].push_back({offset, std::string(data)});
  return {};
}

IoResult<void> LoseUnsyncedFileSystem::pass_on(std::string_view name) {
  const auto kept = kept_.find(name);
  if (kept == kept_.end()) return {};
  const std::vector<Piece> pieces = std::move(kept->second);
  kept_.erase(kept);
  for (const Piece& piece : pieces) {
    auto done = below_.write(name, piece.offset, piece.data);
    if (!done) return done;
  }
  return {};
}

IoResult<void> LoseUnsyncedFileSystem::truncate(std::string_view name, std::uint64_t size) {
  auto done = pass_on(name);
  if (done) done = below_.truncate(name, size);
  return done;
}

IoResult<void> LoseUnsyncedFileSystem::sync(std::string_view name) {
  auto done = pass_on(name);
  if (done) done = below_.sync(name);
  return done;
}

}  // namespace disk
