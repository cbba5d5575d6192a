#include <gtest/gtest.h>

#include <string>

#include "wire/golden_test.hpp"
#include "wire/samples_test.hpp"
#include "wire/utf8.hpp"
#include "wire/wire.hpp"

namespace {

using sample::Color;
using sample::Command;
using sample::Drop;
using sample::Point;
using sample::Put;
using sample::Tree;
using wire::decode;
using wire::encode;
using wire::ErrorCode;
using namespace std::string_literals;

template <class T>
std::string why_not(const std::string& bytes) {
  const auto read = decode<T>(bytes);
  return read ? "decoded" : read.error().what;
}

Tree nested(std::uint32_t depth) {
  Tree tree;
  for (std::uint32_t i = 1; i < depth; ++i) {
    Tree outer;
    outer.children.push_back(std::move(tree));
    tree = std::move(outer);
  }
  return tree;
}

TEST(Binary, WritesEveryFieldAsItsNumberAndItsValue) {
  EXPECT_EQ(wire::to_hex(encode(Point{1, -1})),
            "0102"
            "0201"
            "00");
  EXPECT_EQ(wire::to_hex(encode(Put{"ab", core::Bytes("c")})),
            "01026162"
            "030163"
            "00");
}

TEST(Binary, LeavesEmptyOptionalFieldsOut) {
  EXPECT_EQ(wire::to_hex(encode(Drop{})), "00");
  EXPECT_EQ(wire::to_hex(encode(Drop{""})),
            "0100"
            "00");
}

TEST(Binary, TellsAlternativesByTheirTypeNumber) {
  EXPECT_EQ(wire::to_hex(encode(Command(Drop{}))),
            "c801"
            "00");
  EXPECT_EQ(wire::to_hex(encode(Command(Put{}))),
            "02"
            "0100"
            "0300"
            "00");
}

TEST(Binary, ReadsBackWhatItWrote) {
  EXPECT_EQ(decode<sample::Everything>(encode(sample::full())), sample::full());
  EXPECT_EQ(decode<sample::Everything>(encode(sample::Everything{})), sample::Everything{});
}

TEST(Binary, ClearsWhatADefaultValueBringsAlong) {
  Drop read{"old"};
  const std::string bytes = encode(Drop{});
  wire::Reader reader{std::string_view(bytes)};
  ASSERT_TRUE(wire::Binary<Drop>::read(reader, read));
  EXPECT_EQ(read, Drop{});
}

TEST(Binary, NamesTypeAndFieldOfWhatIsWrong) {
  EXPECT_EQ(why_not<Point>("\x01\x02\x02\x01\x09\x00"s), "point: unknown field 9 at byte 4");
  EXPECT_EQ(why_not<Point>("\x01\x02\x09\x00"s), "point: unknown field 9 at byte 2");
  EXPECT_EQ(why_not<Point>("\x01\x02\x00"s), "point: no field y at byte 2");
  EXPECT_EQ(why_not<Point>("\x02\x02\x00"s), "point: no field x at byte 0");
  EXPECT_EQ(why_not<Point>("\x01\x02\x01\x02\x00"s),
            "point: repeated or misplaced field 1 at byte 2");
  EXPECT_EQ(why_not<Point>("\x01\x02\x02\x01\x02\x01\x00"s),
            "point: repeated or misplaced field 2 at byte 4");
  EXPECT_EQ(why_not<Point>("\x02\x01\x01\x02\x00"s), "point: no field x at byte 0");
  EXPECT_EQ(why_not<Command>("\x07\x00"s), "unknown type 7 at byte 0");
  EXPECT_EQ(why_not<Color>("\x03"s), "unknown value 3 at byte 0");
  EXPECT_EQ(why_not<core::Write<sample::Protocol>>("\x01\x03"s),
            "write.lane: unknown value 3 at byte 1");
  EXPECT_EQ(why_not<core::Loaded<sample::Protocol>>("\x01\x01\x02\x03"s),
            "loaded.writes: neither value nor error: 3 at byte 3");
}

TEST(Binary, SaysWhereTheInputEnds) {
  EXPECT_EQ(why_not<Point>(""s), "point: the input ends at byte 0");
  EXPECT_EQ(why_not<Point>("\x01"s), "point.x: the input ends at byte 1");
  EXPECT_EQ(why_not<Put>("\x01\x05"s
                         "ab"),
            "put.key: a count or length of 5 where 2 bytes are left at byte 1");
  EXPECT_EQ(why_not<Point>("\x01\x02\x02\x01\x00\x00"s), "1 bytes too many at byte 5");
}

TEST(Binary, RefusesEveryTruncation) {
  const std::string whole = encode(sample::full());
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(decode<sample::Everything>(whole.substr(0, length))) << length;
  }
}

TEST(Binary, RefusesAValueWrittenInAnyOtherWay) {
  EXPECT_EQ(decode<std::uint64_t>("\x81\x00"s).error().code, ErrorCode::not_canonical);
  EXPECT_EQ(decode<std::uint64_t>("\x80\x00"s).error().code, ErrorCode::not_canonical);
  EXPECT_EQ(decode<bool>("\x02"s).error().code, ErrorCode::not_canonical);
  EXPECT_EQ(decode<Point>("\x01\x02\x82\x00\x01\x00"s).error().code, ErrorCode::not_canonical);
}

TEST(Binary, RefusesNumbersThatDoNotFit) {
  const std::string most = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
  const std::string more = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02";
  EXPECT_EQ(decode<std::uint64_t>(most), UINT64_MAX);
  EXPECT_EQ(decode<std::uint64_t>(more).error().code, ErrorCode::out_of_range);
  EXPECT_EQ(decode<std::uint64_t>(std::string(20, '\x80')).error().code, ErrorCode::out_of_range);
  EXPECT_EQ(decode<std::uint8_t>(encode(std::uint32_t{256})).error().code, ErrorCode::out_of_range);
  EXPECT_EQ(decode<std::int8_t>(encode(std::int32_t{128})).error().code, ErrorCode::out_of_range);
  EXPECT_EQ(decode<std::int8_t>(encode(std::int32_t{-129})).error().code, ErrorCode::out_of_range);
  EXPECT_EQ(decode<std::int8_t>(encode(std::int32_t{-128})), std::int8_t{-128});
}

TEST(Binary, RefusesTextThatIsNotUtf8ButTakesAnyBytes) {
  EXPECT_EQ(decode<std::string>("\x01\xff"s).error().code, ErrorCode::not_utf8);
  EXPECT_EQ(decode<core::Bytes>("\x01\xff"s), core::Bytes("\xff"));
}

TEST(Binary, BoundsSizeAndDepth) {
  EXPECT_EQ(decode<core::Bytes>("\x03"s
                                "abc",
                                3)
                .error()
                .code,
            ErrorCode::too_large);
  EXPECT_TRUE(
      decode<core::Bytes>("\x03"s
                          "abc",
                          4));
  EXPECT_TRUE(decode<Tree>(encode(nested(wire::max_depth))));
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "\x01\x01";
  EXPECT_EQ(decode<Tree>(deep).error().code, ErrorCode::too_deep);
}

TEST(Binary, SharesPayloadsWithABufferThatOutlivesTheMessage) {
  core::Bytes payload;
  {
    const core::Bytes buffer(encode(Put{"key", core::Bytes(std::string(1000, 'x'))}));
    const auto read = decode<Put>(buffer);
    ASSERT_TRUE(read);
    payload = read->value;
    EXPECT_GE(payload.view().data(), buffer.view().data());
    EXPECT_LE(payload.view().data() + payload.size(), buffer.view().data() + buffer.size());
  }
  EXPECT_EQ(payload.view(), std::string(1000, 'x'));
}

TEST(BinaryDeathTest, AbortsOnWhatOnlyABugCanWrite) {
  EXPECT_DEATH((void)encode("\xff"s), "not UTF-8");
  EXPECT_DEATH((void)encode(static_cast<Color>(77)), "enum value");
  EXPECT_DEATH((void)encode(nested(wire::max_depth + 1)), "nests deeper");
}

TEST(Utf8, FollowsTheStandardAtEveryEdge) {
  for (const std::string_view good :
       {"", "a", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
        "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(wire::is_utf8(good)) << wire::to_hex(good);
  }
  for (const std::string_view bad :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x7f", "\xc2\xc0", "\xe0\x9f\xbf",
        "\xed\xa0\x80", "\xe1\x80", "\xe1\x80\x7f", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80", "\xf1\x80\x80", "\xf1\x80\x80\xc0", "\xff"}) {
    EXPECT_FALSE(wire::is_utf8(bad)) << wire::to_hex(bad);
  }
  EXPECT_TRUE(wire::is_utf8("\0"s));
}

}  // namespace
