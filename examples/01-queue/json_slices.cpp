#include "json_slices.hpp"

#include "wire/utf8.hpp"

namespace queue {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

/// Walks over a JSON text. Each function moves past what it names, or says no and stays near the
/// mistake.
class Scanner {
 public:
  Scanner(std::string_view text, std::uint32_t max_depth) : text_(text), levels_left_(max_depth) {}

  std::size_t at() const { return at_; }
  bool at_end() const { return at_ == text_.size(); }
  bool too_deep() const { return too_deep_; }
  std::string_view from(std::size_t start) const { return text_.substr(start, at_ - start); }

  void space() {
    while (!at_end() && std::string_view(" \t\n\r").contains(text_[at_])) ++at_;
  }

  bool take(char wanted) {
    if (at_end() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }

  bool value() {
    if (at_end()) return false;
    switch (text_[at_]) {
      case '{':
        return container('}', true);
      case '[':
        return container(']', false);
      case '"':
        return string();
      case 't':
        return word("true");
      case 'f':
        return word("false");
      case 'n':
        return word("null");
      default:
        return number();
    }
  }

  bool string() {
    if (!take('"')) return false;
    while (!at_end()) {
      const char c = text_[at_];
      if (static_cast<unsigned char>(c) < 0x20) return false;
      ++at_;
      if (c == '"') return true;
      if (c == '\\' && !escape()) return false;
    }
    return false;
  }

 private:
  bool word(std::string_view wanted) {
    if (!text_.substr(at_).starts_with(wanted)) return false;
    at_ += wanted.size();
    return true;
  }

  bool escape() {
    if (at_end()) return false;
    const char c = text_[at_++];
    if (c != 'u') return std::string_view("\"\\/bfnrt").contains(c);
    for (int i = 0; i < 4; ++i, ++at_) {
      if (at_end() || !is_hex(text_[at_])) return false;
    }
    return true;
  }

  bool digits() {
    const std::size_t start = at_;
    while (!at_end() && is_digit(text_[at_])) ++at_;
    return at_ > start;
  }

  bool number() {
    take('-');
    if (!take('0') && !digits()) return false;
    if (take('.') && !digits()) return false;
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      return digits();
    }
    return true;
  }

  bool member() {
    if (!string()) return false;
    space();
    if (!take(':')) return false;
    space();
    return value();
  }

  bool container(char close, bool members) {
    if (levels_left_ == 0) {
      too_deep_ = true;
      return false;
    }
    --levels_left_;
    ++at_;
    space();
    if (!take(close)) {
      do {
        space();
        if (!(members ? member() : value())) return false;
        space();
      } while (take(','));
      if (!take(close)) return false;
    }
    ++levels_left_;
    return true;
  }

  std::string_view text_;
  std::uint64_t at_ = 0;
  std::uint32_t levels_left_;
  bool too_deep_ = false;
};

constexpr std::uint32_t any_depth = UINT32_MAX;  // for a text whose depth has been checked

}  // namespace

std::expected<std::string_view, std::string> json_value(std::string_view text,
                                                        std::uint32_t max_depth) {
  if (!wire::is_utf8(text)) return std::unexpected("the text is not UTF-8");
  Scanner scanner(text, max_depth);
  scanner.space();
  const std::size_t start = scanner.at();
  const bool good = scanner.value();
  const std::string_view value = scanner.from(start);
  scanner.space();
  if (scanner.too_deep()) {
    return std::unexpected("the JSON nests more than " + std::to_string(max_depth) + " deep");
  }
  if (!good || !scanner.at_end()) {
    return std::unexpected("not JSON at byte " + std::to_string(scanner.at()));
  }
  return value;
}

std::optional<std::vector<JsonMember>> json_members(std::string_view value) {
  Scanner scanner(value, any_depth);
  if (!scanner.take('{')) return {};
  std::vector<JsonMember> members;
  scanner.space();
  while (!scanner.take('}')) {
    const std::size_t name = scanner.at();
    if (!scanner.string()) return {};
    const std::string_view quoted = scanner.from(name);
    scanner.space();
    if (!scanner.take(':')) return {};
    scanner.space();
    const std::size_t start = scanner.at();
    if (!scanner.value()) return {};
    members.push_back({quoted.substr(1, quoted.size() - 2), scanner.from(start)});
    scanner.space();
    scanner.take(',');
    scanner.space();
  }
  return members;
}

std::optional<std::vector<std::string_view>> json_elements(std::string_view value) {
  Scanner scanner(value, any_depth);
  if (!scanner.take('[')) return {};
  std::vector<std::string_view> elements;
  scanner.space();
  while (!scanner.take(']')) {
    const std::size_t start = scanner.at();
    if (!scanner.value()) return {};
    elements.push_back(scanner.from(start));
    scanner.space();
    scanner.take(',');
    scanner.space();
  }
  return elements;
}

}  // namespace queue
