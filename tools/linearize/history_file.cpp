#include "history_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>
#include <variant>

#include "wire/json_value.hpp"

namespace linearize {

namespace {

using wire::JsonObject;
using wire::JsonValue;

constexpr std::uint64_t longest_line = 16 << 20;

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char letter : text) {
    if (letter == '"' || letter == '\\') out += '\\';
    if (static_cast<unsigned char>(letter) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(static_cast<unsigned char>(letter)));
    } else {
      out += letter;
    }
  }
  return out + "\"";
}

/// The one text of a value, however it was written. The error says what cannot be compared.
std::expected<std::string, std::string> canonical(const JsonValue& value);

std::expected<std::string, std::string> canonical_object(JsonObject object) {
  std::ranges::sort(object, {}, &wire::JsonMember::name);
  std::string out;
  for (const wire::JsonMember& member : object) {
    const auto text = canonical(member.value);
    if (!text) return text;
    out += (out.empty() ? "" : ",") + quoted(member.name) + ":" + *text;
  }
  return "{" + out + "}";
}

std::expected<std::string, std::string> canonical_array(const wire::JsonArray& array) {
  std::string out;
  for (const JsonValue& element : array) {
    const auto text = canonical(element);
    if (!text) return text;
    out += (out.empty() ? "" : ",") + *text;
  }
  return "[" + out + "]";
}

std::expected<std::string, std::string> canonical(const JsonValue& value) {
  if (std::holds_alternative<wire::JsonNull>(value.held)) return "null";
  if (const bool* truth = std::get_if<bool>(&value.held)) return *truth ? "true" : "false";
  if (const auto* number = std::get_if<std::int64_t>(&value.held)) return std::to_string(*number);
  if (const auto* text = std::get_if<std::string>(&value.held)) return quoted(*text);
  if (const auto* array = std::get_if<wire::JsonArray>(&value.held)) return canonical_array(*array);
  if (const auto* object = std::get_if<JsonObject>(&value.held)) return canonical_object(*object);
  return std::unexpected("a number is not whole, or does not fit into 64 bits; write it as a text");
}

class HistoryReader {
 public:
  explicit HistoryReader(ModelName model) : model_(model) {}

  // The error lacks only the number of the line.
  std::expected<void, std::string> read_line(const std::string& line) {
    auto tree = wire::parse_json(line, {.max_bytes = longest_line, .zero_fractions = true});
    if (!tree) return std::unexpected(tree.error().what + "; a line holds one JSON object");
    object_ = std::get_if<JsonObject>(&tree->held);
    if (object_ == nullptr) return std::unexpected("this is no JSON object; a line holds one");
    const auto process = number("process", "it tells the clients apart");
    if (!process) return std::unexpected(process.error());
    const auto time = number("time", "nanoseconds from any beginning");
    if (!time) return std::unexpected(time.error());
    const std::string type = text("type").value_or("");
    if (type == "invoke") return invoke(*process, *time);
    if (type == "ok" || type == "fail" || type == "info") return complete(*process, *time, type);
    return std::unexpected(R"("type" must be "invoke", "ok", "fail" or "info")");
  }

  std::vector<Entry> take() {
    std::erase_if(entries_, [](const Entry& entry) { return entry.process == failed; });
    return std::move(entries_);
  }

 private:
  using Problem = std::unexpected<std::string>;
  static constexpr std::int64_t failed = -1;

  const JsonValue* member(std::string_view name) const {
    const auto found = std::ranges::find(*object_, name, &wire::JsonMember::name);
    return found == object_->end() ? nullptr : &found->value;
  }

  std::optional<std::string> text(std::string_view name) const {
    const JsonValue* value = member(name);
    const auto* held = value != nullptr ? std::get_if<std::string>(&value->held) : nullptr;
    return held != nullptr ? std::optional(*held) : std::nullopt;
  }

  std::expected<std::int64_t, std::string> number(std::string_view name,
                                                  std::string_view meaning) const {
    const JsonValue* value = member(name);
    const auto* held = value != nullptr ? std::get_if<std::int64_t>(&value->held) : nullptr;
    if (held != nullptr && *held >= 0) return *held;
    return Problem(fmt::format("\"{}\" must be a whole number from 0: {}", name, meaning));
  }

  std::expected<Function, std::string> function() const {
    const std::string name = text("f").value_or("");
    if (model_ == ModelName::kv) {
      if (name == "get") return Function::read;
      if (name == "put") return Function::write;
      if (name == "append") return Function::append;
      if (name == "cas") return Function::cas;
      return Problem(R"("f" must be "get", "put", "append" or "cas" with --model kv)");
    }
    if (name == "read") return Function::read;
    if (name == "write") return Function::write;
    if (name == "cas" && model_ == ModelName::cas) return Function::cas;
    if (name == "cas") return Problem(R"("f" is "cas": that needs --model cas)");
    return Problem(model_ == ModelName::cas
                       ? R"("f" must be "read", "write" or "cas" with --model cas)"
                       : R"("f" must be "read" or "write" with --model register)");
  }

  std::expected<void, std::string> read_key(Entry& entry) const {
    const JsonValue* key = member("key");
    if (key == nullptr || std::holds_alternative<wire::JsonNull>(key->held)) {
      if (model_ != ModelName::kv) return {};
      return Problem(R"("key" is missing: with --model kv each operation names one)");
    }
    auto text = canonical(*key);
    if (!text) return Problem("\"key\": " + text.error());
    entry.key = std::move(*text);
    return {};
  }

  std::expected<Value, std::string> one_value(const JsonValue* value) const {
    if (value == nullptr || std::holds_alternative<wire::JsonNull>(value->held)) return Value();
    if (model_ == ModelName::kv) {
      const auto* held = std::get_if<std::string>(&value->held);
      if (held == nullptr) return Problem(R"("value" must be a text or null with --model kv)");
      return Value(*held);
    }
    auto text = canonical(*value);
    if (!text) return Problem("\"value\": " + text.error());
    return Value(std::move(*text));
  }

  std::expected<void, std::string> read_value(Entry& entry) const {
    const JsonValue* value = member("value");
    if (entry.function != Function::cas) {
      auto one = one_value(value);
      if (!one) return Problem(one.error());
      entry.value = std::move(*one);
      if (entry.function == Function::append && !entry.value) {
        return Problem(R"("value" of an append must be a text)");
      }
      return {};
    }
    const auto* pair = value != nullptr ? std::get_if<wire::JsonArray>(&value->held) : nullptr;
    if (pair == nullptr || pair->size() != 2) {
      return Problem(R"("value" of a cas must be [from, to])");
    }
    auto from = one_value(&pair->front());
    auto to = one_value(&pair->back());
    if (!from || !to) return Problem(from ? to.error() : from.error());
    entry.from = std::move(*from);
    entry.value = std::move(*to);
    return {};
  }

  std::expected<void, std::string> invoke(std::int64_t process, std::int64_t time) {
    if (open_.contains(process)) {
      return Problem(
          fmt::format("process {} has an operation open already; it must complete first, "
                      "as \"info\" if nobody knows how",
                      process));
    }
    const auto before = free_since_.find(process);
    if (before != free_since_.end() && time < before->second) {
      return Problem(
          fmt::format("\"time\" is before the end of process {}'s last operation", process));
    }
    Entry entry;
    entry.process = process;
    entry.called = time;
    const auto f = function();
    if (!f) return Problem(f.error());
    entry.function = *f;
    if (auto good = read_key(entry); !good) return good;
    if (auto good = read_value(entry); !good && *f != Function::read) return good;
    open_[process] = entries_.size();
    entries_.push_back(std::move(entry));
    return {};
  }

  std::expected<void, std::string> complete(std::int64_t process, std::int64_t time,
                                            const std::string& type) {
    const auto open = open_.find(process);
    if (open == open_.end()) {
      return Problem(
          fmt::format("process {} completes what it did not invoke; a line with "
                      "\"invoke\" comes first",
                      process));
    }
    Entry& entry = entries_[open->second];
    open_.erase(open);
    if (time < entry.called) return Problem("\"time\" is before the invocation's");
    const auto f = function();
    if (!f) return Problem(f.error());
    if (*f != entry.function) return Problem("\"f\" is not that of the invocation");
    free_since_[process] = time;
    if (type == "fail") entry.process = failed;
    if (type != "ok") return {};
    entry.is_answered = true;
    entry.returned = time;
    const JsonValue* value = member("value");
    const bool is_null = value == nullptr || std::holds_alternative<wire::JsonNull>(value->held);
    if (entry.function == Function::read || !is_null) return read_value(entry);
    return {};
  }

  ModelName model_;
  const JsonObject* object_ = nullptr;
  std::vector<Entry> entries_;
  std::map<std::int64_t, std::uint64_t> open_;       // by process: its entry
  std::map<std::int64_t, std::int64_t> free_since_;  // by process
};

}  // namespace

std::expected<std::vector<Entry>, std::string> read_history(std::istream& in, ModelName model) {
  HistoryReader reader(model);
  std::string line;
  for (std::uint64_t number = 1; std::getline(in, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    if (const auto good = reader.read_line(line); !good) {
      return std::unexpected(fmt::format("line {}: {}.", number, good.error()));
    }
  }
  if (in.bad()) return std::unexpected("the file cannot be read to its end.");
  return reader.take();
}

}  // namespace linearize
