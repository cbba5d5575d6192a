// JSON as a tree, parsed by Boost.JSON behind this interface: no other file needs to see that
// library.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "wire/error.hpp"

namespace wire {

struct JsonNull {};
struct JsonOtherNumber {
};  // one with a fraction or an exponent, or beyond 64 bits: no field has room for it
struct JsonMember;
struct JsonValue;
using JsonArray = std::vector<JsonValue>;
using JsonObject = std::vector<JsonMember>;  // in the order of the text; no name stands twice

struct JsonValue {
  std::variant<JsonNull, bool, std::int64_t, JsonOtherNumber, std::string, JsonArray, JsonObject>
      held;
};

struct JsonMember {
  std::string name;
  JsonValue value;
};

/// What is accepted: the text's length in bytes, how deep arrays and objects may nest, and whether
/// 5.0 is the integer 5, as it is to JSON Schema. What we write ourselves never needs that.
struct JsonLimits {
  std::uint64_t max_bytes = 1 << 20;
  std::uint32_t max_depth = 32;
  bool zero_fractions = false;
};

/// One JSON value with nothing but white space around it. Refuses a name that stands twice in an
/// object, and text that is not UTF-8.
std::expected<JsonValue, Error> parse_json(std::string_view text, JsonLimits limits);

}  // namespace wire
