#include "sim/text.hpp"

#include <charconv>

#include "wire/utf8.hpp"

namespace sim {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool prints(char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; }

struct Unit {
  std::string_view name;
  std::int64_t microseconds;
};
constexpr Unit units[] = {{"s", 1'000'000}, {"ms", 1'000}, {"us", 1}};

}  // namespace

void TextWriter::duration(core::Duration value) {
  for (const Unit& unit : units) {
    if (value.count() % unit.microseconds == 0) {
      number(std::int64_t{value.count() / unit.microseconds});
      raw(unit.name);
      return;
    }
  }
}

void TextWriter::quoted(std::string_view value) {
  out_ += '"';
  for (const char c : value.substr(0, max_string_)) {
    if (prints(c)) {
      out_ += c;
    } else if (c == '"' || c == '\\') {
      out_ += '\\';
      out_ += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out_ += "\\x";
      out_ += hex_digits[byte >> 4];
      out_ += hex_digits[byte & 15];
    }
  }
  out_ += '"';
  if (value.size() > max_string_) out_ += "...(" + std::to_string(value.size()) + " bytes)";
}

bool TextReader::fail(const std::string& what) {
  if (error_.empty()) error_ = what + " (column " + std::to_string(at_ + 1) + ")";
  return false;
}

void TextReader::skip_spaces() {
  while (at_ < text_.size() && text_[at_] == ' ') ++at_;
}

bool TextReader::take(char wanted) {
  skip_spaces();
  if (at_ >= text_.size() || text_[at_] != wanted) return false;
  ++at_;
  return true;
}

bool TextReader::expect(char wanted) {
  return take(wanted) || fail(std::string("wanted '") + wanted + "'");
}

bool TextReader::at_end() {
  skip_spaces();
  return at_ == text_.size() || fail("something is left over");
}

bool TextReader::enter() {
  ++depth_;
  return depth_ <= max_depth || fail("nested too deep");
}

bool TextReader::word(std::string_view& value) {
  const std::size_t start = at_;
  while (at_ < text_.size() && is_word(text_[at_])) ++at_;
  value = text_.substr(start, at_ - start);
  return !value.empty() || fail("wanted a word");
}

bool TextReader::number(std::int64_t low, std::int64_t high, std::int64_t& value) {
  skip_spaces();
  const char* begin = text_.data() + at_;
  const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), value);
  if (error != std::errc() || value < low || value > high) {
    return fail("wanted a number from " + std::to_string(low) + " to " + std::to_string(high));
  }
  at_ += static_cast<std::size_t>(end - begin);
  return true;
}

bool TextReader::number(std::uint64_t high, std::uint64_t& value) {
  skip_spaces();
  const char* begin = text_.data() + at_;
  const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), value);
  if (error != std::errc() || value > high) {
    return fail("wanted a number from 0 to " + std::to_string(high));
  }
  at_ += static_cast<std::size_t>(end - begin);
  return true;
}

/// A whole number or a decimal fraction, and its unit: no more digits than the unit has
/// microseconds.
bool TextReader::duration(core::Duration& value) {
  constexpr std::int64_t max_seconds = 9'000'000'000'000;
  std::int64_t whole = 0;
  if (!number(-max_seconds * 1'000'000, max_seconds * 1'000'000, whole)) return false;
  std::string_view fraction;
  if (at_ < text_.size() && text_[at_] == '.') {
    const std::size_t start = ++at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    fraction = text_.substr(start, at_ - start);
  }
  std::string_view name;
  if (!word(name)) return false;
  for (const Unit& unit : units) {
    if (unit.name != name) continue;
    std::int64_t scale = unit.microseconds;
    if (whole > max_seconds * 1'000'000 / scale || whole < -max_seconds * 1'000'000 / scale) {
      return fail("a time beyond nine million million seconds");
    }
    std::int64_t total = whole * scale;
    for (const char digit : fraction) {
      if (scale == 1) return fail("a time finer than a microsecond");
      scale /= 10;
      total += (digit - '0') * scale;
    }
    if (!fraction.empty() && whole < 0) return fail("a negative time with a fraction");
    value = core::Duration(total);
    return true;
  }
  return fail("wanted a unit: s, ms or us");
}

bool TextReader::text(std::string& value) {
  return quoted(value) && (wire::is_utf8(value) || fail("a text that is not UTF-8"));
}

bool TextReader::quoted(std::string& value) {
  value.clear();
  if (!expect('"')) return false;
  while (at_ < text_.size() && text_[at_] != '"') {
    char c = text_[at_++];
    if (c == '\\' && at_ < text_.size()) {
      c = text_[at_++];
      if (c == 'x') {
        const std::size_t high = at_ < text_.size() ? hex_digits.find(text_[at_]) : hex_digits.npos;
        const std::size_t low =
            at_ + 1 < text_.size() ? hex_digits.find(text_[at_ + 1]) : hex_digits.npos;
        if (high == hex_digits.npos || low == hex_digits.npos) return fail("a bad \\x escape");
        c = static_cast<char>(static_cast<unsigned char>(high << 4 | low));
        at_ += 2;
      } else if (c != '"' && c != '\\') {
        return fail("an unknown escape");
      }
    }
    value += c;
  }
  if (at_ == text_.size()) return fail("a text without its closing quote");
  ++at_;
  return true;
}

}  // namespace sim
