// Writes a JSON object member by member, in the order of the calls:
//
//   ObjectText().text("id", "17").number("attempt", 2).take()   {"id":"17","attempt":2}
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "wire/to_json.hpp"

namespace net {

class ObjectText {
 public:
  ObjectText& number(std::string_view name, std::uint64_t value) {
    return json(name, std::to_string(value));
  }

  ObjectText& text(std::string_view name, std::string_view value) {
    return json(name, wire::json_quoted(value));
  }

  /// `value` is JSON already. It is copied byte for byte.
  ObjectText& json(std::string_view name, std::string_view value) {
    members_ += members_.empty() ? "" : ",";
    members_ += wire::json_quoted(name);
    members_ += ":";
    members_ += value;
    return *this;
  }

  std::string take() const { return "{" + members_ + "}"; }

 private:
  std::string members_;
};

/// An array; `json_of_one` gives the JSON of an item.
template <class Items, class Function>
std::string array_text(const Items& items, const Function& json_of_one) {
  std::string elements;
  for (const auto& item : items) {
    elements += elements.empty() ? "" : ",";
    elements += json_of_one(item);
  }
  return "[" + elements + "]";
}

}  // namespace net
