#include "wire/json_write.hpp"

#include "wire/base64.hpp"
#include "wire/to_json.hpp"
#include "wire/utf8.hpp"

namespace wire {
namespace {

void append_quoted(std::string& out, std::string_view text, bool readable) {
  constexpr std::string_view hex = "0123456789abcdef";
  out.push_back('"');
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      (out += '\\') += c;
    } else if (code < 0x20) {
      ((out += "\\u00") += hex[code >> 4]) += hex[code & 0xf];
    } else {
      out.push_back(code < 0x80 || readable ? c : '?');
    }
  }
  out.push_back('"');
}

}  // namespace

std::string json_quoted(std::string_view text) {
  std::string out;
  append_quoted(out, text, is_utf8(text));
  return out;
}

void JsonWriter::before_value() {
  if (comma_) out_.push_back(',');
  comma_ = true;
}

void JsonWriter::begin(char bracket) {
  before_value();
  out_.push_back(bracket);
  comma_ = false;
}

void JsonWriter::end(char bracket) {
  out_.push_back(bracket);
  comma_ = true;
}

void JsonWriter::key(std::string_view name) {
  text(name);
  out_.push_back(':');
  comma_ = false;
}

void JsonWriter::boolean(bool value) {
  before_value();
  out_.append(value ? "true" : "false");
}

void JsonWriter::number(std::int64_t value) {
  before_value();
  out_.append(std::to_string(value));
}

void JsonWriter::decimal_string(std::int64_t value) { text(std::to_string(value)); }

void JsonWriter::decimal_string(std::uint64_t value) { text(std::to_string(value)); }

void JsonWriter::text(std::string_view value) {
  core::require(is_utf8(value), "a text that is not UTF-8 is to be written");
  before_value();
  append_quoted(out_, value, true);
}

void JsonWriter::base64(std::string_view value) {
  before_value();
  out_.push_back('"');
  append_base64(out_, value);
  out_.push_back('"');
}

}  // namespace wire
