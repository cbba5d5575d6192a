#include "wire/json.hpp"

#include <gtest/gtest.h>

#include <string>

#include "wire/base64.hpp"
#include "wire/golden_test.hpp"
#include "wire/samples_test.hpp"

namespace {

using sample::Command;
using sample::Drop;
using sample::Everything;
using sample::Point;
using sample::Put;
using wire::ErrorCode;
using wire::from_json;
using wire::to_json;
using namespace std::string_literals;

template <class T>
std::string why_not(const std::string& text) {
  const auto read = from_json<T>(text);
  return read ? "read" : read.error().what;
}

struct Numbers {
  std::uint8_t small = 0;
  std::int8_t tiny = 0;
  std::uint64_t big = 0;
  std::int64_t wide = 0;
};

constexpr auto describe(wire::Type<Numbers>) {
  return wire::record<1>(
      "numbers", wire::field<1>("small", &Numbers::small), wire::field<2>("tiny", &Numbers::tiny),
      wire::field<3>("big", &Numbers::big), wire::field<4>("wide", &Numbers::wide));
}

std::string numbers(const std::string& small, const std::string& tiny, const std::string& big,
                    const std::string& wide) {
  return "{\"small\":" + small + ",\"tiny\":" + tiny + ",\"big\":" + big + ",\"wide\":" + wide +
         "}";
}

TEST(Json, ReadsBackWhatItWrote) {
  EXPECT_EQ(from_json<Everything>(to_json(sample::full())), sample::full());
  EXPECT_EQ(from_json<Everything>(to_json(Everything{})), Everything{});
}

TEST(Json, WritesRecordsAndVariantsByName) {
  EXPECT_EQ(to_json(Point{1, -2}), R"({"x":1,"y":-2})");
  EXPECT_EQ(to_json(Command(Drop{})), R"({"type":"drop"})");
  EXPECT_EQ(to_json(Command(Put{"k", core::Bytes("v")})),
            R"({"type":"put","key":"k","value":"dg=="})");
}

TEST(Json, EscapesWhatJsonMustEscape) {
  EXPECT_EQ(to_json("\"\\/\n\x01\x1f\x7f\u00fc"s), "\"\\\"\\\\/\\u000a\\u0001\\u001f\x7f\u00fc\"");
  EXPECT_EQ(from_json<std::string>(R"("\u00fc\ud83d\ude00\n")"), "\u00fc\U0001f600\n");
}

TEST(Json, TakesMembersInAnyOrderWithSpaces) {
  EXPECT_EQ(from_json<Point>(" { \"y\" : 2 ,\n\"x\" : 1 } "), (Point{1, 2}));
  EXPECT_EQ(from_json<Command>(R"({"key":"k","type":"drop"})"), Command(Drop{"k"}));
}

TEST(Json, NamesTypeAndFieldOfWhatIsWrong) {
  EXPECT_EQ(why_not<Point>(R"({"x":1,"y":2,"z":3})"), "point: unknown field \"z\"");
  EXPECT_EQ(why_not<Point>(R"({"x":1})"), "point.y: this field is missing");
  EXPECT_EQ(why_not<Point>(R"({"x":"1","y":2})"), "point.x: a text where an integer is needed");
  EXPECT_EQ(why_not<Point>(R"({"x":1.0,"y":2})"),
            "point.x: a number with a fraction, an exponent or too many digits where an integer is "
            "needed");
  EXPECT_EQ(why_not<Point>(R"({"x":null,"y":2})"), "point.x: null where an integer is needed");
  EXPECT_EQ(why_not<Point>("[]"), "an array where an object is needed");
  EXPECT_EQ(why_not<Point>(R"({"type":"point","x":1,"y":2})"), "point: unknown field \"type\"");
  EXPECT_EQ(why_not<Command>("{}"), "the member \"type\" is missing");
  EXPECT_EQ(why_not<Command>(R"({"type":7})"), "an integer where a text as \"type\" is needed");
  EXPECT_EQ(why_not<Command>(R"({"type":"pop"})"), "unknown type \"pop\"");
  EXPECT_EQ(why_not<Command>(R"({"type":"drop","x":1})"), "drop: unknown field \"x\"");
  EXPECT_EQ(why_not<sample::Color>("\"pink\""), "unknown value \"pink\"");
  EXPECT_EQ(why_not<core::Bytes>("\"a\""), "a text that is not base64");
}

TEST(Json, TakesAZeroFractionForNothingWhereItIsAsked) {
  const auto read = [](const std::string& x) {
    return from_json<Point>("{\"x\":" + x + ",\"y\":2}", {.zero_fractions = true});
  };
  for (const char* one : {"1.0", "1.000", "1"}) EXPECT_EQ(read(one), (Point{1, 2})) << one;
  EXPECT_EQ(read("-1.0"), (Point{-1, 2}));
  EXPECT_EQ(read("-0.0"), (Point{0, 2}));
  for (const char* other : {"1.5", "1.01", "1e0", "1.0e0", "9223372036854775808.0", "1e99"}) {
    EXPECT_EQ(read(other).error().code, ErrorCode::wrong_kind) << other;
  }
}

TEST(Json, RefusesAMemberThatStandsTwice) {
  EXPECT_EQ(from_json<Point>(R"({"x":1,"y":2,"x":3})").error().what,
            "the member \"x\" stands twice at byte 18");
  EXPECT_EQ(from_json<Point>(R"({"x":1,"y":2,"\u0078":3})").error().code,
            ErrorCode::repeated_field);
}

TEST(Json, RefusesNumbersThatDoNotFit) {
  EXPECT_TRUE(from_json<Numbers>(
      numbers("255", "-128", "\"18446744073709551615\"", "\"-9223372036854775808\"")));
  const auto code = [](const std::string& text) { return from_json<Numbers>(text).error().code; };
  EXPECT_EQ(code(numbers("256", "0", "\"0\"", "\"0\"")), ErrorCode::out_of_range);
  EXPECT_EQ(code(numbers("-1", "0", "\"0\"", "\"0\"")), ErrorCode::out_of_range);
  EXPECT_EQ(code(numbers("0", "-129", "\"0\"", "\"0\"")), ErrorCode::out_of_range);
  EXPECT_EQ(code(numbers("18446744073709551615", "0", "\"0\"", "\"0\"")), ErrorCode::wrong_kind);
  EXPECT_EQ(code(numbers("0", "0", "\"18446744073709551616\"", "\"0\"")), ErrorCode::out_of_range);
  EXPECT_EQ(code(numbers("0", "0", "\"0\"", "\"9223372036854775808\"")), ErrorCode::out_of_range);
}

TEST(Json, Takes64BitNumbersOnlyAsPlainDecimalStrings) {
  for (const char* bad : {"\"\"", "\"01\"", "\"+1\"", "\"-1\"", "\"-0\"", "\" 1\"", "\"1 \"",
                          "\"0x1\"", "\"1e3\"", "\"1.0\""}) {
    const auto read = from_json<std::uint64_t>(bad);
    ASSERT_FALSE(read) << bad;
    EXPECT_EQ(read.error().code, ErrorCode::not_canonical) << bad;
  }
  EXPECT_EQ(from_json<std::uint64_t>("1").error().code, ErrorCode::wrong_kind);
  EXPECT_EQ(from_json<std::int64_t>("\"-0\"").error().code, ErrorCode::not_canonical);
  EXPECT_EQ(from_json<std::int64_t>("\"-1\""), -1);
}

TEST(Json, RefusesWhatIsNotJson) {
  for (const char* bad :
       {"",        " ",       "{",      "{\"x\":1",    "[1,]",     "{\"x\":1,}",  "1 2",
        "{} {}",   "nul",     "'a'",    "\"a",         "01",       "+1",          "NaN",
        "// c\n1", "\"\\x\"", "\"\n\"", "\"\\ud800\"", "\"\xff\"", "\"\xc0\x80\""}) {
    EXPECT_EQ(from_json<Point>(bad).error().code, ErrorCode::syntax) << bad;
  }
}

TEST(Json, BoundsSizeAndDepth) {
  const std::string one = R"({"x":1,"y":2})";
  EXPECT_TRUE(from_json<Point>(one, {.max_bytes = one.size()}));
  EXPECT_EQ(from_json<Point>(one, {.max_bytes = one.size() - 1}).error().code,
            ErrorCode::too_large);
  EXPECT_EQ(from_json<Point>(std::string(100'000, '[')).error().code, ErrorCode::too_deep);
  EXPECT_EQ(
      from_json<sample::Tree>(R"({"children":[{"children":[]}]})", {.max_depth = 3}).error().code,
      ErrorCode::too_deep);
  EXPECT_TRUE(from_json<sample::Tree>(R"({"children":[{"children":[]}]})", {.max_depth = 4}));
}

TEST(Json, TakesExactlyOneOfValueAndError) {
  using Result = std::expected<Point, sample::Color>;
  EXPECT_EQ(from_json<Result>(R"({"value":{"x":1,"y":2}})").value(), Result(Point{1, 2}));
  EXPECT_EQ(from_json<Result>(R"({"error":"red"})").value(),
            Result(std::unexpected(sample::Color::red)));
  for (const char* bad : {"{}", R"({"error":"red","value":{"x":1,"y":2}})", R"({"oops":1})"}) {
    EXPECT_EQ(from_json<Result>(bad).error().code, ErrorCode::unknown_type) << bad;
  }
}

TEST(JsonDeathTest, AbortsOnTextThatIsNotUtf8) {
  EXPECT_DEATH((void)to_json("\xff"s), "not UTF-8");
}

TEST(Base64, GivesThePublishedValues) {  // RFC 4648, section 10
  const std::vector<std::pair<std::string, std::string>> published = {{"", ""},
                                                                      {"f", "Zg=="},
                                                                      {"fo", "Zm8="},
                                                                      {"foo", "Zm9v"},
                                                                      {"foob", "Zm9vYg=="},
                                                                      {"fooba", "Zm9vYmE="},
                                                                      {"foobar", "Zm9vYmFy"},
                                                                      {"\xfb\xff", "+/8="}};
  for (const auto& [bytes, text] : published) {
    std::string out;
    wire::append_base64(out, bytes);
    EXPECT_EQ(out, text);
    EXPECT_EQ(wire::decode_base64(text), bytes);
  }
}

TEST(Base64, RefusesWhatItWouldNotWrite) {
  for (const char* bad : {"Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "====", "Z===", "Zg==Zg==",
                          "Zm 9", "Zm9-", "=Zg=", "Zm9v\n"}) {
    EXPECT_FALSE(wire::decode_base64(bad)) << bad;
  }
}

TEST(Messages, KeepTheirFormat) {
  wire::Golden golden("samples");
  golden.add("everything, full", sample::full());
  golden.add("everything, default", Everything{});
  golden.add("put", Command(Put{"k", core::Bytes("v")}));
  golden.add("drop", Command(Drop{}));
  golden.expect_every_alternative<Command>();
  golden.check();
}

TEST(Contract, KeepsItsFormat) {
  wire::Golden golden("contract");
  for (const auto& input : sample::inputs()) golden.add(std::string(wire::name_of(input)), input);
  for (const auto& input : sample::client_inputs())
    golden.add("client: " + std::string(wire::name_of(input)), input);
  using Protocol = sample::Protocol;
  golden.add("loaded: damaged", core::Input<Protocol>(core::Loaded<Protocol>{
                                    {8}, std::unexpected(core::LoadError::damaged)}));
  golden.add("answer: a result",
             core::ClientInput<Protocol>(core::Answer<Protocol>{{1}, Point{3, 4}}));
  golden.add("ready", sample::ready());
  golden.add("ready, empty", core::Ready<Protocol>{});
  golden.add("client ready", sample::client_ready());
  golden.add("client ready, empty", core::ClientReady<Protocol>{});
  golden.add("now", core::Now{core::Instant(std::chrono::seconds(1)),
                              core::UnixTime(std::chrono::seconds(2))});
  golden.expect_every_alternative<core::Input<Protocol>>();
  golden.expect_every_alternative<core::ClientInput<Protocol>>();
  golden.check();
}

}  // namespace
