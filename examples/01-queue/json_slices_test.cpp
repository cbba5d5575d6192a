#include "json_slices.hpp"

#include <gtest/gtest.h>

#include <string>

namespace queue {
namespace {

TEST(JsonSlices, KeepEveryByteOfAValue) {
  for (const std::string text :
       {"null", "true", "false", "0", "-0", "1.50", "123456789012345678901234567890", "-1e999",
        "2E+07", "\"\"", "\"a\\u00e9\\n\"", "\"caf\xc3\xa9\"", "[]", "{}", "[1 , [ ]]",
        "{\"b\":1,\"a\":2,\"b\":3}"}) {
    EXPECT_EQ(json_value(" \n" + text + "\t"), std::string_view(text));
  }
}

TEST(JsonSlices, RefuseWhatIsNotJson) {
  for (const std::string text :
       {"",      " ",          "nul",  "truey", "01",    "-",        "1.",          ".5",
        "1e",    "+1",         "NaN",  "'a'",   "\"",    "\"\\x\"",  "\"\\u12g4\"", "\"a\nb\"",
        "[",     "[1",         "[1,]", "[,1]",  "[1 2]", "{",        "{\"a\"}",     "{\"a\":}",
        "{a:1}", "{\"a\":1,}", "1 2",  "{}}",   "\xff",  "\"\xc3\"", "// no\n1"}) {
    EXPECT_FALSE(json_value(text).has_value()) << text;
  }
}

TEST(JsonSlices, RefuseTextThatEndsAnywhereInAValue) {
  const std::string whole = "{\"payload\": [1.5e+3, \"a\\u00e9\", {\"b\": null}]}";
  ASSERT_TRUE(json_value(whole).has_value());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(json_value(whole.substr(0, size)).has_value()) << size;
  }
}

TEST(JsonSlices, BoundHowDeepAValueNests) {
  const auto nested = [](int depth) {
    return std::string(static_cast<std::size_t>(depth), '[') +
           std::string(static_cast<std::size_t>(depth), ']');
  };
  EXPECT_TRUE(json_value(nested(32)).has_value());
  EXPECT_EQ(json_value(nested(33)).error(), "the JSON nests more than 32 deep");
  EXPECT_FALSE(json_value(std::string(1'000'000, '[')).has_value());
  EXPECT_TRUE(json_value("[" + nested(31) + "," + nested(31) + "]").has_value());
}

TEST(JsonSlices, CutAnObjectIntoItsMembers) {
  const auto members = json_members("{ \"a\" : 1.50 , \"b\":{\"c\": []},\"\\u0061\":\"x\"}");
  ASSERT_TRUE(members && members->size() == 3U);
  EXPECT_EQ(members->at(0).name, "a");
  EXPECT_EQ(members->at(0).value, "1.50");
  EXPECT_EQ(members->at(1).value, "{\"c\": []}");
  EXPECT_EQ(members->at(2).name, "\\u0061");
  EXPECT_FALSE(json_members("[1]").has_value());
  EXPECT_EQ(json_members("{ }")->size(), 0U);
}

TEST(JsonSlices, CutAnArrayIntoItsElements) {
  const auto elements = json_elements("[ 1 ,\"a,b\",[2, 3] ]");
  ASSERT_TRUE(elements && elements->size() == 3U);
  EXPECT_EQ(elements->at(1), "\"a,b\"");
  EXPECT_EQ(elements->at(2), "[2, 3]");
  EXPECT_FALSE(json_elements("{}").has_value());
  EXPECT_EQ(json_elements("[]")->size(), 0U);
}

}  // namespace
}  // namespace queue
