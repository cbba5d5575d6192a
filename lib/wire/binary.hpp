// The binary form that wire/wire.hpp describes, kind of type by kind of type: Binary<T>::write and
// Binary<T>::read mirror each other.
#pragma once

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <expected>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "core/bytes.hpp"
#include "core/ids.hpp"
#include "core/require.hpp"
#include "core/time.hpp"
#include "wire/reader.hpp"
#include "wire/type.hpp"
#include "wire/writer.hpp"

namespace wire {

/// A type without a specialisation has no binary form.
template <class T>
struct Binary;

template <>
struct Binary<bool> {
  static void write(Writer& out, bool value) { out.byte(value ? 1 : 0); }

  static bool read(Reader& in, bool& value) {
    const std::uint64_t at = in.position();
    std::uint8_t byte = 0;
    if (!in.byte(byte)) return false;
    if (byte > 1) return in.fail(ErrorCode::not_canonical, "a bool that is neither 0 nor 1", at);
    value = byte == 1;
    return true;
  }
};

template <UnsignedInteger T>
struct Binary<T> {
  static void write(Writer& out, T value) { out.varint(value); }

  static bool read(Reader& in, T& value) {
    const std::uint64_t at = in.position();
    std::uint64_t wide = 0;
    if (!in.varint(wide)) return false;
    if (!std::in_range<T>(wide)) {
      return in.fail(ErrorCode::out_of_range, "a number that does not fit", at);
    }
    value = static_cast<T>(wide);
    return true;
  }
};

template <SignedInteger T>
struct Binary<T> {
  static void write(Writer& out, T value) { out.zigzag(value); }

  static bool read(Reader& in, T& value) {
    const std::uint64_t at = in.position();
    std::int64_t wide = 0;
    if (!in.zigzag(wide)) return false;
    if (!std::in_range<T>(wide)) {
      return in.fail(ErrorCode::out_of_range, "a number that does not fit", at);
    }
    value = static_cast<T>(wide);
    return true;
  }
};

template <class Tag, class Rep>
struct Binary<core::Id<Tag, Rep>> {
  static void write(Writer& out, core::Id<Tag, Rep> id) { Binary<Rep>::write(out, id.value); }
  static bool read(Reader& in, core::Id<Tag, Rep>& id) { return Binary<Rep>::read(in, id.value); }
};

template <>
struct Binary<core::Duration> {
  static void write(Writer& out, core::Duration value) { out.zigzag(value.count()); }

  static bool read(Reader& in, core::Duration& value) {
    std::int64_t count = 0;
    if (!in.zigzag(count)) return false;
    value = core::Duration(count);
    return true;
  }
};

template <class Clock>
struct Binary<std::chrono::time_point<Clock, core::Duration>> {
  using Time = std::chrono::time_point<Clock, core::Duration>;

  static void write(Writer& out, Time value) {
    Binary<core::Duration>::write(out, value.time_since_epoch());
  }

  static bool read(Reader& in, Time& value) {
    core::Duration since_epoch{};
    if (!Binary<core::Duration>::read(in, since_epoch)) return false;
    value = Time(since_epoch);
    return true;
  }
};

template <>
struct Binary<std::string> {
  static void write(Writer& out, const std::string& value) { out.text(value); }
  static bool read(Reader& in, std::string& value) { return in.text(value); }
};

template <>
struct Binary<core::Bytes> {
  static void write(Writer& out, const core::Bytes& value) { out.bytes(value.view()); }
  static bool read(Reader& in, core::Bytes& value) { return in.bytes(value); }
};

template <DescribedEnum T>
struct Binary<T> {
  static void write(Writer& out, T value) {
    for (const auto& known : description<T>.values) {
      if (known.value == value) return out.varint(known.number);
    }
    core::fail("an enum value that its description does not know");
  }

  static bool read(Reader& in, T& value) {
    const std::uint64_t at = in.position();
    std::uint64_t number = 0;
    if (!in.varint(number)) return false;
    for (const auto& known : description<T>.values) {
      if (known.number == number) {
        value = known.value;
        return true;
      }
    }
    return in.fail(ErrorCode::unknown_value, "unknown value " + std::to_string(number), at);
  }
};

template <class T>
struct Binary<std::vector<T>> {
  static_assert(!std::same_as<T, bool>, "a std::vector<bool> has no elements to refer to");

  static void write(Writer& out, const std::vector<T>& values) {
    out.varint(values.size());
    for (const T& value : values) Binary<T>::write(out, value);
  }

  static bool read(Reader& in, std::vector<T>& values) {
    std::size_t count = 0;
    if (!in.count(count)) return false;
    // A count is a claim: take at most as much memory in advance as input is left, and the rest as
    // it comes.
    values.clear();
    values.reserve(std::min(count, in.left() / sizeof(T)));
    for (std::size_t i = 0; i < count; ++i) {
      if (!Binary<T>::read(in, values.emplace_back())) return false;
    }
    return true;
  }
};

template <class... Alternatives>
struct Binary<std::variant<Alternatives...>> {
  using Variant = std::variant<Alternatives...>;
  static_assert(detail::alternatives_are_good<Alternatives...>(),
                "two alternatives have the same type number or name");

  static void write(Writer& out, const Variant& variant) {
    std::visit(
        [&out]<class T>(const T& held) {
          out.varint(description<T>.number);
          Binary<T>::write(out, held);
        },
        variant);
  }

  static bool read(Reader& in, Variant& variant) {
    const std::uint64_t at = in.position();
    std::uint64_t number = 0;
    if (!in.varint(number)) return false;
    bool good = false;
    const bool known = (read_if<Alternatives>(number, in, variant, good) || ...);
    if (!known)
      return in.fail(ErrorCode::unknown_type, "unknown type " + std::to_string(number), at);
    return good;
  }

 private:
  template <class T>
  static bool read_if(std::uint64_t number, Reader& in, Variant& variant, bool& good) {
    if (number != description<T>.number) return false;
    good = Binary<T>::read(in, variant.template emplace<T>());
    return true;
  }
};

template <class T, class E>
struct Binary<std::expected<T, E>> {
  static void write(Writer& out, const std::expected<T, E>& expected) {
    out.varint(expected ? 1 : 2);
    if (expected) {
      Binary<T>::write(out, *expected);
    } else {
      Binary<E>::write(out, expected.error());
    }
  }

  static bool read(Reader& in, std::expected<T, E>& expected) {
    const std::uint64_t at = in.position();
    std::uint64_t which = 0;
    if (!in.varint(which)) return false;
    if (which == 1) return Binary<T>::read(in, expected.emplace());
    if (which != 2)
      return in.fail(ErrorCode::unknown_type, "neither value nor error: " + std::to_string(which),
                     at);
    E error{};
    if (!Binary<E>::read(in, error)) return false;
    expected = std::unexpected(std::move(error));
    return true;
  }
};

template <DescribedRecord T>
struct Binary<T> {
  static void write(Writer& out, const T& value) {
    out.enter_record();
    std::apply(
        [&](const auto&... fields) { (write_field(out, fields, value.*fields.member), ...); },
        description<T>.fields);
    out.leave_record();
  }

  static bool read(Reader& in, T& value) {
    if (!in.enter_record()) return false;
    const Context outer = in.context;
    in.context = {description<T>.name, {}};
    Next next;
    const bool good = next.read(in) &&
                      std::apply(
                          [&](const auto&... fields) {
                            return (read_field(in, fields, value.*fields.member, next) && ...);
                          },
                          description<T>.fields) &&
                      (next.number == 0 || refuse(in, next));
    in.context = outer;
    in.leave_record();
    return good;
  }

 private:
  /// The field number that was read last, and where it stood.
  struct Next {
    std::uint64_t number = 0;
    std::uint64_t at = 0;

    bool read(Reader& in) {
      at = in.position();
      return in.varint(number);
    }
  };

  template <class FieldType, class Member>
  static void write_field(Writer& out, const FieldType& field, const Member& member) {
    if constexpr (detail::is_optional<Member>) {
      if (member) {
        out.varint(field.number);
        Binary<typename Member::value_type>::write(out, *member);
      }
    } else {
      out.varint(field.number);
      Binary<Member>::write(out, member);
    }
  }

  template <class FieldType, class Member>
  static bool read_field(Reader& in, const FieldType& field, Member& member, Next& next) {
    constexpr bool optional = detail::is_optional<Member>;
    if (next.number != field.number) {
      if constexpr (optional) {
        member.reset();
        return true;
      } else {
        return refuse(in, next, field.number, field.name);
      }
    }
    in.context.field = field.name;
    if constexpr (optional) {
      if (!Binary<typename Member::value_type>::read(in, member.emplace())) return false;
    } else {
      if (!Binary<Member>::read(in, member)) return false;
    }
    in.context.field = {};
    return next.read(in);
  }

  /// Says what is wrong with `next`, where the field `missing` (if any) had to stand or the record
  /// to end.
  static bool refuse(Reader& in, const Next& next, std::uint32_t missing_number = 0,
                     std::string_view missing_name = {}) {
    const bool known =
        std::apply([&](const auto&... fields) { return ((fields.number == next.number) || ...); },
                   description<T>.fields);
    const std::string number = std::to_string(next.number);
    if (next.number != 0 && !known) {
      return in.fail(ErrorCode::unknown_field, "unknown field " + number, next.at);
    }
    if (missing_number == 0 || (next.number != 0 && next.number < missing_number)) {
      return in.fail(ErrorCode::repeated_field, "repeated or misplaced field " + number, next.at);
    }
    return in.fail(ErrorCode::missing_field, "no field " + std::string(missing_name), next.at);
  }
};

}  // namespace wire
