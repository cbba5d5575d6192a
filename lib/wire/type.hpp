// How a message is described: once, beside the struct, for the binary form and for JSON alike.
//
//   constexpr auto describe(wire::Type<Enqueue>) {
//     return wire::record<1>("enqueue", wire::field<1>("queue", &Enqueue::queue),
//                            wire::field<2>("payload", &Enqueue::payload));
//   }
//   constexpr auto describe(wire::Type<TaskState>) {
//     return wire::enumeration(wire::value<1>("pending", TaskState::pending),
//                              wire::value<2>("leased", TaskState::leased));
//   }
//
// Every number is written down and never derived from a position, so that moving a line changes no
// format. A number or name that stands twice does not compile.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <variant>

namespace wire {

/// Names a type without a value of it. describe(Type<T>) is looked up in the namespace of T.
template <class T>
struct Type {};

template <std::uint32_t Number, class Owner, class Member>
struct Field {
  static constexpr std::uint32_t number = Number;
  using Value = Member;

  std::string_view name;
  Member Owner::* member;
};

/// A member of a struct. A std::optional is left out when empty; every other field is always
/// written.
template <std::uint32_t Number, class Owner, class Member>
constexpr Field<Number, Owner, Member> field(std::string_view name, Member Owner::* member) {
  static_assert(Number > 0, "field numbers start at 1: 0 ends a record");
  return {name, member};
}

template <std::uint32_t Number, class... Fields>
struct Record {
  static constexpr std::uint32_t number = Number;

  std::string_view name;
  std::tuple<Fields...> fields;
};

namespace detail {

template <std::size_t Count>
consteval bool ascending(const std::array<std::uint32_t, Count>& numbers) {
  for (std::size_t i = 1; i < Count; ++i) {
    if (numbers[i - 1] >= numbers[i]) return false;
  }
  return true;
}

template <class Item, std::size_t Count>
consteval bool distinct(const std::array<Item, Count>& items) {
  for (std::size_t i = 0; i < Count; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (items[i] == items[j]) return false;
    }
  }
  return true;
}

}  // namespace detail

/// A struct. `Number` and `name` tell it from the other alternatives of any variant it stands in.
template <std::uint32_t Number, class... Fields>
constexpr Record<Number, Fields...> record(std::string_view name, Fields... fields) {
  static_assert(Number > 0, "type numbers start at 1");
  static_assert(detail::ascending(std::array<std::uint32_t, sizeof...(Fields)>{Fields::number...}),
                "field numbers must ascend, and none may stand twice");
  return {name, {fields...}};
}

template <class Enum>
struct Value {
  std::uint32_t number = 0;
  std::string_view name;
  Enum value{};
};

template <std::uint32_t Number, class Enum>
constexpr Value<Enum> value(std::string_view name, Enum value) {
  static_assert(Number > 0, "the numbers of an enumeration's values start at 1");
  return {Number, name, value};
}

template <class Enum, std::size_t Count>
struct Enumeration {
  std::array<Value<Enum>, Count> values;
};

template <class Enum, std::same_as<Value<Enum>>... More>
constexpr Enumeration<Enum, 1 + sizeof...(More)> enumeration(Value<Enum> first, More... more) {
  return {{first, more...}};
}

template <class T>
concept UnsignedInteger =
    std::unsigned_integral<T> && !std::same_as<T, bool> && !std::same_as<T, char8_t> &&
    !std::same_as<T, char16_t> && !std::same_as<T, char32_t> && !std::same_as<T, wchar_t>;

template <class T>
concept SignedInteger =
    std::signed_integral<T> && !std::same_as<T, char> && !std::same_as<T, wchar_t>;

template <class T>
concept Described = requires { describe(Type<T>{}); };

template <class T>
concept DescribedEnum = std::is_enum_v<T> && Described<T>;

template <class T>
concept DescribedRecord = std::is_class_v<T> && Described<T>;

namespace detail {

template <std::uint32_t Number, class... Fields>
consteval bool names_are_good(const Record<Number, Fields...>& record) {
  const auto names = std::apply(
      [](const auto&... field) {
        return std::array<std::string_view, sizeof...(field) + 1>{field.name..., "type"};
      },
      record.fields);
  return !record.name.empty() && distinct(names);  // JSON tells alternatives by the member "type"
}

template <class Enum, std::size_t Count>
consteval bool names_are_good(const Enumeration<Enum, Count>& enumeration) {
  std::array<std::string_view, Count> names;
  std::array<std::uint32_t, Count> numbers{};
  std::array<Enum, Count> values{};
  for (std::size_t i = 0; i < Count; ++i) {
    names[i] = enumeration.values[i].name;
    numbers[i] = enumeration.values[i].number;
    values[i] = enumeration.values[i].value;
  }
  return distinct(names) && distinct(numbers) && distinct(values);
}

template <class T>
consteval auto checked_description() {
  constexpr auto description = describe(Type<T>{});
  static_assert(names_are_good(description),
                "a name or number stands twice, a name is missing, or a field is named \"type\"");
  return description;
}

}  // namespace detail

/// The description of T, checked.
template <Described T>
inline constexpr auto description = detail::checked_description<T>();

namespace detail {

template <class... Alternatives>
consteval bool alternatives_are_good() {
  return distinct(std::array<std::uint32_t, sizeof...(Alternatives)>{
             description<Alternatives>.number...}) &&
         distinct(std::array<std::string_view, sizeof...(Alternatives)>{
             description<Alternatives>.name...});
}

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

}  // namespace detail

/// The name of a described struct, such as "enqueue".
template <DescribedRecord T>
constexpr std::string_view name_of(const T&) {
  return description<T>.name;
}

/// The name of the alternative that the variant holds.
template <DescribedRecord... Alternatives>
constexpr std::string_view name_of(const std::variant<Alternatives...>& variant) {
  return std::visit([](const auto& held) { return name_of(held); }, variant);
}

/// The name of an enumeration's value; "?" when the description does not know it.
template <DescribedEnum T>
constexpr std::string_view name_of(const T& value) {
  for (const auto& known : description<T>.values) {
    if (known.value == value) return known.name;
  }
  return "?";
}

}  // namespace wire
