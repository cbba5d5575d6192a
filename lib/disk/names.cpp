#include "disk/names.hpp"

#include <charconv>

namespace disk {
namespace {

constexpr std::string_view prefix = "segment-";
constexpr std::string_view suffix = ".log";
constexpr std::size_t least_digits = 12;

}  // namespace

std::string segment_name(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  std::string name(prefix);
  if (digits.size() < least_digits) name.append(least_digits - digits.size(), '0');
  name += digits;
  name += suffix;
  return name;
}

std::optional<std::uint64_t> segment_number(std::string_view name) {
  if (!name.starts_with(prefix) || !name.ends_with(suffix)) return std::nullopt;
  if (name.size() < prefix.size() + least_digits + suffix.size()) return std::nullopt;
  const std::string_view digits =
      name.substr(prefix.size(), name.size() - prefix.size() - suffix.size());
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || segment_name(number) != name) return std::nullopt;
  return number;
}

}  // namespace disk
