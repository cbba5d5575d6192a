// A 64-bit fingerprint of a state, equal on every machine when the state is equal. It finds
// differences by accident, not by attack: never use it against an adversary.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "core/bytes.hpp"
#include "core/ids.hpp"
#include "core/prng.hpp"
#include "core/time.hpp"

namespace core {

class Digest {
 public:
  Digest& add(std::uint64_t word) {
    value_ = mix64(value_ ^ word);
    return *this;
  }

  /// Its length goes in first, so that ("ab", "c") and ("a", "bc") differ.
  Digest& add(std::string_view text) {
    add(std::uint64_t{text.size()});
    std::size_t at = 0;
    for (; at + 8 <= text.size(); at += 8) add(whole_word(text.data() + at));
    if (at < text.size()) add(last_word(text.substr(at)));
    return *this;
  }

  Digest& add(const Bytes& bytes) { return add(bytes.view()); }
  Digest& add(Instant at) { return add(static_cast<std::uint64_t>(at.time_since_epoch().count())); }
  Digest& add(UnixTime at) {
    return add(static_cast<std::uint64_t>(at.time_since_epoch().count()));
  }

  template <class Tag, class Rep>
  Digest& add(Id<Tag, Rep> id) {
    return add(std::uint64_t{id.value});
  }

  std::uint64_t value() const { return value_; }

 private:
  // The first byte is the highest, on every machine.
  static std::uint64_t whole_word(const char* bytes) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, 8);
    return std::endian::native == std::endian::little ? std::byteswap(word) : word;
  }
  static std::uint64_t last_word(std::string_view bytes) {
    std::uint64_t word = 0;
    for (const char c : bytes) word = word << 8 | static_cast<unsigned char>(c);
    return word;
  }

  std::uint64_t value_ = 0;
};

}  // namespace core
