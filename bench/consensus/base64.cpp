#include "base64.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

#include "rig/wrong.hpp"

namespace bench {

namespace {

constexpr std::string_view digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t no_digit = 64;

/// The value of each digit, by its character.
constexpr std::array<std::uint8_t, 256> values_of_digits() {
  std::array<std::uint8_t, 256> values{};
  values.fill(no_digit);
  for (std::size_t i = 0; i < digits.size(); ++i) {
    values[static_cast<unsigned char>(digits[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}

constexpr std::array<std::uint8_t, 256> values = values_of_digits();

}  // namespace

void append_base64(std::string_view bytes, std::string& out) {
  std::uint32_t bits = 0;  // the last `count` are not written yet
  int count = 0;
  for (const char byte : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(byte);
    for (count += 8; count >= 6; count -= 6) out += digits[bits >> (count - 6) & 63];
  }
  if (count > 0) out += digits[bits << (6 - count) & 63];
  out.append((3 - bytes.size() % 3) % 3, '=');
}

void read_base64(std::string_view text, std::string& bytes) {
  bytes.clear();
  std::uint32_t bits = 0;
  int count = 0;
  for (const char digit : text.substr(0, text.find('='))) {
    const std::uint8_t value = values[static_cast<unsigned char>(digit)];
    if (value == no_digit) throw Wrong("not base64: " + std::string(text));
    bits = bits << 6 | value;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>(bits >> count & 255);
  }
}

}  // namespace bench
