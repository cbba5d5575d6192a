// Where the binary form is written to.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/require.hpp"

namespace wire {

/// How deep records may nest: enough for every message, too little to exhaust the stack.
inline constexpr std::uint32_t max_depth = 64;

/// Appends to one string; nothing else is allocated.
class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  void byte(std::uint8_t value) { out_.push_back(static_cast<char>(value)); }

  void varint(std::uint64_t value) {
    while (value >= 0x80) {
      byte(static_cast<std::uint8_t>(value | 0x80));
      value >>= 7;
    }
    byte(static_cast<std::uint8_t>(value));
  }

  /// Zigzag, so that small negative numbers are short too: 0, -1, 1, -2 become 0, 1, 2, 3.
  void zigzag(std::int64_t value) {
    varint(static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63));
  }

  void bytes(std::string_view value) {
    varint(value.size());
    out_.append(value);
  }

  /// The same, for a text: aborts unless it is UTF-8.
  void text(std::string_view value);

  void enter_record() {
    ++depth_;
    core::require(depth_ <= max_depth, "a value nests deeper than wire::max_depth");
  }

  void leave_record() {
    byte(0);
    --depth_;
  }

 private:
  std::string& out_;
  std::uint32_t depth_ = 0;
};

}  // namespace wire
