// The simulator of the queue for any core: queue_promises sim|replay|hashes, as lib/sim/README.md
// says, and
//   --core COMMAND       the core is a process (src/reference/any-language.md), not the shipped
//   --promises N         judge the first N of the six (promises.hpp); below 6 no broker crashes
//   --answer-seconds N   how long the core may be silent
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "any_program.hpp"
#include "child_queue.hpp"
#include "promises.hpp"
#include "queue.hpp"

namespace {

struct Asked {
  std::optional<std::string> core;
  std::uint32_t promises = queue::all_promises.size();
  std::uint32_t answer_seconds = 30;
  std::string flags;         // those of the above that stood there, for a replay
  std::vector<char*> words;  // the rest
};

/// In quotes, as a shell wants it.
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

bool take_number(std::string_view text, std::uint32_t most, std::uint32_t& number) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stop == end && number >= 1 && number <= most;
}

/// The error is a sentence.
std::optional<std::string> take(std::string_view name, std::string_view value, Asked& asked) {
  if (name == "--core") {
    if (value.empty()) return "--core wants a command, such as 'python3 queue.py'";
    asked.core = value;
  } else if (name == "--promises") {
    if (!take_number(value, 6, asked.promises)) return "--promises wants a number from 1 to 6";
  } else if (!take_number(value, 3'600, asked.answer_seconds)) {
    return "--answer-seconds wants a number from 1 to 3600";
  }
  const std::string word = name == "--core" ? quoted(value) : std::string(value);
  asked.flags += (asked.flags.empty() ? "" : " ") + std::string(name) + " " + word;
  return {};
}

std::optional<std::string> read(int argc, char** argv, Asked& asked) {
  for (int i = 0; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word != "--core" && word != "--promises" && word != "--answer-seconds") {
      asked.words.push_back(argv[i]);
      continue;
    }
    if (i + 1 == argc) return std::string(word) + " wants a value";
    if (auto wrong = take(word, argv[++i], asked)) return wrong;
  }
  const auto is_search = [](std::string_view word) { return word == "--exhaustive"; };
  if (asked.core && std::ranges::any_of(asked.words, is_search)) {
    return "--exhaustive copies the core at each step; a process cannot be copied";
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  Asked asked;
  if (const auto wrong = read(argc, argv, asked)) {
    std::fprintf(stderr, "error: %s\n", wrong->c_str());
    return sim::exit_usage;
  }
  if (asked.core) {
    const child::Options process{*asked.core, std::chrono::seconds(asked.answer_seconds)};
    queue::AnyQueue::use(queue::child_maker({process, false}));
  } else {
    queue::AnyQueue::use(queue::maker_of<queue::Queue>());
  }
  const sim::Program program = queue::any_program(asked.promises, asked.flags);
  return sim::run_program(program, static_cast<int>(asked.words.size()), asked.words.data());
}
