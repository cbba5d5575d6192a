#include "sim/file_system.hpp"

#include <algorithm>
#include <expected>
#include <functional>
#include <utility>

#include "core/digest.hpp"

namespace sim {
namespace {

constexpr std::uint64_t sector = disk::sector_bytes;

std::unexpected<disk::IoError> error(disk::IoErrorKind kind, std::string_view verb,
                                     std::string_view name, std::string_view why) {
  std::string what(verb);
  what += " ";
  what += name;
  what += ": ";
  what += why;
  return std::unexpected(disk::IoError{kind, std::move(what)});
}

/// Compared with itself, one byte on: a search looks at a million sectors a second.
bool all_zero(std::string_view bytes) {
  if (bytes.empty()) return true;
  return bytes.front() == 0 && bytes.substr(1) == bytes.substr(0, bytes.size() - 1);
}

/// The bytes of that sector, as far as `content` reaches.
std::string_view sector_of(std::string_view content, std::uint64_t number) {
  const std::uint64_t begin = std::min<std::uint64_t>(number * sector, content.size());
  return content.substr(begin, sector);
}

/// Most of a log is zeros: they are told by the numbers of the other sectors.
void add_content(core::Digest& digest, std::string_view content) {
  digest.add(std::uint64_t{content.size()});
  for (std::uint64_t number = 0; number * sector < content.size(); ++number) {
    const std::string_view bytes = sector_of(content, number);
    if (!all_zero(bytes)) digest.add(number).add(bytes);
  }
}

}  // namespace

// ---- The seam -----------------------------------------------------------------------------------

disk::IoResult<void> SimFileSystem::lock() {
  if (locked_) return error(disk::IoErrorKind::locked, "lock", "folder", "another process has it");
  locked_ = true;
  return {};
}

disk::IoResult<std::vector<std::string>> SimFileSystem::list() {
  std::vector<std::string> names;
  for (const auto& [name, file] : folder_) names.push_back(name);
  return names;
}

disk::IoResult<SimFileSystem::File*> SimFileSystem::find(std::string_view name) {
  const auto found = folder_.find(name);
  if (found == folder_.end()) {
    return error(disk::IoErrorKind::not_found, "open", name, "no such file");
  }
  return &files_.at(found->second);
}

disk::IoResult<void> SimFileSystem::create(std::string_view name) {
  if (full_) {
    ++refused_;
    return error(disk::IoErrorKind::no_space, "create", name, "no space left on device");
  }
  const FileId id = next_file_++;
  files_[id];
  changes_.push_back({std::string(name), id, {}});
  apply(folder_, changes_.back());
  return {};
}

disk::IoResult<void> SimFileSystem::rename(std::string_view from, std::string_view to) {
  const auto found = folder_.find(from);
  if (found == folder_.end()) {
    return error(disk::IoErrorKind::not_found, "rename", from, "no such file");
  }
  changes_.push_back({std::string(to), found->second, std::string(from)});
  apply(folder_, changes_.back());
  return {};
}

disk::IoResult<void> SimFileSystem::remove(std::string_view name) {
  if (!folder_.contains(name)) {
    return error(disk::IoErrorKind::not_found, "remove", name, "no such file");
  }
  changes_.push_back({std::string(name), 0, {}});
  apply(folder_, changes_.back());
  return {};
}

void SimFileSystem::apply(Folder& folder, const Change& change) {
  if (!change.from.empty()) {
    const auto from = folder.find(change.from);
    if (from != folder.end() && from->second == change.file) folder.erase(from);
  }
  if (change.file == 0) {
    folder.erase(change.name);
  } else {
    folder[change.name] = change.file;
  }
}

disk::IoResult<void> SimFileSystem::check_sync(std::string_view name) {
  if (!fail_sync_ && !sync_failed_) return {};
  fail_sync_ = false;
  sync_failed_ = true;
  return error(disk::IoErrorKind::io, "sync", name, "input/output error");
}

disk::IoResult<void> SimFileSystem::sync_folder() {
  const auto checked = check_sync("folder");
  if (!checked) return checked;
  synced_folder_ = folder_;
  changes_.clear();
  drop_unnamed();
  return {};
}

void SimFileSystem::drop_unnamed() {
  std::set<FileId> named;
  for (const auto& [name, file] : folder_) named.insert(file);
  for (const auto& [name, file] : synced_folder_) named.insert(file);
  for (const Change& change : changes_) named.insert(change.file);
  std::erase_if(files_, [&](const auto& entry) { return !named.contains(entry.first); });
}

disk::IoResult<std::uint64_t> SimFileSystem::size(std::string_view name) {
  const auto file = find(name);
  if (!file) return std::unexpected(file.error());
  return (*file)->now.size();
}

disk::IoResult<std::string> SimFileSystem::read(std::string_view name, std::uint64_t offset,
                                                std::uint64_t count) {
  const auto file = find(name);
  if (!file) return std::unexpected(file.error());
  const std::string& content = (*file)->now;
  return content.substr(std::min<std::uint64_t>(offset, content.size()), count);
}

void SimFileSystem::mark(File& file, std::uint64_t begin, std::uint64_t end) {
  for (std::uint64_t at = begin / sector; at * sector < end; ++at) file.dirty.insert(at);
}

disk::IoResult<void> SimFileSystem::grow_to(std::string_view name, File& file, std::uint64_t size) {
  if (size <= file.now.size()) return {};
  if (full_) {
    ++refused_;
    return error(disk::IoErrorKind::no_space, "write", name, "no space left on device");
  }
  mark(file, file.now.size(), size);
  file.now.resize(size, '\0');
  return {};
}

disk::IoResult<void> SimFileSystem::write(std::string_view name, std::uint64_t offset,
                                          std::string_view data) {
  auto file = find(name);
  if (!file) return std::unexpected(std::move(file.error()));
  auto grown = grow_to(name, **file, offset + data.size());
  if (!grown) return grown;
  (*file)->now.replace(offset, data.size(), data);
  mark(**file, offset, offset + data.size());
  return {};
}

disk::IoResult<void> SimFileSystem::truncate(std::string_view name, std::uint64_t size) {
  auto file = find(name);
  if (!file) return std::unexpected(std::move(file.error()));
  if (size > (*file)->now.size()) return grow_to(name, **file, size);
  mark(**file, size, (*file)->now.size());
  (*file)->now.resize(size);
  return {};
}

disk::IoResult<void> SimFileSystem::sync(std::string_view name) {
  auto file = find(name);
  if (!file) return std::unexpected(std::move(file.error()));
  const auto checked = check_sync(name);
  if (!checked) return checked;
  File& f = **file;
  f.synced.resize(f.now.size(), '\0');
  for (const std::uint64_t number : f.dirty) {
    const std::string_view bytes = sector_of(f.now, number);
    if (!bytes.empty()) f.synced.replace(number * sector, bytes.size(), bytes);
  }
  f.dirty.clear();
  return {};
}

// ---- The faults ---------------------------------------------------------------------------------

/// Draws for each dirty sector whether it stays; whether any went back, and `torn` if only some
/// did.
bool SimFileSystem::lose(File& file, core::Prng& prng, bool& torn) {
  // All, none or each on its own: a crash in which every sector is drawn alone rarely keeps all.
  const std::uint64_t manner = prng.below(4);
  const std::uint64_t smaller = std::min(file.now.size(), file.synced.size());
  const std::uint64_t larger = std::max(file.now.size(), file.synced.size());
  std::uint64_t size = file.now.size();
  if (manner == 0) size = file.synced.size();
  if (manner >= 2 && smaller != larger) size = smaller + prng.below(larger - smaller + 1);
  std::string result = file.synced;
  result.resize(size, '\0');
  for (const std::uint64_t number : file.dirty) {
    const bool keep = manner == 1 || (manner >= 2 && prng.below(2) == 0);
    if (!keep || number * sector >= size) continue;
    const std::uint64_t room = std::min<std::uint64_t>(sector, size - number * sector);
    std::string bytes(sector_of(file.now, number).substr(0, room));
    bytes.resize(room, '\0');
    result.replace(number * sector, room, bytes);
  }
  bool kept = false;
  bool went_back = false;
  for (const std::uint64_t number : file.dirty) {
    const std::string_view now = sector_of(file.now, number);
    if (now == sector_of(file.synced, number)) continue;
    (sector_of(result, number) == now ? kept : went_back) = true;
  }
  torn = kept && went_back;
  file.now = result;
  file.synced = std::move(result);
  file.dirty.clear();
  return went_back;
}

SimFileSystem::Loss SimFileSystem::lose_power(core::Prng prng) {
  Loss loss;
  for (auto& [id, file] : files_) {
    if (file.dirty.empty() && file.now.size() == file.synced.size()) continue;
    bool torn = false;
    if (lose(file, prng, torn)) ++loss.lost;
    if (torn) ++loss.torn;
  }
  Folder kept = synced_folder_;
  for (const Change& change : changes_) {
    if (prng.below(2) == 0) {
      apply(kept, change);
    } else {
      ++loss.lost;
    }
  }
  go_on_from(std::move(kept));
  return loss;
}

SimFileSystem::Loss SimFileSystem::lose_all() {
  Loss loss;
  for (auto& [id, file] : files_) {
    if (file.now != file.synced) ++loss.lost;
    file.now = file.synced;
    file.dirty.clear();
  }
  loss.lost += changes_.size();
  go_on_from(synced_folder_);
  return loss;
}

/// After a loss of power: what is there now is on the disk.
void SimFileSystem::go_on_from(Folder folder) {
  folder_ = folder;
  synced_folder_ = std::move(folder);
  changes_.clear();
  drop_unnamed();
  fail_sync_ = false;
  sync_failed_ = false;
}

std::string SimFileSystem::flip_bit(core::Prng prng) {
  std::vector<std::pair<std::string, std::uint64_t>> places;  // sectors that hold something
  for (const auto& [name, id] : folder_) {
    const File& file = files_.at(id);
    for (std::uint64_t number = 0; number * sector < file.now.size(); ++number) {
      // What is not synced is in the page cache: the disk's bit does not show.
      if (file.dirty.contains(number) || all_zero(sector_of(file.now, number))) continue;
      places.emplace_back(name, number);
    }
  }
  if (places.empty()) return {};
  const auto& [name, number] = places[prng.below(places.size())];
  File& file = files_.at(folder_.find(name)->second);
  const std::uint64_t begin = number * sector;
  const std::uint64_t length = std::min<std::uint64_t>(sector, file.now.size() - begin);
  while (true) {
    const std::uint64_t at = begin + prng.below(length);
    const auto mask = static_cast<unsigned char>(1U << prng.below(8));
    const auto flipped = static_cast<char>(static_cast<unsigned char>(file.now[at]) ^ mask);
    const char before = std::exchange(file.now[at], flipped);
    if (!all_zero(sector_of(file.now, number))) {
      file.synced[at] = flipped;
      return name;
    }
    file.now[at] = before;
  }
}

std::uint64_t SimFileSystem::digest() const {
  core::Digest digest;
  digest.add(std::uint64_t{locked_}).add(std::uint64_t{full_}).add(std::uint64_t{fail_sync_});
  digest.add(std::uint64_t{sync_failed_}).add(std::uint64_t{files_.size()});
  // Files go by their rank: how many were made and dropped before tells nothing.
  std::map<FileId, std::uint64_t> ranks;
  for (const auto& [id, file] : files_) {
    ranks.emplace(id, ranks.size() + 1);
    add_content(digest, file.now);
    digest.add(std::uint64_t{file.synced.size()}).add(std::uint64_t{file.dirty.size()});
    // The others are on the disk as they are now.
    for (const std::uint64_t number : file.dirty) {
      digest.add(number).add(sector_of(file.synced, number));
    }
  }
  for (const Folder* folder : {&folder_, &synced_folder_}) {
    digest.add(std::uint64_t{folder->size()});
    for (const auto& [name, id] : *folder) digest.add(name).add(ranks[id]);
  }
  for (const Change& change : changes_) {
    digest.add(change.name).add(change.from).add(change.file == 0 ? 0 : ranks[change.file]);
  }
  return digest.value();
}

}  // namespace sim
