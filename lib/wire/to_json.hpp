// The JSON form of a described value, to be read by people, browsers and programs in other
// languages.
//
//   integers up to 32 bits       numbers
//   64-bit integers, times       decimal strings (JavaScript's numbers end at 2^53); times in
//                                microseconds
//   Id                           as the integer inside
//   core::Bytes                  a string, base64 (RFC 4648, with padding)
//   enumeration                  the value's name
//   record                       an object, by field names; an empty std::optional is left out
//   std::variant                 the record's object with a first member "type": the alternative's
//                                name
//   std::expected                {"value": ...} or {"error": ...}
//
// Writing needs no library and works in every build; reading is in wire/json.hpp.
#pragma once

#include <string>
#include <string_view>

#include "wire/json_write.hpp"

namespace wire {

/// Compact, without spaces or line breaks; fields in the order of their description.
template <class T>
std::string to_json(const T& value) {
  std::string out;
  JsonWriter writer(out);
  JsonOut<T>::write(writer, value);
  return out;
}

/// `text` between quotes as JSON writes it. What is not UTF-8 comes out as question marks.
std::string json_quoted(std::string_view text);

}  // namespace wire
