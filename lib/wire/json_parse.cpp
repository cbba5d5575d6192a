#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/src.hpp>
#include <charconv>
#include <cstddef>
#include <limits>
#include <optional>
#include <utility>

#include "wire/json_value.hpp"

namespace wire {
namespace {

using boost::system::error_code;

/// 5 of "5.0"; nothing if the fraction is another, or there is an exponent.
std::optional<std::int64_t> without_zero_fraction(std::string_view text) {
  const std::size_t point = text.find('.');
  if (point == std::string_view::npos) return std::nullopt;
  if (text.find_first_not_of('0', point + 1) != std::string_view::npos) return std::nullopt;
  std::int64_t value = 0;
  const char* const end = text.data() + point;
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return value;
}

/// Called back by Boost's parser piece by piece. Its own tree would keep the last of two members of
/// the same name and say nothing.
class TreeBuilder {
 public:
  explicit TreeBuilder(bool zero_fractions) : zero_fractions_(zero_fractions) {}

  static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_key_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_string_size = std::numeric_limits<std::size_t>::max();

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }

  bool on_object_begin(error_code&) { return open(JsonObject{}); }
  bool on_object_end(std::size_t, error_code& error) {
    if (auto repeated = repeated_name(std::get<JsonObject>(open_.back().value.held))) {
      repeated_ = std::move(repeated);
      error = boost::json::error::syntax;
      return false;
    }
    return close();
  }

  bool on_array_begin(error_code&) { return open(JsonArray{}); }
  bool on_array_end(std::size_t, error_code&) { return close(); }

  bool on_key_part(std::string_view part, std::size_t, error_code&) { return collect(part); }
  bool on_key(std::string_view part, std::size_t, error_code&) {
    collect(part);
    key_ = std::exchange(text_, {});
    return true;
  }

  bool on_string_part(std::string_view part, std::size_t, error_code&) { return collect(part); }
  bool on_string(std::string_view part, std::size_t, error_code&) {
    collect(part);
    return add(std::exchange(text_, {}));
  }

  bool on_number_part(std::string_view part, error_code&) { return collect(part); }
  bool on_int64(std::int64_t value, std::string_view, error_code&) {
    text_.clear();
    return add(value);
  }
  bool on_uint64(std::uint64_t, std::string_view, error_code&) {
    text_.clear();
    return add(JsonOtherNumber{});
  }
  bool on_double(double, std::string_view part, error_code&) {
    collect(part);
    const auto whole = without_zero_fraction(std::exchange(text_, {}));
    return whole && zero_fractions_ ? add(*whole) : add(JsonOtherNumber{});
  }
  bool on_bool(bool value, error_code&) { return add(value); }
  bool on_null(error_code&) { return add(JsonNull{}); }
  bool on_comment_part(std::string_view, error_code&) { return true; }
  bool on_comment(std::string_view, error_code&) { return true; }

  JsonValue take_root() { return std::move(root_); }
  const std::optional<std::string>& repeated() const { return repeated_; }

 private:
  static std::optional<std::string> repeated_name(const JsonObject& object) {
    std::vector<std::string_view> names;
    for (const JsonMember& member : object) names.push_back(member.name);
    std::ranges::sort(names);
    const auto twice = std::ranges::adjacent_find(names);
    if (twice == names.end()) return std::nullopt;
    return std::string(*twice);
  }

  bool collect(std::string_view part) {
    text_ += part;
    return true;
  }

  template <class T>
  bool open(T container) {
    open_.push_back({std::exchange(key_, {}), {std::move(container)}});
    return true;
  }

  bool close() {
    JsonMember closed = std::move(open_.back());
    open_.pop_back();
    key_ = std::move(closed.name);
    return add(std::move(closed.value.held));
  }

  template <class T>
  bool add(T held) {
    JsonValue value{std::move(held)};
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (auto* array = std::get_if<JsonArray>(&open_.back().value.held)) {
      array->push_back(std::move(value));
    } else {
      std::get<JsonObject>(open_.back().value.held)
          .push_back({std::exchange(key_, {}), std::move(value)});
    }
    return true;
  }

  bool zero_fractions_;
  JsonValue root_;
  std::vector<JsonMember> open_;  // the containers being filled, each with its own name
  std::string key_;               // the name of the member to come
  std::string text_;              // of a key, a string or a number, so far
  std::optional<std::string> repeated_;
};

Error syntax_error(const error_code& error, const TreeBuilder& builder, std::uint64_t at) {
  if (builder.repeated()) {
    return {
        ErrorCode::repeated_field, at,
        "the member \"" + *builder.repeated() + "\" stands twice at byte " + std::to_string(at)};
  }
  const ErrorCode code =
      error == boost::json::error::too_deep ? ErrorCode::too_deep : ErrorCode::syntax;
  return {code, at, "JSON: " + error.message() + " at byte " + std::to_string(at)};
}

}  // namespace

std::expected<JsonValue, Error> parse_json(std::string_view text, JsonLimits limits) {
  if (text.size() > limits.max_bytes) {
    return std::unexpected(Error{ErrorCode::too_large, 0,
                                 std::to_string(text.size()) + " bytes where at most " +
                                     std::to_string(limits.max_bytes) + " are accepted"});
  }
  boost::json::parse_options options;
  options.max_depth = limits.max_depth;
  boost::json::basic_parser<TreeBuilder> parser(options, limits.zero_fractions);
  error_code error;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), error);
  if (!error && used < text.size()) error = boost::json::error::extra_data;
  if (error) return std::unexpected(syntax_error(error, parser.handler(), used));
  return parser.handler().take_root();
}

}  // namespace wire
