// What the flags of the queue's programs have in common.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "queue.hpp"

namespace queue {

/// For a flag that names a queue or a worker.
inline CLI::Validator name_check() {
  return {[](const std::string& name) {
            if (is_valid_name(name, Config{}.max_name_bytes)) return std::string();
            return std::string("a name is 1 to 100 letters, digits, '-', '_' and '.'");
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
