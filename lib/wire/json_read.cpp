#include "wire/json_read.hpp"

#include <charconv>

#include "wire/base64.hpp"

namespace wire {
namespace {

std::string_view kind_of(const JsonValue& value) {
  struct Name {
    std::string_view operator()(const JsonNull&) { return "null"; }
    std::string_view operator()(const bool&) { return "true or false"; }
    std::string_view operator()(const std::int64_t&) { return "an integer"; }
    std::string_view operator()(const JsonOtherNumber&) {
      return "a number with a fraction, an exponent or too many digits";
    }
    std::string_view operator()(const std::string&) { return "a text"; }
    std::string_view operator()(const JsonArray&) { return "an array"; }
    std::string_view operator()(const JsonObject&) { return "an object"; }
  };
  return std::visit(Name{}, value.held);
}

template <class Number>
bool parse_decimal(JsonReader& in, const JsonValue& from, Number& value) {
  if (!in.expect<std::string>(from, "a string of digits")) return false;
  const std::string& text = std::get<std::string>(from.held);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) {
    return in.fail(ErrorCode::out_of_range, "a number that does not fit");
  }
  if (error != std::errc() || text != std::to_string(value)) {
    return in.fail(ErrorCode::not_canonical, "a string that is not a plain decimal number");
  }
  return true;
}

}  // namespace

bool JsonReader::number(const JsonValue& from, std::int64_t low, std::int64_t high,
                        std::int64_t& value) {
  if (!expect<std::int64_t>(from, "an integer")) return false;
  value = std::get<std::int64_t>(from.held);
  if (value >= low && value <= high) return true;
  return fail(ErrorCode::out_of_range, std::to_string(value) + " is not from " +
                                           std::to_string(low) + " to " + std::to_string(high));
}

bool JsonReader::decimal_string(const JsonValue& from, std::int64_t& value) {
  return parse_decimal(*this, from, value);
}

bool JsonReader::decimal_string(const JsonValue& from, std::uint64_t& value) {
  return parse_decimal(*this, from, value);
}

bool JsonReader::base64(const JsonValue& from, core::Bytes& value) {
  if (!expect<std::string>(from, "a text in base64")) return false;
  auto bytes = decode_base64(std::get<std::string>(from.held));
  if (!bytes) return fail(ErrorCode::not_canonical, "a text that is not base64");
  value = core::Bytes(std::move(*bytes));
  return true;
}

bool JsonReader::fail(ErrorCode code, const std::string& problem) {
  error_ = Error{code, 0, context.prefix() + problem};
  return false;
}

bool JsonReader::fail_kind(const JsonValue& value, std::string_view wanted) {
  return fail(ErrorCode::wrong_kind,
              std::string(kind_of(value)) + " where " + std::string(wanted) + " is needed");
}

JsonValue* find_member(JsonObject& object, std::string_view name) {
  const auto found = std::ranges::find(object, name, &JsonMember::name);
  return found == object.end() ? nullptr : &found->value;
}

}  // namespace wire
