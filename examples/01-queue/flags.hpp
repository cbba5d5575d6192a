// What the flags of the queue's programs have in common.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "messages.hpp"
#include "names.hpp"

namespace queue {

/// For a flag that names a queue or a worker.
inline CLI::Validator name_check() {
  return {[](const std::string& name) {
            const std::uint32_t most = Config{}.max_name_bytes;
            if (is_valid_name(name, most)) return std::string();
            return "a name is 1 to " + std::to_string(most) +
                   " letters, digits, '-', '_' and '.', and does not begin with '.'";
          },
          "NAME"};
}

/// For a flag that is a number from `low` to `high`. CLI::Range would let "nan" pass.
inline CLI::Validator number_check(double low, double high) {
  const std::string range =
      "a number from " + CLI::detail::to_string(low) + " to " + CLI::detail::to_string(high);
  return {[=](const std::string& text) {
            double number = 0;
            const bool good = CLI::detail::lexical_cast(text, number);
            return good && number >= low && number <= high ? std::string() : "expected " + range;
          },
          "NUMBER"};
}

}  // namespace queue
