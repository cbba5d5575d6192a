// Draws values of any described type for RapidCheck, from the description alone:
//   rc::check("...", [] { const Enqueue message = wire::draw<Enqueue>(); ... });
#pragma once

#include <rapidcheck.h>

#include <concepts>
#include <cstdint>
#include <expected>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "wire/type.hpp"
#include "wire/wire.hpp"

namespace wire {

template <class T>
struct Draw;

/// To be called inside a RapidCheck property. Lists have up to three elements.
template <class T>
T draw() {
  return Draw<T>::draw();
}

namespace detail {

inline std::uint64_t draw_below(std::uint64_t bound) {
  return *rc::gen::inRange<std::uint64_t>(0, bound);
}

/// All 64 bits, half of the time with small values and the ends of the range.
inline std::uint64_t draw_word() {
  const std::uint64_t bits = draw_below(65);
  const std::uint64_t mask = bits == 64 ? UINT64_MAX : (std::uint64_t{1} << bits) - 1;
  return (draw_below(2) == 0 ? UINT64_MAX : *rc::gen::arbitrary<std::uint64_t>()) & mask;
}

inline void append_utf8(std::string& out, std::uint32_t code) {
  const auto put = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xc0 | code >> 6);
  } else {
    if (code < 0x10000) {
      put(0xe0 | code >> 12);
    } else {
      put(0xf0 | code >> 18);
      put(0x80 | (code >> 12 & 0x3f));
    }
    put(0x80 | (code >> 6 & 0x3f));
  }
  put(0x80 | (code & 0x3f));
}

}  // namespace detail

template <std::integral T>
struct Draw<T> {
  static T draw() { return static_cast<T>(detail::draw_word()); }
};

template <>
struct Draw<bool> {
  static bool draw() { return detail::draw_below(2) == 1; }
};

template <class Tag, class Rep>
struct Draw<core::Id<Tag, Rep>> {
  static core::Id<Tag, Rep> draw() { return {Draw<Rep>::draw()}; }
};

template <>
struct Draw<core::Duration> {
  static core::Duration draw() { return core::Duration(Draw<std::int64_t>::draw()); }
};

template <class Clock>
struct Draw<std::chrono::time_point<Clock, core::Duration>> {
  static auto draw() {
    return std::chrono::time_point<Clock, core::Duration>(Draw<core::Duration>::draw());
  }
};

template <>
struct Draw<std::string> {
  static std::string draw() {
    constexpr std::uint32_t ends[] = {0x80, 0x800, 0xd800, 0x110000};
    std::string text;
    for (std::uint64_t left = detail::draw_below(8); left > 0; --left) {
      std::uint64_t code = detail::draw_below(ends[detail::draw_below(4)]);
      if (code >= 0xd800 && code < 0xe000) code = 0xe000;  // not a surrogate
      detail::append_utf8(text, static_cast<std::uint32_t>(code));
    }
    return text;
  }
};

template <>
struct Draw<core::Bytes> {
  static core::Bytes draw() { return core::Bytes(*rc::gen::arbitrary<std::string>()); }
};

template <DescribedEnum T>
struct Draw<T> {
  static T draw() {
    const auto& values = description<T>.values;
    return values[detail::draw_below(values.size())].value;
  }
};

template <class T>
struct Draw<std::optional<T>> {
  static std::optional<T> draw() {
    if (detail::draw_below(2) == 0) return std::nullopt;
    return Draw<T>::draw();
  }
};

template <class T>
struct Draw<std::vector<T>> {
  static std::vector<T> draw() {
    std::vector<T> values;
    for (std::uint64_t left = detail::draw_below(4); left > 0; --left) {
      values.push_back(Draw<T>::draw());
    }
    return values;
  }
};

template <class... Alternatives>
struct Draw<std::variant<Alternatives...>> {
  static std::variant<Alternatives...> draw() {
    using Make = std::variant<Alternatives...> (*)();
    constexpr Make make[] = {
        [] { return std::variant<Alternatives...>(Draw<Alternatives>::draw()); }...};
    return make[detail::draw_below(sizeof...(Alternatives))]();
  }
};

template <class T, class E>
struct Draw<std::expected<T, E>> {
  static std::expected<T, E> draw() {
    if (detail::draw_below(2) == 0) return std::unexpected(Draw<E>::draw());
    return Draw<T>::draw();
  }
};

template <DescribedRecord T>
struct Draw<T> {
  static T draw() {
    T value{};
    std::apply([&](const auto&... fields) { (draw_field(value.*fields.member), ...); },
               description<T>.fields);
    return value;
  }

 private:
  template <class Member>
  static void draw_field(Member& member) {
    member = Draw<Member>::draw();
  }
};

}  // namespace wire
