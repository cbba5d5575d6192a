// What can be wrong with bytes or JSON that came from outside. Bad input is expected: it is a
// value, never an exception and never an abort.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace wire {

enum class ErrorCode : std::uint8_t {
  truncated,      // the input ends inside a value
  trailing,       // bytes are left over after the value
  not_canonical,  // a value written in another way than the one way there is
  unknown_field,
  missing_field,
  repeated_field,  // a field stands twice, or after one with a higher number
  unknown_type,    // no alternative of the variant has this number or name
  unknown_value,   // no value of the enumeration has this number or name
  out_of_range,    // a number that the field's type cannot hold
  not_utf8,
  too_large,
  too_deep,
  syntax,      // not JSON at all
  wrong_kind,  // JSON of another kind than the field's, such as a number for a text
};

struct Error {
  ErrorCode code = ErrorCode::truncated;
  std::uint64_t at = 0;  // the byte of the input where it was noticed; for JSON, 0 unless `syntax`
  std::string what;      // for a person: "enqueue: unknown field 9 at byte 12"

  friend bool operator==(const Error&, const Error&) = default;
};

/// What is being read, for messages. The names are those of a description: they live forever.
struct Context {
  std::string_view type;
  std::string_view field;

  /// "enqueue.queue: " to stand before what is wrong; empty when nothing has been begun.
  std::string prefix() const {
    std::string place(type);
    if (!field.empty()) (place += ".") += field;
    return place.empty() ? place : place + ": ";
  }
};

}  // namespace wire
