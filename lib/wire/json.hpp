// Reading the JSON form. Strict: what to_json() does not write is refused with an error that names
// the type and the field, except for spaces and the order of members, which are free.
#pragma once

#include <expected>
#include <string_view>
#include <utility>

#include "wire/error.hpp"
#include "wire/json_read.hpp"
#include "wire/to_json.hpp"

namespace wire {

/// The value that `text` is the JSON form of.
template <class T>
std::expected<T, Error> from_json(std::string_view text, JsonLimits limits = {}) {
  std::expected<JsonValue, Error> tree = parse_json(text, limits);
  if (!tree) return std::unexpected(std::move(tree).error());
  T value{};
  JsonReader reader;
  if (!JsonIn<T>::read(reader, *tree, value)) return std::unexpected(std::move(reader).error());
  return value;
}

}  // namespace wire
