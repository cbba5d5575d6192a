// The JSON Schema (2020-12) of a described message: what wire/json.hpp reads, for those who write
// or check the JSON form in another language. Each struct and enumeration stands in "$defs" once.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <variant>
#include <vector>

#include "core/bytes.hpp"
#include "core/ids.hpp"
#include "core/time.hpp"
#include "wire/type.hpp"

namespace wire {

/// Collects the schemas of the types that a message is made of.
class JsonSchemas {
 public:
  /// The schema of T, as JSON: short ones as they are, structs as a reference.
  template <class T>
  std::string of() {
    return of(Type<T>{});
  }

  /// The members of "$defs", separated by commas.
  std::string definitions() const {
    std::string out;
    for (const auto& [name, schema] : schemas_) {
      out += (out.empty() ? "" : ",\n") + quoted(name) + ": " + schema;
    }
    return out;
  }

 private:
  static std::string quoted(std::string_view text) { return '"' + std::string(text) + '"'; }
  static std::string reference(const std::string& name) {
    return R"({"$ref":"#/$defs/)" + name + "\"}";
  }

  std::string of(Type<bool>) { return R"({"type":"boolean"})"; }
  std::string of(Type<std::string>) { return R"({"type":"string"})"; }
  std::string of(Type<core::Bytes>) {
    return R"({"type":"string","pattern":"^([A-Za-z0-9+/]{4})*)"
           R"(([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"})";
  }
  std::string of(Type<core::Duration>) { return of(Type<std::int64_t>{}); }
  template <class Clock>
  std::string of(Type<std::chrono::time_point<Clock, core::Duration>>) {
    return of(Type<std::int64_t>{});
  }
  template <class Tag, class Rep>
  std::string of(Type<core::Id<Tag, Rep>>) {
    return of(Type<Rep>{});
  }

  template <class T>
    requires UnsignedInteger<T> || SignedInteger<T>
  std::string of(Type<T>) {
    if constexpr (sizeof(T) < 8) {
      return R"({"type":"integer","minimum":)" + std::to_string(std::numeric_limits<T>::min()) +
             R"(,"maximum":)" + std::to_string(std::numeric_limits<T>::max()) + "}";
    } else if constexpr (std::is_unsigned_v<T>) {
      return R"({"type":"string","pattern":"^(0|[1-9][0-9]{0,19})$"})";
    } else {
      return R"({"type":"string","pattern":"^(0|-?[1-9][0-9]{0,18})$"})";
    }
  }

  template <class T>
  std::string of(Type<std::vector<T>>) {
    return R"({"type":"array","items":)" + of<T>() + "}";
  }

  template <DescribedEnum T>
  std::string of(Type<T>) {
    std::string names;
    for (const auto& value : description<T>.values) {
      names += (names.empty() ? "" : ",") + quoted(value.name);
    }
    return R"({"enum":[)" + names + "]}";
  }

  template <DescribedRecord T>
  std::string of(Type<T>) {
    return record<T>(false);
  }

  template <class... Alternatives>
  std::string of(Type<std::variant<Alternatives...>>) {
    std::string all;
    ((all += (all.empty() ? "" : ",") + record<Alternatives>(true)), ...);
    return R"({"oneOf":[)" + all + "]}";
  }

  template <class T, class E>
  std::string of(Type<std::expected<T, E>>) {
    const auto alone = [](std::string_view name, const std::string& schema) {
      return R"({"type":"object","properties":{)" + quoted(name) + ":" + schema +
             R"(},"required":[)" + quoted(name) + R"(],"additionalProperties":false})";
    };
    const std::string value = alone("value", of<T>());
    return R"({"oneOf":[)" + value + "," + alone("error", of<E>()) + "]}";
  }

  /// `typed`: as one of several, told apart by its first member.
  template <class T>
  std::string record(bool typed) {
    const std::string name = (typed ? "type:" : "") + std::string(description<T>.name);
    if (schemas_.contains(name)) return reference(name);
    schemas_[name];  // it is on its way
    std::string properties;
    std::string required;
    if (typed)
      add(properties, required, "type", R"({"const":)" + quoted(description<T>.name) + "}");
    std::apply(
        [&](const auto&... fields) {
          (add_field(properties, required, fields.name, Type<MemberOf<decltype(fields)>>{}), ...);
        },
        description<T>.fields);
    schemas_[name] = R"({"type":"object","properties":{)" + properties + R"(},"required":[)" +
                     required + R"(],"additionalProperties":false})";
    return reference(name);
  }

  template <class FieldType>
  using MemberOf = typename std::remove_cvref_t<FieldType>::Value;

  template <class T>
  void add_field(std::string& properties, std::string& required, std::string_view name, Type<T>) {
    add(properties, required, name, of<T>());
  }
  template <class T>
  void add_field(std::string& properties, std::string&, std::string_view name,
                 Type<std::optional<T>>) {
    properties += (properties.empty() ? "" : ",") + quoted(name) + ":" + of<T>();
  }

  static void add(std::string& properties, std::string& required, std::string_view name,
                  const std::string& schema) {
    properties += (properties.empty() ? "" : ",") + quoted(name) + ":" + schema;
    required += (required.empty() ? "" : ",") + quoted(name);
  }

  std::map<std::string, std::string> schemas_;
};

}  // namespace wire
