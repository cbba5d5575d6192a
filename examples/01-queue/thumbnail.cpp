#include "thumbnail.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <vector>

#include "json_slices.hpp"

namespace queue {

namespace {

/// The JSON text of the member's value; nothing if there is no such member.
std::optional<std::string_view> member(const std::vector<JsonMember>& members,
                                       std::string_view name) {
  const auto found = std::ranges::find(members, name, &JsonMember::name);
  if (found == members.end()) return {};
  return found->value;
}

/// A whole number of pixels, in range.
std::optional<std::uint32_t> pixels_in(const std::vector<JsonMember>& members,
                                       std::string_view name) {
  const std::string_view value = member(members, name).value_or("");
  std::uint32_t pixels = 0;
  const char* end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, pixels);
  if (error != std::errc() || stop != end) return {};
  if (pixels < 1 || pixels > longest_side) return {};
  return pixels;
}

bool may_be_in_a_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

/// The name of a file, and no way to another folder. It needs no escapes.
std::optional<std::string> file_in(const std::vector<JsonMember>& members, std::string_view name) {
  const std::string_view value = member(members, name).value_or("");
  if (value.size() < 3 || value.front() != '"') return {};
  const std::string_view file = value.substr(1, value.size() - 2);
  if (file.size() > longest_photo_name || file.front() == '.') return {};
  if (!std::ranges::all_of(file, may_be_in_a_name)) return {};
  return std::string(file);
}

}  // namespace

core::Bytes encode(const Thumbnail& thumbnail) {
  std::string text = "{\"photo\":\"" + thumbnail.photo + "\"";
  text += ",\"width\":" + std::to_string(thumbnail.width);
  if (thumbnail.height) text += ",\"height\":" + std::to_string(*thumbnail.height);
  return core::Bytes(text + "}");
}

std::optional<Thumbnail> decode(const core::Bytes& payload) {
  const auto text = json_value(payload.view());
  const auto members = text ? json_members(*text) : std::nullopt;
  if (!members) return {};
  const auto photo = file_in(*members, "photo");
  const auto width = pixels_in(*members, "width");
  if (!photo || !width) return {};
  const auto height = pixels_in(*members, "height");
  if (member(*members, "height") && !height) return {};
  return Thumbnail{*photo, *width, height};
}

}  // namespace queue
