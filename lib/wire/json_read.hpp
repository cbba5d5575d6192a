// Reading the JSON form that wire/to_json.hpp describes, kind of type by kind of type.
#pragma once

#include <algorithm>
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
#include "wire/error.hpp"
#include "wire/json_value.hpp"
#include "wire/type.hpp"

namespace wire {

/// Every function that reads returns whether it could; after the first that could not, error() says
/// why.
class JsonReader {
 public:
  /// Whether the value is of that kind; `kind` names it for the message: "a text".
  template <class Held>
  bool expect(const JsonValue& value, std::string_view kind) {
    return std::holds_alternative<Held>(value.held) || fail_kind(value, kind);
  }

  /// A JSON number from `low` to `high`.
  bool number(const JsonValue& from, std::int64_t low, std::int64_t high, std::int64_t& value);

  /// A string of digits, as short as it goes.
  bool decimal_string(const JsonValue& from, std::int64_t& value);
  bool decimal_string(const JsonValue& from, std::uint64_t& value);

  bool base64(const JsonValue& from, core::Bytes& value);

  /// Records the error and returns false. The message is `problem`, with the type and the field
  /// being read in front.
  bool fail(ErrorCode code, const std::string& problem);

  Context context;

  Error error() && { return std::move(error_); }

 private:
  bool fail_kind(const JsonValue& value, std::string_view wanted);

  Error error_;
};

/// The member of that name; null when there is none.
JsonValue* find_member(JsonObject& object, std::string_view name);

/// A type without a specialisation has no JSON form. Texts are moved out of the tree.
template <class T>
struct JsonIn;

template <>
struct JsonIn<bool> {
  static bool read(JsonReader& in, const JsonValue& from, bool& value) {
    if (!in.expect<bool>(from, "true or false")) return false;
    value = std::get<bool>(from.held);
    return true;
  }
};

template <class T>
  requires UnsignedInteger<T> || SignedInteger<T>
struct JsonIn<T> {
  static bool read(JsonReader& in, const JsonValue& from, T& value) {
    if constexpr (sizeof(T) == 8) {
      return in.decimal_string(from, value);
    } else {
      std::int64_t wide = 0;
      if (!in.number(from, std::numeric_limits<T>::min(), std::numeric_limits<T>::max(), wide)) {
        return false;
      }
      value = static_cast<T>(wide);
      return true;
    }
  }
};

template <class Tag, class Rep>
struct JsonIn<core::Id<Tag, Rep>> {
  static bool read(JsonReader& in, const JsonValue& from, core::Id<Tag, Rep>& id) {
    return JsonIn<Rep>::read(in, from, id.value);
  }
};

template <>
struct JsonIn<core::Duration> {
  static bool read(JsonReader& in, const JsonValue& from, core::Duration& value) {
    std::int64_t count = 0;
    if (!in.decimal_string(from, count)) return false;
    value = core::Duration(count);
    return true;
  }
};

template <class Clock>
struct JsonIn<std::chrono::time_point<Clock, core::Duration>> {
  using Time = std::chrono::time_point<Clock, core::Duration>;

  static bool read(JsonReader& in, const JsonValue& from, Time& value) {
    core::Duration since_epoch{};
    if (!JsonIn<core::Duration>::read(in, from, since_epoch)) return false;
    value = Time(since_epoch);
    return true;
  }
};

template <>
struct JsonIn<std::string> {
  static bool read(JsonReader& in, JsonValue& from, std::string& value) {
    if (!in.expect<std::string>(from, "a text")) return false;
    value = std::move(std::get<std::string>(from.held));
    return true;
  }
};

template <>
struct JsonIn<core::Bytes> {
  static bool read(JsonReader& in, const JsonValue& from, core::Bytes& value) {
    return in.base64(from, value);
  }
};

template <DescribedEnum T>
struct JsonIn<T> {
  static bool read(JsonReader& in, const JsonValue& from, T& value) {
    if (!in.expect<std::string>(from, "a text")) return false;
    const std::string& name = std::get<std::string>(from.held);
    for (const auto& known : description<T>.values) {
      if (known.name == name) {
        value = known.value;
        return true;
      }
    }
    return in.fail(ErrorCode::unknown_value, "unknown value \"" + name + "\"");
  }
};

template <class T>
struct JsonIn<std::vector<T>> {
  static bool read(JsonReader& in, JsonValue& from, std::vector<T>& values) {
    if (!in.expect<JsonArray>(from, "an array")) return false;
    auto& array = std::get<JsonArray>(from.held);
    values.clear();
    values.reserve(array.size());
    return std::ranges::all_of(array, [&](JsonValue& element) {
      return JsonIn<T>::read(in, element, values.emplace_back());
    });
  }
};

template <DescribedRecord T>
struct JsonIn<T> {
  static bool read(JsonReader& in, JsonValue& from, T& value) {
    return in.expect<JsonObject>(from, "an object") &&
           read_members(in, std::get<JsonObject>(from.held), value, false);
  }

  /// `typed`: the object also has the member "type", which was read already.
  static bool read_members(JsonReader& in, JsonObject& object, T& value, bool typed) {
    const Context outer = in.context;
    in.context = {description<T>.name, {}};
    const bool good = std::ranges::all_of(object,
                                          [&](const JsonMember& member) {
                                            return (typed && member.name == "type") ||
                                                   is_field(member.name) ||
                                                   in.fail(ErrorCode::unknown_field,
                                                           "unknown field \"" + member.name + "\"");
                                          }) &&
                      std::apply(
                          [&](const auto&... fields) {
                            return (read_field(in, fields, object, value.*fields.member) && ...);
                          },
                          description<T>.fields);
    in.context = outer;
    return good;
  }

 private:
  static bool is_field(std::string_view name) {
    return std::apply([&](const auto&... fields) { return ((fields.name == name) || ...); },
                      description<T>.fields);
  }

  template <class FieldType, class Member>
  static bool read_field(JsonReader& in, const FieldType& field, JsonObject& object,
                         Member& member) {
    in.context.field = field.name;
    JsonValue* found = find_member(object, field.name);
    bool good = true;
    if constexpr (detail::is_optional<Member>) {
      member.reset();
      if (found != nullptr) {
        good = JsonIn<typename Member::value_type>::read(in, *found, member.emplace());
      }
    } else {
      good = found != nullptr ? JsonIn<Member>::read(in, *found, member)
                              : in.fail(ErrorCode::missing_field, "this field is missing");
    }
    in.context.field = {};
    return good;
  }
};

template <class... Alternatives>
struct JsonIn<std::variant<Alternatives...>> {
  using Variant = std::variant<Alternatives...>;
  static_assert(detail::alternatives_are_good<Alternatives...>(),
                "two alternatives have the same type number or name");

  static bool read(JsonReader& in, JsonValue& from, Variant& variant) {
    if (!in.expect<JsonObject>(from, "an object")) return false;
    auto& object = std::get<JsonObject>(from.held);
    JsonValue* type = find_member(object, "type");
    if (type == nullptr) return in.fail(ErrorCode::missing_field, "the member \"type\" is missing");
    if (!in.expect<std::string>(*type, "a text as \"type\"")) return false;
    const std::string& name = std::get<std::string>(type->held);
    bool good = false;
    const bool known = (read_if<Alternatives>(name, in, object, variant, good) || ...);
    if (!known) return in.fail(ErrorCode::unknown_type, "unknown type \"" + name + "\"");
    return good;
  }

 private:
  template <class T>
  static bool read_if(std::string_view name, JsonReader& in, JsonObject& object, Variant& variant,
                      bool& good) {
    if (name != description<T>.name) return false;
    good = JsonIn<T>::read_members(in, object, variant.template emplace<T>(), true);
    return true;
  }
};

template <class T, class E>
struct JsonIn<std::expected<T, E>> {
  static bool read(JsonReader& in, JsonValue& from, std::expected<T, E>& expected) {
    if (!in.expect<JsonObject>(from, "an object")) return false;
    auto& object = std::get<JsonObject>(from.held);
    JsonValue* value = find_member(object, "value");
    JsonValue* error = find_member(object, "error");
    if (object.size() != 1 || (value == nullptr && error == nullptr)) {
      return in.fail(ErrorCode::unknown_type, "neither a \"value\" alone nor an \"error\" alone");
    }
    if (value != nullptr) return JsonIn<T>::read(in, *value, expected.emplace());
    E read_error{};
    if (!JsonIn<E>::read(in, *error, read_error)) return false;
    expected = std::unexpected(std::move(read_error));
    return true;
  }
};

}  // namespace wire
