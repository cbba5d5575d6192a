#include "sim/trace_hash.hpp"

namespace sim {

std::string hex(std::uint64_t value) {
  std::string digits(16, '0');
  for (std::size_t i = 0; i < digits.size(); ++i) {
    digits[digits.size() - 1 - i] = "0123456789abcdef"[value >> (4 * i) & 15];
  }
  return digits;
}

}  // namespace sim
