// Cuts a JSON text into its parts without changing a byte. A payload is the client's: 1.50 stays
// 1.50, and a number with thirty digits keeps them all, which no parser that builds values
// promises.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace queue {

/// `text` without the spaces around it, if it is one JSON value (RFC 8259) in UTF-8 whose arrays
/// and objects nest at most `max_depth` deep; otherwise what is wrong, and at which byte.
std::expected<std::string_view, std::string> json_value(std::string_view text,
                                                        std::uint32_t max_depth = 32);

struct JsonMember {
  std::string_view name;   // as it stands between the quotes, escapes and all
  std::string_view value;  // JSON text
};

/// The members of what json_value() has let pass, in order; nothing if it is not an object.
std::optional<std::vector<JsonMember>> json_members(std::string_view value);

/// The elements of what json_value() has let pass; nothing if it is not an array.
std::optional<std::vector<std::string_view>> json_elements(std::string_view value);

}  // namespace queue
