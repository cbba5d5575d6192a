#include "disk/memory_file_system.hpp"

#include <algorithm>
#include <utility>

namespace disk {

// ---- The disk -----------------------------------------------------------------------------------

std::string_view MemoryDisk::sector_of(std::string_view content, std::uint64_t number) {
  return content.substr(std::min<std::uint64_t>(number * sector_bytes, content.size()),
                        sector_bytes);
}

void MemoryDisk::apply(Folder& folder, const Change& change) {
  if (change.kind == Change::Kind::create) folder[change.name] = change.created;
  if (change.kind == Change::Kind::remove) folder.erase(change.name);
  if (change.kind == Change::Kind::rename) {
    const auto found = folder.find(change.name);
    if (found == folder.end()) return;  // its creation did not survive
    const Number file = found->second;
    folder.erase(found);
    folder[change.to] = file;
  }
}

void MemoryDisk::change(Change change) {
  apply(folder_, change);
  changes_.push_back(std::move(change));
}

std::vector<MemoryDisk::Sector> MemoryDisk::unsynced() const {
  std::vector<Sector> sectors;
  for (const auto& [name, number] : folder_) {
    const File& file = files_.at(number);
    for (const std::uint64_t sector : file.touched) {
      if (sector_of(file.now, sector) != sector_of(file.synced, sector)) {
        sectors.push_back({name, sector});
      }
    }
  }
  return sectors;
}

/// What the file holds after the crash.
std::string MemoryDisk::survivor(const std::string& name, const File& file, const Crash& crash) {
  std::string content = file.synced;
  for (const std::uint64_t number : file.touched) {
    const std::string_view now = sector_of(file.now, number);
    if (now == sector_of(file.synced, number) || !crash.keep_sector({name, number})) continue;
    const std::uint64_t begin = number * sector_bytes;
    if (content.size() < begin + now.size()) content.resize(begin + now.size(), '\0');
    content.replace(begin, now.size(), now);
    if (file.now.size() < begin + sector_bytes) content.resize(begin + now.size());
  }
  return content;
}

void MemoryDisk::crash(const Crash& crash) {
  std::map<Number, std::string> names;  // a removed file by the name it had
  for (const auto& [name, number] : synced_folder_) names[number] = name;
  for (const auto& [name, number] : folder_) names[number] = name;
  for (const auto& [number, name] : names) {
    File& file = files_.at(number);
    std::string content = survivor(name, file, crash);
    file = File{.now = content, .synced = std::move(content), .touched = {}};
  }
  for (std::size_t i = 0; i < changes_.size(); ++i) {
    if (crash.keep_change(i)) apply(synced_folder_, changes_[i]);
  }
  folder_ = synced_folder_;
  changes_.clear();
  locked_ = false;
}

// ---- The file system ----------------------------------------------------------------------------

MemoryFileSystem::~MemoryFileSystem() {
  if (has_lock_) disk_.locked_ = false;
}

IoResult<void> MemoryFileSystem::lock() {
  if (disk_.locked_) {
    return std::unexpected(IoError{IoErrorKind::locked, "lock: another process has the folder"});
  }
  disk_.locked_ = has_lock_ = true;
  return {};
}

IoResult<std::vector<std::string>> MemoryFileSystem::list() {
  std::vector<std::string> names;
  for (const auto& [name, number] : disk_.folder_) names.push_back(name);
  return names;
}

IoResult<MemoryDisk::File*> MemoryFileSystem::find(std::string_view name) {
  const auto found = disk_.folder_.find(name);
  if (found == disk_.folder_.end()) {
    return std::unexpected(
        IoError{IoErrorKind::not_found, "open " + std::string(name) + ": no such file"});
  }
  return &disk_.files_.at(found->second);
}

IoResult<void> MemoryFileSystem::create(std::string_view name) {
  const MemoryDisk::Number number = disk_.next_++;
  disk_.files_[number] = {};
  disk_.change({MemoryDisk::Change::Kind::create, std::string(name), {}, number});
  return {};
}

IoResult<void> MemoryFileSystem::rename(std::string_view from, std::string_view to) {
  const auto file = find(from);
  if (!file) return std::unexpected(file.error());
  disk_.change({MemoryDisk::Change::Kind::rename, std::string(from), std::string(to), 0});
  return {};
}

IoResult<void> MemoryFileSystem::remove(std::string_view name) {
  const auto file = find(name);
  if (!file) return std::unexpected(file.error());
  disk_.change({MemoryDisk::Change::Kind::remove, std::string(name), {}, 0});
  return {};
}

IoResult<void> MemoryFileSystem::sync_folder() {
  disk_.synced_folder_ = disk_.folder_;
  disk_.changes_.clear();
  return {};
}

IoResult<std::uint64_t> MemoryFileSystem::size(std::string_view name) {
  const auto file = find(name);
  if (!file) return std::unexpected(file.error());
  return (*file)->now.size();
}

IoResult<std::string> MemoryFileSystem::read(std::string_view name, std::uint64_t offset,
                                             std::uint64_t count) {
  const auto file = find(name);
  if (!file) return std::unexpected(file.error());
  const std::string& content = (*file)->now;
  return content.substr(std::min<std::uint64_t>(offset, content.size()), count);
}

IoResult<void> MemoryFileSystem::write(std::string_view name, std::uint64_t offset,
                                       std::string_view data) {
  const auto found = find(name);
  if (!found) return std::unexpected(found.error());
  MemoryDisk::File& file = **found;
  const std::uint64_t begin = std::min<std::uint64_t>(offset, file.now.size());
  const std::uint64_t end = offset + data.size();
  if (file.now.size() < end) file.now.resize(end, '\0');
  file.now.replace(offset, data.size(), data);
  for (std::uint64_t at = begin / sector_bytes; at * sector_bytes < end; ++at) {
    file.touched.insert(at);
  }
  return {};
}

IoResult<void> MemoryFileSystem::truncate(std::string_view name, std::uint64_t size) {
  const auto found = find(name);
  if (!found) return std::unexpected(found.error());
  MemoryDisk::File& file = **found;
  const std::uint64_t begin = std::min<std::uint64_t>(size, file.now.size());
  const std::uint64_t end = std::max<std::uint64_t>(size, file.now.size());
  file.now.resize(size, '\0');
  for (std::uint64_t at = begin / sector_bytes; at * sector_bytes < end; ++at) {
    file.touched.insert(at);
  }
  return {};
}

IoResult<void> MemoryFileSystem::sync(std::string_view name) {
  const auto found = find(name);
  if (!found) return std::unexpected(found.error());
  (*found)->synced = (*found)->now;
  (*found)->touched.clear();
  return {};
}

}  // namespace disk
