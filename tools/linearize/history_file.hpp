// A history as a file: one JSON object a line, in the manner of Jepsen. README.md describes it.
#pragma once

#include <cstdint>
#include <expected>
#include <istream>
#include <optional>
#include <string>
#include <vector>

namespace linearize {

// A value of a register, or of a key: the canonical text of its JSON; nothing for null.
using Value = std::optional<std::string>;

enum class Function : std::uint8_t { read, write, cas, append };

struct Entry {
  std::int64_t process = 0;
  std::string key;
  Function function = Function::read;
  bool is_answered = false;  // if not, its outcome is unknown
  Value value;               // what was read, written, appended
  Value from;                // of a cas; `value` is what it writes
  std::int64_t called = 0;   // nanoseconds
  std::int64_t returned = 0;
};

enum class ModelName : std::uint8_t { reg, cas, kv };

/// What did not happen is left out. The error names the line, what is wrong, and what to do.
std::expected<std::vector<Entry>, std::string> read_history(std::istream& in, ModelName model);

}  // namespace linearize
