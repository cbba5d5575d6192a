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

}  // namespace queue
