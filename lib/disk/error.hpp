// What a store says when it cannot go on, with the place where there is one.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "core/ids.hpp"
#include "disk/file_system.hpp"

namespace disk {

enum class ErrorKind : std::uint8_t {
  io,             // the file system failed
  no_space,       // the disk is full, and the reserve is used up
  locked,         // another process has the folder
  other_version,  // the folder was written in another format
  other_system,   // the folder belongs to another system
  damaged,        // what was durable is not there any more; `file`, `offset`, `seq` say where
  too_large,      // a write that no segment can hold
  stopped,        // an earlier call failed, and this store does nothing any more
};

struct Error {
  ErrorKind kind = ErrorKind::io;
  std::string what;          // for a person: what is wrong, where, and what to do
  std::string file;          // the damaged file; empty unless `damaged`
  std::uint64_t offset = 0;  // the byte in it
  core::WriteSeq seq;        // the first write that is missing or unreadable; 0: none in particular
};

template <class T>
using Result = std::expected<T, Error>;

/// The same error as the store's callers see it.
Error to_error(const IoError& error);

/// `damaged` at that place; `what` completes "FILE is damaged at byte N (write M): ".
Error damage(std::string_view file, std::uint64_t offset, core::WriteSeq seq,
             std::string_view what);

/// The value of `result`, an IoResult, or its error as the store's callers see it.
template <class T>
Result<T> checked(IoResult<T> result) {
  if (!result) return std::unexpected(to_error(result.error()));
  if constexpr (std::is_void_v<T>) {
    return {};
  } else {
    return std::move(*result);
  }
}

}  // namespace disk
