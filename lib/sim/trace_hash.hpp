// The fingerprint of a run: of every byte that its cores were told and answered, in order.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/prng.hpp"

namespace sim {

class TraceHash {
 public:
  void add(std::uint64_t word) { value_ = core::mix64(value_ ^ word); }

  void add(std::string_view bytes) {
    add(std::uint64_t{bytes.size()});
    std::size_t at = 0;
    for (; at + 8 <= bytes.size(); at += 8) add(word(bytes.substr(at, 8)));
    if (at < bytes.size()) add(word(bytes.substr(at)));
  }

  std::uint64_t value() const { return value_; }

  friend bool operator==(const TraceHash&, const TraceHash&) = default;

 private:
  static std::uint64_t word(std::string_view bytes) {
    std::uint64_t value = 0;
    for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
    return value;
  }

  std::uint64_t value_ = 0x6c61625f74726163;
};

/// 16 hexadecimal digits.
std::string hex(std::uint64_t value);

}  // namespace sim
