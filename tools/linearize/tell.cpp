#include "tell.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "with_commas.hpp"

namespace linearize {

namespace {

std::string shown(const Value& value, ModelName model) {
  if (!value) return "null";
  std::string text = model == ModelName::kv ? '"' + *value + '"' : *value;
  constexpr std::uint64_t longest = 60;
  if (text.size() <= longest) return text;
  // A long text differs at its end: what was appended last.
  return "..." + text.substr(text.size() - longest);
}

std::string deed(const Entry& entry, ModelName model) {
  const std::string value = shown(entry.value, model);
  switch (entry.function) {
    case Function::read:
      return "read " + value;
    case Function::write:
      return "wrote " + value;
    case Function::append:
      return "appended " + value;
    case Function::cas:
      return "changed " + shown(entry.from, model) + " to " + value;
  }
  return {};
}

std::string milliseconds(std::int64_t nanoseconds) {
  constexpr std::int64_t in_one = 1'000'000;
  std::string text = fmt::format("{}.{:06}", nanoseconds / in_one, nanoseconds % in_one);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text + " ms";
}

std::string span(const Entry& entry) {
  return fmt::format("from {} to {}", milliseconds(entry.called), milliseconds(entry.returned));
}

std::string list_of(const std::vector<Value>& values, ModelName model) {
  std::string out;
  for (std::uint64_t i = 0; i < values.size(); ++i) {
    if (i > 0) out += i + 1 == values.size() ? " or " : ", ";
    out += shown(values[i], model);
  }
  return out;
}

}  // namespace

std::string name_of_object(const std::string& key) {
  return key.empty() ? "the register" : "key " + key;
}

std::string tell_offence(const std::vector<Entry>& matter, const std::vector<Value>& possible,
                         std::uint64_t operations_of_key, ModelName model) {
  const Entry& last = matter.back();
  std::string out =
      fmt::format("{}: client {} {} ({}), but no order of what ran until then allows it",
                  name_of_object(last.key), last.process, deed(last, model), span(last));
  if (!possible.empty()) {
    out += fmt::format(": it could only have found {}", list_of(possible, model));
  }
  out += fmt::format(".\nOf the {} operations on it, these {} show it:\n",
                     with_commas(operations_of_key), matter.size());
  std::uint64_t width = 0;
  for (const Entry& entry : matter)
    width = std::max<std::uint64_t>(width, deed(entry, model).size());
  for (const Entry& entry : matter) {
    out += fmt::format("  client {:<5} {:<{}}  {}\n", entry.process, deed(entry, model), width,
                       span(entry));
  }
  return out;
}

}  // namespace linearize
