#include "disk/posix_file_system.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <system_error>
#include <utility>

namespace disk {
namespace {

constexpr std::size_t max_open_files = 32;
constexpr mode_t new_file_mode = 0644;

IoErrorKind kind_of(int code) {
  switch (code) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return IoErrorKind::no_space;
    case ENOENT:
      return IoErrorKind::not_found;
    case EACCES:
    case EPERM:
    case EROFS:
      return IoErrorKind::denied;
    case EWOULDBLOCK:
      return IoErrorKind::locked;
    default:
      return IoErrorKind::io;
  }
}

IoError error_of(int code, std::string_view verb, const std::string& path) {
  return IoError{kind_of(code),
                 std::string(verb) + " " + path + ": " + std::generic_category().message(code)};
}

/// Calls `call` until no signal interrupts it.
template <class Call>
auto retry(Call call) {
  auto result = call();
  while (result == -1 && errno == EINTR) result = call();
  return result;
}

}  // namespace

IoResult<std::unique_ptr<PosixFileSystem>> PosixFileSystem::open(const std::string& folder) {
  std::error_code code;
  std::filesystem::create_directories(folder, code);
  if (code) return std::unexpected(error_of(code.value(), "make folder", folder));
  const int descriptor =
      retry([&] { return ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (descriptor == -1) return std::unexpected(error_of(errno, "open folder", folder));
  return std::unique_ptr<PosixFileSystem>(new PosixFileSystem(folder, descriptor));
}

PosixFileSystem::PosixFileSystem(std::string folder, int descriptor)
    : folder_(std::move(folder)), folder_descriptor_(descriptor) {}

PosixFileSystem::~PosixFileSystem() {
  for (const auto& [name, handle] : handles_) ::close(handle.descriptor);
  if (lock_descriptor_ != -1) ::close(lock_descriptor_);
  ::close(folder_descriptor_);
}

std::unexpected<IoError> PosixFileSystem::failure(std::string_view verb,
                                                  std::string_view name) const {
  return std::unexpected(error_of(errno, verb, folder_ + "/" + std::string(name)));
}

IoResult<void> PosixFileSystem::lock() {
  const int descriptor = retry([&] {
    return ::openat(folder_descriptor_, "lock", O_RDWR | O_CREAT | O_CLOEXEC, new_file_mode);
  });
  if (descriptor == -1) return failure("open", "lock");
  if (retry([&] { return ::flock(descriptor, LOCK_EX | LOCK_NB); }) == -1) {
    const int code = errno;
    ::close(descriptor);
    if (kind_of(code) == IoErrorKind::locked) {
      return std::unexpected(
          IoError{IoErrorKind::locked, "data folder " + folder_ + " is in use by another process"});
    }
    return std::unexpected(error_of(code, "lock", folder_));
  }
  lock_descriptor_ = descriptor;
  return {};
}

IoResult<std::vector<std::string>> PosixFileSystem::list() {
  std::vector<std::string> names;
  std::error_code code;
  std::filesystem::directory_iterator entry(folder_, code);
  while (!code && entry != std::filesystem::directory_iterator()) {
    names.push_back(entry->path().filename().string());
    entry.increment(code);
  }
  if (code) return std::unexpected(error_of(code.value(), "list", folder_));
  std::ranges::sort(names);
  return names;
}

IoResult<void> PosixFileSystem::create(std::string_view name) {
  forget(name);
  const std::string path(name);
  // Not truncated but replaced: the file of that name may be another one's content still.
  if (::unlinkat(folder_descriptor_, path.c_str(), 0) == -1 && errno != ENOENT) {
    return failure("replace", name);
  }
  const int descriptor = retry([&] {
    return ::openat(folder_descriptor_, path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
                    new_file_mode);
  });
  if (descriptor == -1) return failure("create", name);
  close_clean();
  handles_[path] = Handle{descriptor, false};
  return {};
}

IoResult<void> PosixFileSystem::rename(std::string_view from, std::string_view to) {
  const std::string source(from);
  const std::string target(to);
  if (::renameat(folder_descriptor_, source.c_str(), folder_descriptor_, target.c_str()) == -1) {
    return failure("rename", from);
  }
  forget(to);
  auto open = handles_.extract(source);
  if (!open.empty()) handles_[target] = open.mapped();
  return {};
}

IoResult<void> PosixFileSystem::remove(std::string_view name) {
  forget(name);
  if (::unlinkat(folder_descriptor_, std::string(name).c_str(), 0) == -1) {
    return failure("remove", name);
  }
  return {};
}

IoResult<void> PosixFileSystem::sync_folder() {
  if (retry([&] { return ::fsync(folder_descriptor_); }) == -1) return failure("sync", "");
  return {};
}

IoResult<PosixFileSystem::Handle*> PosixFileSystem::handle(std::string_view name) {
  const auto found = handles_.find(name);
  if (found != handles_.end()) return &found->second;
  const std::string path(name);
  const int descriptor =
      retry([&] { return ::openat(folder_descriptor_, path.c_str(), O_RDWR | O_CLOEXEC); });
  if (descriptor == -1) return failure("open", name);
  close_clean();
  return &(handles_[path] = Handle{descriptor, false});
}

void PosixFileSystem::forget(std::string_view name) {
  const auto found = handles_.find(name);
  if (found == handles_.end()) return;
  ::close(found->second.descriptor);
  handles_.erase(found);
}

/// Makes room for one more open file.
void PosixFileSystem::close_clean() {
  if (handles_.size() < max_open_files) return;
  for (auto it = handles_.begin(); it != handles_.end();) {
    if (!it->second.dirty) ::close(it->second.descriptor);
    it = it->second.dirty ? std::next(it) : handles_.erase(it);
  }
}

IoResult<std::uint64_t> PosixFileSystem::size(std::string_view name) {
  const auto open = handle(name);
  if (!open) return std::unexpected(open.error());
  struct stat status = {};
  if (::fstat((*open)->descriptor, &status) == -1) return failure("size of", name);
  return static_cast<std::uint64_t>(status.st_size);
}

IoResult<std::string> PosixFileSystem::read(std::string_view name, std::uint64_t offset,
                                            std::uint64_t count) {
  const auto there = size(name);
  if (!there) return std::unexpected(there.error());
  const std::uint64_t begin = std::min(offset, *there);
  std::string bytes(std::min(count, *there - begin), '\0');
  const auto open = handle(name);
  if (!open) return std::unexpected(open.error());
  std::size_t done = 0;
  while (done < bytes.size()) {
    const auto got = retry([&] {
      return ::pread((*open)->descriptor, bytes.data() + done, bytes.size() - done,
                     static_cast<off_t>(begin + done));
    });
    if (got == -1) return failure("read", name);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  bytes.resize(done);
  return bytes;
}

IoResult<void> PosixFileSystem::write(std::string_view name, std::uint64_t offset,
                                      std::string_view data) {
  const auto open = handle(name);
  if (!open) return std::unexpected(open.error());
  (*open)->dirty = true;
  std::size_t done = 0;
  while (done < data.size()) {
    const auto put = retry([&] {
      return ::pwrite((*open)->descriptor, data.data() + done, data.size() - done,
                      static_cast<off_t>(offset + done));
    });
    if (put == -1) return failure("write", name);
    done += static_cast<std::size_t>(put);
  }
  return {};
}

IoResult<void> PosixFileSystem::truncate(std::string_view name, std::uint64_t size) {
  const auto open = handle(name);
  if (!open) return std::unexpected(open.error());
  (*open)->dirty = true;
  if (retry([&] { return ::ftruncate((*open)->descriptor, static_cast<off_t>(size)); }) == -1) {
    return failure("truncate", name);
  }
  return {};
}

IoResult<void> PosixFileSystem::sync(std::string_view name) {
  const auto open = handle(name);
  if (!open) return std::unexpected(open.error());
  if (retry([&] { return ::fdatasync((*open)->descriptor); }) == -1) return failure("sync", name);
  (*open)->dirty = false;
  return {};
}

}  // namespace disk
