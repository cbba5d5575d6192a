#include "wire/base64.hpp"

#include <cstddef>
#include <cstdint>

namespace wire {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::optional<std::uint32_t> value_of(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<std::uint32_t>(c - 'A');
  if (c >= 'a' && c <= 'z') return static_cast<std::uint32_t>(c - 'a' + 26);
  if (c >= '0' && c <= '9') return static_cast<std::uint32_t>(c - '0' + 52);
  if (c == '+') return 62;
  if (c == '/') return 63;
  return std::nullopt;
}

/// How many digits the last four characters have before their padding.
std::size_t digits_before_padding(std::string_view group) {
  if (group.ends_with("==")) return 2;
  return group.ends_with('=') ? 3 : 4;
}

}  // namespace

void append_base64(std::string& out, std::string_view bytes) {
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::string_view group = bytes.substr(at, 3);
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      bits = bits << 8 | (i < group.size() ? static_cast<std::uint8_t>(group[i]) : 0u);
    }
    for (std::size_t i = 0; i < 4; ++i) {
      out.push_back(i <= group.size() ? alphabet[bits >> (18 - 6 * i) & 0x3f] : '=');
    }
  }
}

std::optional<std::string> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::string out;
  out.reserve(text.size() / 4 * 3);
  for (; !text.empty(); text.remove_prefix(4)) {
    const std::size_t digits = text.size() == 4 ? digits_before_padding(text) : 4;
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      const auto value = i < digits ? value_of(text[i]) : 0u;
      if (!value) return std::nullopt;
      bits = bits << 6 | *value;
    }
    constexpr std::uint32_t unused[] = {0, 0, 0xffff, 0xff, 0};  // by the number of digits
    if ((bits & unused[digits]) != 0) return std::nullopt;
    for (std::size_t i = 0; i + 1 < digits; ++i) {
      out.push_back(static_cast<char>(bits >> (16 - 8 * i) & 0xff));
    }
  }
  return out;
}

}  // namespace wire
