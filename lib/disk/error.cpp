#include "disk/error.hpp"

namespace disk {
namespace {

ErrorKind kind_of(IoErrorKind kind) {
  switch (kind) {
    case IoErrorKind::no_space:
      return ErrorKind::no_space;
    case IoErrorKind::locked:
      return ErrorKind::locked;
    case IoErrorKind::io:
    case IoErrorKind::not_found:
    case IoErrorKind::denied:
      return ErrorKind::io;
  }
  return ErrorKind::io;
}

std::string_view advice(IoErrorKind kind) {
  switch (kind) {
    case IoErrorKind::no_space:
      return ". Free some space on this disk and start again: nothing that was confirmed is lost";
    case IoErrorKind::locked:
      return ". Stop the process that uses this data folder, or choose another folder";
    case IoErrorKind::denied:
      return ". Give this user the right to read and write the data folder";
    case IoErrorKind::io:
    case IoErrorKind::not_found:
      return "";
  }
  return "";
}

}  // namespace

Error to_error(const IoError& error) {
  return Error{.kind = kind_of(error.kind),
               .what = error.what + std::string(advice(error.kind)),
               .file = {},
               .offset = 0,
               .seq = {}};
}

Error damage(std::string_view file, std::uint64_t offset, core::WriteSeq seq,
             std::string_view what) {
  std::string text(file);
  text += " is damaged at byte " + std::to_string(offset);
  if (seq.value > 0) text += " (write " + std::to_string(seq.value) + ")";
  text += ": ";
  text += what;
  text += ". Restore the data folder from a copy, or move it away to start with nothing";
  return Error{.kind = ErrorKind::damaged,
               .what = std::move(text),
               .file = std::string(file),
               .offset = offset,
               .seq = seq};
}

}  // namespace disk
