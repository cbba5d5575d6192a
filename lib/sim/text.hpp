// The text form of a described value, for plans and transcripts: one line, readable, and read back
// exactly.
//
//   record               enqueue{queue="mail" payload="x"}; without fields: connected
//   std::variant         the record that it holds
//   integers, Id         decimal
//   bool                 true, false
//   enumeration          the value's name
//   durations, times     with their unit: 250ms, 1.5s, 30us; times count from their clock's
//                        beginning
//   std::string, Bytes   in quotes; \" \\ and \xNN for what does not print
//   std::vector          [a b c]
//   std::optional        a field that is left out when empty
//   std::expected        the value, or error:name
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "core/bytes.hpp"
#include "core/ids.hpp"
#include "core/time.hpp"
#include "wire/type.hpp"

namespace sim {

/// Appends text to one string.
class TextWriter {
 public:
  /// Strings longer than `max_string` bytes are cut and their length is told: right for a
  /// transcript, and wrong for a plan, which must be read back.
  explicit TextWriter(std::string& out, std::uint64_t max_string = UINT64_MAX)
      : out_(out), max_string_(max_string) {}

  void raw(std::string_view text) { out_ += text; }
  void number(std::int64_t value) { out_ += std::to_string(value); }
  void number(std::uint64_t value) { out_ += std::to_string(value); }
  void duration(core::Duration value);
  void quoted(std::string_view value);

 private:
  std::string& out_;
  std::uint64_t max_string_;
};

/// Reads text from outside: nothing in it is believed. Every function that reads returns whether it
/// could; after the first that could not, error() says why and at which column.
class TextReader {
 public:
  explicit TextReader(std::string_view text) : text_(text) {}

  bool word(std::string_view& value);  // letters, digits, '_' and '-'
  bool number(std::int64_t low, std::int64_t high, std::int64_t& value);
  bool number(std::uint64_t high, std::uint64_t& value);
  bool duration(core::Duration& value);
  bool quoted(std::string& value);  // any bytes
  bool text(std::string& value);    // the same, and UTF-8

  void skip_spaces();
  bool take(char wanted);    // takes it if it is next; spaces before it are skipped
  bool expect(char wanted);  // the same, and an error if it is not
  bool at_end();
  std::string_view rest() const { return text_.substr(at_); }
  bool enter();  // one record deeper
  void leave() { --depth_; }

  bool fail(const std::string& what);
  const std::string& error() const { return error_; }

 private:
  static constexpr std::uint32_t max_depth = 32;

  std::string_view text_;
  std::size_t at_ = 0;
  std::uint32_t depth_ = 0;
  std::string error_;
};

/// A type without a specialisation has no text form.
template <class T>
struct Text;

template <>
struct Text<bool> {
  static void write(TextWriter& out, bool value) { out.raw(value ? "true" : "false"); }
  static bool read(TextReader& in, bool& value) {
    std::string_view word;
    if (!in.word(word)) return false;
    value = word == "true";
    return value || word == "false" || in.fail("neither true nor false");
  }
};

template <wire::UnsignedInteger T>
struct Text<T> {
  static void write(TextWriter& out, T value) { out.number(std::uint64_t{value}); }
  static bool read(TextReader& in, T& value) {
    std::uint64_t wide = 0;
    if (!in.number(std::numeric_limits<T>::max(), wide)) return false;
    value = static_cast<T>(wide);
    return true;
  }
};

template <wire::SignedInteger T>
struct Text<T> {
  static void write(TextWriter& out, T value) { out.number(std::int64_t{value}); }
  static bool read(TextReader& in, T& value) {
    std::int64_t wide = 0;
    if (!in.number(std::numeric_limits<T>::min(), std::numeric_limits<T>::max(), wide))
      return false;
    value = static_cast<T>(wide);
    return true;
  }
};

template <class Tag, class Rep>
struct Text<core::Id<Tag, Rep>> {
  static void write(TextWriter& out, core::Id<Tag, Rep> id) { Text<Rep>::write(out, id.value); }
  static bool read(TextReader& in, core::Id<Tag, Rep>& id) { return Text<Rep>::read(in, id.value); }
};

template <>
struct Text<core::Duration> {
  static void write(TextWriter& out, core::Duration value) { out.duration(value); }
  static bool read(TextReader& in, core::Duration& value) { return in.duration(value); }
};

template <class Clock>
struct Text<std::chrono::time_point<Clock, core::Duration>> {
  using Time = std::chrono::time_point<Clock, core::Duration>;
  static void write(TextWriter& out, Time value) { out.duration(value.time_since_epoch()); }
  static bool read(TextReader& in, Time& value) {
    core::Duration since{};
    if (!in.duration(since)) return false;
    value = Time(since);
    return true;
  }
};

template <>
struct Text<std::string> {
  static void write(TextWriter& out, const std::string& value) { out.quoted(value); }
  static bool read(TextReader& in, std::string& value) { return in.text(value); }
};

template <>
struct Text<core::Bytes> {
  static void write(TextWriter& out, const core::Bytes& value) { out.quoted(value.view()); }
  static bool read(TextReader& in, core::Bytes& value) {
    std::string text;
    if (!in.quoted(text)) return false;
    value = core::Bytes(std::move(text));
    return true;
  }
};

template <wire::DescribedEnum T>
struct Text<T> {
  static void write(TextWriter& out, T value) { out.raw(wire::name_of(value)); }
  static bool read(TextReader& in, T& value) {
    std::string_view word;
    if (!in.word(word)) return false;
    for (const auto& known : wire::description<T>.values) {
      if (known.name == word) {
        value = known.value;
        return true;
      }
    }
    return in.fail("unknown value " + std::string(word));
  }
};

template <class T>
struct Text<std::vector<T>> {
  static void write(TextWriter& out, const std::vector<T>& values) {
    out.raw("[");
    bool first = true;
    for (const T& value : values) {
      if (!std::exchange(first, false)) out.raw(" ");
      Text<T>::write(out, value);
    }
    out.raw("]");
  }
  static bool read(TextReader& in, std::vector<T>& values) {
    values.clear();
    if (!in.expect('[')) return false;
    while (!in.take(']')) {
      if (!Text<T>::read(in, values.emplace_back())) return false;
    }
    return true;
  }
};

template <wire::DescribedRecord T>
struct Text<T> {
  static void write(TextWriter& out, const T& value) {
    out.raw(wire::description<T>.name);
    bool first = true;
    std::apply(
        [&](const auto&... fields) {
          (write_field(out, fields, value.*fields.member, first), ...);
        },
        wire::description<T>.fields);
    if (!first) out.raw("}");
  }

  static bool read(TextReader& in, T& value) {
    std::string_view name;
    if (!in.word(name)) return false;
    if (name != wire::description<T>.name) {
      return in.fail("unknown word " + std::string(name) + ", wanted " +
                     std::string(wire::description<T>.name));
    }
    return read_fields(in, value);
  }

  /// What follows the name. Fields stand in the order of the description.
  static bool read_fields(TextReader& in, T& value) {
    const bool braces = in.take('{');
    Next next;
    if (!in.enter() || (braces && !next.read(in))) return false;
    const bool good = std::apply(
        [&](const auto&... fields) {
          return (read_field(in, fields, value.*fields.member, braces, next) && ...);
        },
        wire::description<T>.fields);
    in.leave();
    if (!good) return false;
    if (!next.name.empty()) {
      return in.fail("unknown or misplaced field " + std::string(next.name) + " in " +
                     std::string(wire::description<T>.name));
    }
    return true;
  }

 private:
  /// The name of the field that stands next; empty after the closing brace.
  struct Next {
    std::string_view name;

    bool read(TextReader& in) {
      name = {};
      if (in.take('}')) return true;
      in.skip_spaces();
      return in.word(name) && in.expect('=');
    }
  };

  template <class FieldType, class Member>
  static void write_field(TextWriter& out, const FieldType& field, const Member& member,
                          bool& first) {
    if constexpr (wire::detail::is_optional<Member>) {
      if (!member) return;
    }
    out.raw(std::exchange(first, false) ? "{" : " ");
    out.raw(field.name);
    out.raw("=");
    if constexpr (wire::detail::is_optional<Member>) {
      Text<typename Member::value_type>::write(out, *member);
    } else {
      Text<Member>::write(out, member);
    }
  }

  template <class FieldType, class Member>
  static bool read_field(TextReader& in, const FieldType& field, Member& member, bool braces,
                         Next& next) {
    if (next.name != field.name) {
      if constexpr (wire::detail::is_optional<Member>) {
        member.reset();
        return true;
      } else {
        return in.fail("no field " + std::string(field.name) + " in " +
                       std::string(wire::description<T>.name));
      }
    }
    in.skip_spaces();
    if constexpr (wire::detail::is_optional<Member>) {
      if (!Text<typename Member::value_type>::read(in, member.emplace())) return false;
    } else {
      if (!Text<Member>::read(in, member)) return false;
    }
    return braces && next.read(in);
  }
};

template <class... Alternatives>
struct Text<std::variant<Alternatives...>> {
  using Variant = std::variant<Alternatives...>;

  static void write(TextWriter& out, const Variant& variant) {
    std::visit([&out]<class T>(const T& held) { Text<T>::write(out, held); }, variant);
  }
  static bool read(TextReader& in, Variant& variant) {
    std::string_view name;
    if (!in.word(name)) return false;
    bool good = false;
    const bool known = (read_if<Alternatives>(name, in, variant, good) || ...);
    return known ? good : in.fail("unknown word " + std::string(name));
  }

 private:
  template <class T>
  static bool read_if(std::string_view name, TextReader& in, Variant& variant, bool& good) {
    if (name != wire::description<T>.name) return false;
    good = Text<T>::read_fields(in, variant.template emplace<T>());
    return true;
  }
};

template <class T, class E>
struct Text<std::expected<T, E>> {
  static void write(TextWriter& out, const std::expected<T, E>& expected) {
    if (expected) {
      Text<T>::write(out, *expected);
    } else {
      out.raw("error:");
      Text<E>::write(out, expected.error());
    }
  }
};

/// The text form of `value`; see TextWriter for `max_string`.
template <class T>
std::string to_text(const T& value, std::uint64_t max_string = UINT64_MAX) {
  std::string out;
  TextWriter writer(out, max_string);
  Text<T>::write(writer, value);
  return out;
}

/// The value that all of `text` is the text form of; the error is a sentence with the column.
template <class T>
std::expected<T, std::string> from_text(std::string_view text) {
  TextReader reader(text);
  T value{};
  reader.skip_spaces();
  if (!Text<T>::read(reader, value) || !reader.at_end()) return std::unexpected(reader.error());
  return value;
}

}  // namespace sim
