#include "sim/text.hpp"

#include <gtest/gtest.h>

#include "core/prng.hpp"
#include "sim/toy_messages.hpp"

namespace sim {
namespace {

using core::Duration;

struct Inner {
  std::uint32_t count = 0;
  std::optional<std::string> note;
  std::vector<core::NodeId> nodes;

  friend bool operator==(const Inner&, const Inner&) = default;
};
constexpr auto describe(wire::Type<Inner>) {
  return wire::record<1>("inner", wire::field<1>("count", &Inner::count),
                         wire::field<2>("note", &Inner::note),
                         wire::field<3>("nodes", &Inner::nodes));
}

struct Empty {
  friend bool operator==(const Empty&, const Empty&) = default;
};
constexpr auto describe(wire::Type<Empty>) { return wire::record<2>("empty"); }

struct Outer {
  bool yes = false;
  std::int64_t number = 0;
  Duration time{0};
  core::UnixTime at;
  toy::Bug bug = toy::Bug::none;
  std::string text;
  core::Bytes bytes;
  std::variant<Inner, Empty> held;
  std::vector<Inner> list;

  friend bool operator==(const Outer&, const Outer&) = default;
};
constexpr auto describe(wire::Type<Outer>) {
  return wire::record<3>(
      "outer", wire::field<1>("yes", &Outer::yes), wire::field<2>("number", &Outer::number),
      wire::field<3>("time", &Outer::time), wire::field<4>("at", &Outer::at),
      wire::field<5>("bug", &Outer::bug), wire::field<6>("text", &Outer::text),
      wire::field<7>("bytes", &Outer::bytes), wire::field<8>("held", &Outer::held),
      wire::field<9>("list", &Outer::list));
}

template <class T>
void expect_back(const T& value) {
  const std::string text = to_text(value);
  const auto back = from_text<T>(text);
  ASSERT_TRUE(back.has_value()) << text << ": " << back.error();
  EXPECT_TRUE(*back == value) << text;
}

template <class T>
std::string refusal(std::string_view text) {
  const auto value = from_text<T>(text);
  return value ? "it was taken" : value.error();
}

/// Words of all lengths, and the ends of their range.
std::uint64_t word(core::Prng& prng) {
  const std::uint64_t bits = prng.below(65);
  const std::uint64_t mask = bits == 64 ? UINT64_MAX : (std::uint64_t{1} << bits) - 1;
  return (prng.below(4) == 0 ? UINT64_MAX : prng.next()) & mask;
}

std::string bytes(core::Prng& prng) {
  std::string out(prng.below(20), '\0');
  for (char& c : out) c = static_cast<char>(static_cast<unsigned char>(prng.below(256)));
  return out;
}

std::string ascii(core::Prng& prng) {
  std::string out = bytes(prng);
  for (char& c : out) c = static_cast<char>(static_cast<unsigned char>(c) & 127);
  return out;
}

Inner inner(core::Prng& prng) {
  Inner value{static_cast<std::uint32_t>(word(prng)), {}, {}};
  if (prng.below(2) == 0) value.note = ascii(prng);
  for (std::uint64_t i = prng.below(3); i > 0; --i) value.nodes.push_back(core::NodeId{7});
  return value;
}

TEST(TextTest, WhatWasPrintedIsReadBack) {
  core::Prng prng(1);
  for (int i = 0; i < 2'000; ++i) {
    Outer value;
    value.yes = prng.below(2) == 0;
    value.number = static_cast<std::int64_t>(word(prng));
    value.time = Duration(static_cast<std::int64_t>(word(prng)) / 2);
    value.at =
        core::UnixTime(Duration(prng.between(-2'000'000'000'000'000, 4'000'000'000'000'000)));
    value.bug = prng.below(2) == 0 ? toy::Bug::none : toy::Bug::aborts;
    value.text = ascii(prng) + "ü€";
    value.bytes = core::Bytes(bytes(prng));
    if (prng.below(2) == 0) value.held = Empty{};
    for (std::uint64_t count = prng.below(3); count > 0; --count) value.list.push_back(inner(prng));
    expect_back(value);
  }
}

TEST(TextTest, LooksAsTheHeaderSays) {
  Outer value;
  value.time = Duration(-1'500'000);
  value.at = core::UnixTime(std::chrono::seconds(1'750'000'000));
  value.text = "a\"\\\x01";
  value.list = {Inner{3, "x", {core::NodeId{1}, core::NodeId{2}}}, Inner{}};
  value.held = Empty{};
  EXPECT_EQ(to_text(value),
            "outer{yes=false number=0 time=-1500ms at=1750000000s bug=none text=\"a\\\"\\\\\\x01\" "
            "bytes=\"\" held=empty list=[inner{count=3 note=\"x\" nodes=[1 2]} "
            "inner{count=0 nodes=[]}]}");
}

TEST(TextTest, TellsTheLengthOfWhatItCuts) {
  EXPECT_EQ(to_text(std::string(70, 'x'), 3), "\"xxx\"...(70 bytes)");
}

TEST(TextTest, TimesMayHaveAFraction) {
  EXPECT_EQ(from_text<Duration>("1.5s"), Duration(1'500'000));
  EXPECT_EQ(from_text<Duration>("0.000001s"), Duration(1));
  EXPECT_EQ(from_text<Duration>("2.25ms"), Duration(2'250));
  EXPECT_EQ(from_text<Duration>("-3us"), Duration(-3));
}

TEST(TextTest, RefusesATimeThatIsNone) {
  EXPECT_EQ(refusal<Duration>("1"), "wanted a word (column 2)");
  EXPECT_EQ(refusal<Duration>("1min"), "wanted a unit: s, ms or us (column 5)");
  EXPECT_EQ(refusal<Duration>("0.5us"), "a time finer than a microsecond (column 6)");
  EXPECT_EQ(refusal<Duration>("1.0000001s"), "a time finer than a microsecond (column 11)");
  EXPECT_EQ(refusal<Duration>("-1.5s"), "a negative time with a fraction (column 6)");
  EXPECT_EQ(refusal<Duration>("9000000000001s"),
            "a time beyond nine million million seconds (column 15)");
  EXPECT_NE(refusal<Duration>("99999999999999999999s"), "it was taken");
}

TEST(TextTest, RefusesANumberOutOfRange) {
  EXPECT_EQ(from_text<std::uint8_t>("255"), 255);
  EXPECT_EQ(refusal<std::uint8_t>("256"), "wanted a number from 0 to 255 (column 1)");
  EXPECT_EQ(refusal<std::uint8_t>("-1"), "wanted a number from 0 to 255 (column 1)");
  EXPECT_EQ(refusal<std::int8_t>("128"), "wanted a number from -128 to 127 (column 1)");
  EXPECT_EQ(refusal<std::int8_t>("x"), "wanted a number from -128 to 127 (column 1)");
  EXPECT_EQ(refusal<std::uint64_t>("18446744073709551616"),
            "wanted a number from 0 to 18446744073709551615 (column 1)");
}

TEST(TextTest, RefusesATextThatIsBroken) {
  EXPECT_EQ(refusal<std::string>("abc"), "wanted '\"' (column 1)");
  EXPECT_EQ(refusal<std::string>("\"abc"), "a text without its closing quote (column 5)");
  EXPECT_EQ(refusal<std::string>("\"abc\\"), "a text without its closing quote (column 6)");
  EXPECT_EQ(refusal<std::string>("\"\\n\""), "an unknown escape (column 4)");
  EXPECT_EQ(refusal<std::string>("\"\\x0"), "a bad \\x escape (column 4)");
  EXPECT_EQ(refusal<std::string>("\"\\xZZ\""), "a bad \\x escape (column 4)");
  EXPECT_EQ(refusal<std::string>("\"a\" \"b\""), "something is left over (column 5)");
}

// Writing a text that is not UTF-8 into a trace would abort.
TEST(TextTest, RefusesATextThatIsNotUtf8ButTakesSuchBytes) {
  EXPECT_EQ(refusal<std::string>("\"\\xff\""), "a text that is not UTF-8 (column 7)");
  EXPECT_EQ(from_text<core::Bytes>("\"\\xff\""), core::Bytes("\xff"));
}

TEST(TextTest, RefusesARecordThatItDoesNotKnow) {
  EXPECT_EQ(refusal<Inner>("outer{count=1}"), "unknown word outer, wanted inner (column 6)");
  EXPECT_EQ(refusal<Inner>("inner"), "no field count in inner (column 6)");
  EXPECT_EQ(refusal<Inner>("inner{nodes=[]}"), "no field count in inner (column 13)");
  EXPECT_EQ(refusal<Inner>("inner{count=1 size=2 nodes=[]}"),
            "no field nodes in inner (column 20)");
  EXPECT_EQ(refusal<Inner>("inner{count=1 nodes=[] nodes=[]}"),
            "unknown or misplaced field nodes in inner (column 30)");
  EXPECT_EQ(refusal<Inner>("inner{count=1 nodes=[1 2}"),
            "wanted a number from 0 to 4294967295 (column 25)");
  EXPECT_EQ(refusal<Inner>("inner{count=1 nodes=[]"), "wanted a word (column 23)");
  using Either = std::variant<Inner, Empty>;
  EXPECT_EQ(refusal<Either>("neither"), "unknown word neither (column 8)");
  EXPECT_EQ(refusal<Either>("empty{x=1}"), "unknown or misplaced field x in empty (column 9)");
  EXPECT_EQ(refusal<toy::Bug>("moth"), "unknown value moth (column 5)");
  EXPECT_EQ(refusal<bool>("yes"), "neither true nor false (column 4)");
}

struct Nest {
  std::vector<Nest> in;
};
constexpr auto describe(wire::Type<Nest>) {
  return wire::record<1>("nest", wire::field<1>("in", &Nest::in));
}

TEST(TextTest, RefusesWhatIsNestedTooDeep) {
  const auto nested = [](int depth) {
    std::string open;
    std::string close;
    for (int i = 0; i < depth; ++i) {
      open += "nest{in=[";
      close += "]}";
    }
    return open + close;
  };
  EXPECT_TRUE(from_text<Nest>(nested(32)).has_value());
  EXPECT_NE(refusal<Nest>(nested(33)).find("nested too deep"), std::string::npos);
  EXPECT_NE(refusal<Nest>(nested(100'000)).find("nested too deep"), std::string::npos);
}

/// Whatever a damaged text is, it is read or refused, and never more than that.
TEST(TextTest, SurvivesDamagedText) {
  const std::string good = to_text(Outer{true,
                                         -1,
                                         Duration(1),
                                         {},
                                         toy::Bug::none,
                                         "x\x01",
                                         core::Bytes("y\xff"),
                                         Inner{1, "n", {core::NodeId{1}}},
                                         {Inner{}}});
  core::Prng prng(2);
  std::uint64_t taken = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text = good.substr(0, 1 + prng.below(good.size()));
    text[prng.below(text.size())] = static_cast<char>(static_cast<unsigned char>(prng.below(256)));
    const auto value = from_text<Outer>(text);
    if (value) {
      ++taken;
      expect_back(*value);
    } else {
      ASSERT_NE(value.error().find("(column "), std::string::npos) << text;
    }
  }
  EXPECT_GT(taken, 0U);
}

}  // namespace
}  // namespace sim
