// Numbers as people read them.
#pragma once

#include <cstdint>
#include <string>

/// 12345 is "12,345".
inline std::string with_commas(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::uint64_t at = text.size(); at > 3;) {
    at -= 3;
    text.insert(at, ",");
  }
  return text;
}
