// Numbers in files: fixed width, lowest byte first, on every machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace disk {

template <class Number>
void put(std::string& out, Number number) {
  static_assert(std::is_unsigned_v<Number>);
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    out.push_back(static_cast<char>(static_cast<std::uint8_t>(number >> (8 * i))));
  }
}

/// The number that starts at byte `at`; all of it must be there.
template <class Number>
Number get(std::string_view bytes, std::size_t at) {
  static_assert(std::is_unsigned_v<Number>);
  Number number = 0;
  for (std::size_t i = sizeof(Number); i > 0; --i) {
    number = static_cast<Number>(number << 8 | static_cast<std::uint8_t>(bytes[at + i - 1]));
  }
  return number;
}

}  // namespace disk
