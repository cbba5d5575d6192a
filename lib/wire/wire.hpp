// The binary form of a described value: compact, and one way only to write each value, so that
// equal values have equal bytes and decode() then encode() gives back what came in.
//
//   unsigned, Id          varint (LEB128), as short as it goes
//   signed, times         the same, after zigzag; times in microseconds
//   bool                  one byte, 0 or 1
//   std::string, Bytes    length, then the bytes; a string must be UTF-8
//   enumeration           the value's number
//   record                for each field its number, then its value, in ascending order; then a 0
//   std::optional         as a field only: left out when empty
//   std::vector           count, then the elements
//   std::variant          the alternative's type number, then the record
//   std::expected         1 and the value, or 2 and the error
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

#include "core/bytes.hpp"
#include "wire/binary.hpp"
#include "wire/error.hpp"
#include "wire/type.hpp"

namespace wire {

/// What decode() accepts unless told otherwise.
inline constexpr std::uint64_t default_max_bytes = 64 << 20;

/// Appends the binary form. That a string is UTF-8, that an enum value is described and that
/// records nest at most `max_depth` deep is up to the caller: anything else is a bug and aborts.
template <class T>
void append(std::string& out, const T& value) {
  Writer writer(out);
  Binary<T>::write(writer, value);
}

template <class T>
std::string encode(const T& value) {
  std::string out;
  append(out, value);
  return out;
}

namespace detail {

template <class T>
std::expected<T, Error> decode_all(Reader reader, std::uint64_t max_bytes) {
  T value{};
  const bool good =
      reader.check_size(max_bytes) && Binary<T>::read(reader, value) && reader.check_end();
  if (!good) return std::unexpected(std::move(reader).error());
  return value;
}

}  // namespace detail

/// The value that all of `input` is the binary form of. Allocates no more than in proportion to
/// `input`, whatever lengths it claims.
template <class T>
std::expected<T, Error> decode(std::string_view input,
                               std::uint64_t max_bytes = default_max_bytes) {
  return detail::decode_all<T>(Reader(input), max_bytes);
}

/// The same; every core::Bytes in the value shares the storage of `input` instead of copying it.
template <class T>
std::expected<T, Error> decode(const core::Bytes& input,
                               std::uint64_t max_bytes = default_max_bytes) {
  return detail::decode_all<T>(Reader(input), max_bytes);
}

}  // namespace wire
