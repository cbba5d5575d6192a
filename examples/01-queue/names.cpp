#include "names.hpp"

#include <algorithm>

namespace queue {

namespace {

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

bool is_visible(char c) { return c > ' ' && c <= '~'; }

}  // namespace

bool is_valid_name(const std::string& name, std::uint32_t max_bytes) {
  return !name.empty() && name.size() <= max_bytes && !name.starts_with('.') &&
         std::ranges::all_of(name, is_name_character);
}

bool is_valid_key(const std::string& key, std::uint32_t max_bytes) {
  return !key.empty() && key.size() <= max_bytes && std::ranges::all_of(key, is_visible);
}

}  // namespace queue
