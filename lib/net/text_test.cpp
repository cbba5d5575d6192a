#include "net/text.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "net/http.hpp"
#include "net/json_object.hpp"

namespace net {
namespace {

using namespace std::string_view_literals;

TEST(Text, TakesADecimalNumberAndNothingElse) {
  EXPECT_EQ(parse_number("0"), 0u);
  EXPECT_EQ(parse_number("17"), 17u);
  EXPECT_EQ(parse_number("18446744073709551615"), UINT64_MAX);
  for (const char* text : {"", "-1", "+1", "01", "00", "1.0", "1e3", " 1", "1 ", "0x1", "ten",
                           "18446744073709551616"}) {
    EXPECT_FALSE(parse_number(text)) << text;
  }
}

TEST(Text, KnowsAnAddress) {
  for (const char* text : {"127.0.0.1:4100", "broker:1", "[::1]:65535", "a-b_c.example:80"}) {
    EXPECT_TRUE(is_address(text)) << text;
  }
  for (const char* text : {"", "broker", ":4100", "broker:", "broker:http", "broker:0",
                           "broker:65536", "broker:-1", "a b:1", "a/b:1", "\"a\":1"}) {
    EXPECT_FALSE(is_address(text)) << text;
  }
  EXPECT_TRUE(is_address(std::string(253, 'a') + ":1"));
  EXPECT_FALSE(is_address(std::string(254, 'a') + ":1"));
}

TEST(Text, QuotesASenderOnlyUpToALength) {
  EXPECT_EQ(with_form("not JSON", "{}"), "not JSON; the body must be {}");
  EXPECT_EQ(with_form(std::string(201, 'x'), "{}"),
            std::string(200, 'x') + "...; the body must be {}");
}

TEST(Text, TakesApartWhatStandsBehindTheQuestionMark) {
  constexpr std::array known = {"after"sv, "max"sv};
  EXPECT_EQ(query_in("", known), QueryParameters());
  EXPECT_EQ(query_in("max=5", known), (QueryParameters{{"max", "5"}}));
  EXPECT_EQ(query_in("max=&after=a=b", known), (QueryParameters{{"after", "a=b"}, {"max", ""}}));
  EXPECT_EQ(query_in("max", known), (QueryParameters{{"max", ""}}));
}

TEST(Text, RefusesWhatThePathDoesNotTake) {
  constexpr std::array known = {"after"sv, "max"sv};
  EXPECT_EQ(query_in("least=5", known).error(), "behind the '?' this path takes only after, max");
  EXPECT_EQ(query_in("Max=5", known).error(), "behind the '?' this path takes only after, max");
  EXPECT_EQ(query_in("&", known).error(), "behind the '?' this path takes only after, max");
  EXPECT_EQ(query_in("x", {}).error(), "behind the '?' this path takes nothing");
  EXPECT_EQ(query_in("max=1&max=1", known).error(), "max stands twice behind the '?'");
  EXPECT_FALSE(query_in("max=1&", known));
  EXPECT_FALSE(query_in("max=1&&after=1", known));
}

TEST(JsonObject, HasItsMembersInOrder) {
  EXPECT_EQ(ObjectText().take(), "{}");
  EXPECT_EQ(ObjectText().text("a", "\"").number("b", 7).json("c", "[1.50]").take(),
            R"({"a":"\"","b":7,"c":[1.50]})");
  const auto quoted = [](int number) { return std::to_string(number); };
  EXPECT_EQ(array_text(std::array<int, 0>(), quoted), "[]");
  EXPECT_EQ(array_text(std::array{1, 2}, quoted), "[1,2]");
}

TEST(Problem, MayHaveMembersOfItsOwn) {
  EXPECT_EQ(problem(404, "It is not here.").body.view(),
            "{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404,"
            "\"detail\":\"It is not here.\"}\n");
  const HttpResponse more = problem(504, "Who knows.", {{"reason", "unknown"}, {"outcome", "\n"}});
  EXPECT_EQ(more.status, 504u);
  EXPECT_EQ(more.content_type, "application/problem+json");
  EXPECT_EQ(more.body.view(),
            "{\"type\":\"about:blank\",\"title\":\"Gateway Timeout\",\"status\":504,"
            "\"detail\":\"Who knows.\",\"reason\":\"unknown\",\"outcome\":\"\\u000a\"}\n");
}

}  // namespace
}  // namespace net
