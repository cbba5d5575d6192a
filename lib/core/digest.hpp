// A 64-bit fingerprint of a state, equal on every machine when the state is equal. It finds
// differences by accident, not by attack: never use it against an adversary.
#pragma once

#include <cstddef>
#include <cstdint>
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
    for (std::size_t at = 0; at < text.size(); at += 8) add(word_at(text, at));
    return *this;
  }

  /// A payload never changes, and there may be many, added again at each step: of a long one the
  /// length and both ends stand for it.
  Digest& add(const Bytes& bytes) {
    constexpr std::size_t end = 32;
    const std::string_view all = bytes.view();
    if (all.size() <= 2 * end) return add(all);
    return add(std::uint64_t{all.size()}).add(all.substr(0, end)).add(all.substr(all.size() - end));
  }
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
  static std::uint64_t word_at(std::string_view text, std::size_t at) {
    std::uint64_t word = 0;
    for (std::size_t i = at; i < text.size() && i < at + 8; ++i) {
      word = word << 8 | static_cast<unsigned char>(text[i]);
    }
    return word;
  }

  std::uint64_t value_ = 0;
};

}  // namespace core
