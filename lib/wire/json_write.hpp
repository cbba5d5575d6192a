// Writing the JSON form that wire/to_json.hpp describes, kind of type by kind of type.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

#include "core/bytes.hpp"
#include "core/ids.hpp"
#include "core/require.hpp"
#include "core/time.hpp"
#include "wire/type.hpp"

namespace wire {

/// Appends JSON to one string and puts the commas.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  void begin_object() { begin('{'); }
  void end_object() { end('}'); }
  void begin_array() { begin('['); }
  void end_array() { end(']'); }

  /// The name of the member whose value is written next.
  void key(std::string_view name);

  void boolean(bool value);
  void number(std::int64_t value);           // as a JSON number
  void decimal_string(std::int64_t value);   // as a string of digits
  void decimal_string(std::uint64_t value);  // as a string of digits
  void text(std::string_view value);         // aborts unless it is UTF-8
  void base64(std::string_view value);

 private:
  void begin(char bracket);
  void end(char bracket);
  void before_value();

  std::string& out_;
  bool comma_ = false;  // whether the next value or key has one before it
};

/// A type without a specialisation has no JSON form.
template <class T>
struct JsonOut;

template <>
struct JsonOut<bool> {
  static void write(JsonWriter& out, bool value) { out.boolean(value); }
};

template <UnsignedInteger T>
struct JsonOut<T> {
  static void write(JsonWriter& out, T value) {
    if constexpr (sizeof(T) == 8) {
      out.decimal_string(std::uint64_t{value});
    } else {
      out.number(value);
    }
  }
};

template <SignedInteger T>
struct JsonOut<T> {
  static void write(JsonWriter& out, T value) {
    if constexpr (sizeof(T) == 8) {
      out.decimal_string(std::int64_t{value});
    } else {
      out.number(value);
    }
  }
};

template <class Tag, class Rep>
struct JsonOut<core::Id<Tag, Rep>> {
  static void write(JsonWriter& out, core::Id<Tag, Rep> id) { JsonOut<Rep>::write(out, id.value); }
};

template <>
struct JsonOut<core::Duration> {
  static void write(JsonWriter& out, core::Duration value) { out.decimal_string(value.count()); }
};

template <class Clock>
struct JsonOut<std::chrono::time_point<Clock, core::Duration>> {
  static void write(JsonWriter& out, std::chrono::time_point<Clock, core::Duration> value) {
    JsonOut<core::Duration>::write(out, value.time_since_epoch());
  }
};

template <>
struct JsonOut<std::string> {
  static void write(JsonWriter& out, const std::string& value) { out.text(value); }
};

template <>
struct JsonOut<core::Bytes> {
  static void write(JsonWriter& out, const core::Bytes& value) { out.base64(value.view()); }
};

template <DescribedEnum T>
struct JsonOut<T> {
  static void write(JsonWriter& out, T value) {
    for (const auto& known : description<T>.values) {
      if (known.value == value) return out.text(known.name);
    }
    core::fail("an enum value that its description does not know");
  }
};

template <class T>
struct JsonOut<std::vector<T>> {
  static void write(JsonWriter& out, const std::vector<T>& values) {
    out.begin_array();
    for (const T& value : values) JsonOut<T>::write(out, value);
    out.end_array();
  }
};

template <DescribedRecord T>
struct JsonOut<T> {
  static void write(JsonWriter& out, const T& value) {
    out.begin_object();
    write_fields(out, value);
    out.end_object();
  }

  static void write_fields(JsonWriter& out, const T& value) {
    std::apply(
        [&](const auto&... fields) { (write_field(out, fields, value.*fields.member), ...); },
        description<T>.fields);
  }

 private:
  template <class FieldType, class Member>
  static void write_field(JsonWriter& out, const FieldType& field, const Member& member) {
    if constexpr (detail::is_optional<Member>) {
      if (member) {
        out.key(field.name);
        JsonOut<typename Member::value_type>::write(out, *member);
      }
    } else {
      out.key(field.name);
      JsonOut<Member>::write(out, member);
    }
  }
};

template <class... Alternatives>
struct JsonOut<std::variant<Alternatives...>> {
  static_assert(detail::alternatives_are_good<Alternatives...>(),
                "two alternatives have the same type number or name");

  static void write(JsonWriter& out, const std::variant<Alternatives...>& variant) {
    std::visit(
        [&out]<class T>(const T& held) {
          out.begin_object();
          out.key("type");
          out.text(description<T>.name);
          JsonOut<T>::write_fields(out, held);
          out.end_object();
        },
        variant);
  }
};

template <class T, class E>
struct JsonOut<std::expected<T, E>> {
  static void write(JsonWriter& out, const std::expected<T, E>& expected) {
    out.begin_object();
    out.key(expected ? "value" : "error");
    if (expected) {
      JsonOut<T>::write(out, *expected);
    } else {
      JsonOut<E>::write(out, expected.error());
    }
    out.end_object();
  }
};

}  // namespace wire
