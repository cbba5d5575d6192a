// Messages that use every kind of field, for the tests, the fuzz targets and the benchmark of this
// folder.
#pragma once

#include <cstdint>
#include <expected>
#include <limits>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "wire/contract.hpp"
#include "wire/wire.hpp"

namespace sample {

enum class Color : std::uint8_t { red, green, blue };

struct Point {
  std::int32_t x = 0;
  std::int32_t y = 0;

  friend bool operator==(const Point&, const Point&) = default;
};

struct Put {
  std::string key;
  core::Bytes value;

  friend bool operator==(const Put&, const Put&) = default;
};

struct Drop {
  std::optional<std::string> key;

  friend bool operator==(const Drop&, const Drop&) = default;
};

using Command = std::variant<Put, Drop>;

struct Everything {
  bool flag = false;
  std::uint8_t u8 = 0;
  std::uint16_t u16 = 0;
  std::uint32_t u32 = 0;
  std::uint64_t u64 = 0;
  std::int8_t i8 = 0;
  std::int16_t i16 = 0;
  std::int32_t i32 = 0;
  std::int64_t i64 = 0;
  core::NodeId node;
  core::SessionId session;
  core::Instant mono;
  core::UnixTime wall;
  core::Duration span{};
  std::string text;
  core::Bytes bytes;
  Color color = Color::red;
  std::optional<std::uint32_t> maybe;
  std::optional<Point> maybe_point;
  std::vector<std::string> texts;
  std::vector<Point> points;
  std::vector<std::vector<std::uint8_t>> rows;
  Command command;
  std::vector<Command> commands;
  std::expected<Point, Color> result;

  friend bool operator==(const Everything&, const Everything&) = default;
};

/// The one kind of message that can nest without end.
struct Tree {
  std::vector<Tree> children;

  friend bool operator==(const Tree&, const Tree&) = default;
};

constexpr auto describe(wire::Type<Color>) {
  return wire::enumeration(wire::value<1>("red", Color::red), wire::value<2>("green", Color::green),
                           wire::value<300>("blue", Color::blue));
}

constexpr auto describe(wire::Type<Point>) {
  return wire::record<1>("point", wire::field<1>("x", &Point::x), wire::field<2>("y", &Point::y));
}

constexpr auto describe(wire::Type<Put>) {
  return wire::record<2>("put", wire::field<1>("key", &Put::key),
                         wire::field<3>("value", &Put::value));
}

constexpr auto describe(wire::Type<Drop>) {
  return wire::record<200>("drop", wire::field<1>("key", &Drop::key));
}

constexpr auto describe(wire::Type<Tree>) {
  return wire::record<4>("tree", wire::field<1>("children", &Tree::children));
}

constexpr auto describe(wire::Type<Everything>) {
  using E = Everything;
  using wire::field;
  return wire::record<5>(
      "everything", field<1>("flag", &E::flag), field<2>("u8", &E::u8), field<3>("u16", &E::u16),
      field<4>("u32", &E::u32), field<5>("u64", &E::u64), field<6>("i8", &E::i8),
      field<7>("i16", &E::i16), field<8>("i32", &E::i32), field<9>("i64", &E::i64),
      field<10>("node", &E::node), field<11>("session", &E::session), field<12>("mono", &E::mono),
      field<13>("wall", &E::wall), field<14>("span", &E::span), field<15>("text", &E::text),
      field<16>("bytes", &E::bytes), field<17>("color", &E::color), field<18>("maybe", &E::maybe),
      field<19>("maybe_point", &E::maybe_point), field<20>("texts", &E::texts),
      field<21>("points", &E::points), field<22>("rows", &E::rows),
      field<23>("command", &E::command), field<24>("commands", &E::commands),
      field<25>("result", &E::result));
}

/// A system made of these, for the contract's types.
struct Protocol {
  using Config = Point;
  using Command = sample::Command;
  using Result = Point;
  using Event = Drop;
  using Message = sample::Command;
  using Record = sample::Command;
  using Work = Put;
  using Outcome = Drop;
};

/// Every field has a value of its own, and every optional one is there.
inline Everything full() {
  using namespace std::chrono;
  return Everything{
      .flag = true,
      .u8 = 255,
      .u16 = 65535,
      .u32 = 4294967295,
      .u64 = 18446744073709551615u,
      .i8 = -128,
      .i16 = -32768,
      .i32 = -2147483647 - 1,
      .i64 = std::numeric_limits<std::int64_t>::min(),
      .node = {7},
      .session = {9007199254740993},  // 2^53 + 1: the first that JavaScript gets wrong
      .mono = core::Instant(seconds(3)),
      .wall = core::UnixTime(seconds(1700000000)),
      .span = microseconds(-1),
      .text = "gr\u00fc\u00dfe, \"\\\n\t\U0001f600",
      .bytes = core::Bytes(std::string("\0\xff\x80 any", 7)),
      .color = Color::blue,
      .maybe = 0,
      .maybe_point = Point{1, -1},
      .texts = {"", "two"},
      .points = {{}, {3, 4}},
      .rows = {{}, {1, 2, 3}},
      .command = Drop{"k"},
      .commands = {Put{"k", core::Bytes("v")}, Drop{}},
      .result = std::unexpected(Color::green)};
}

inline core::Write<Protocol> write() {
  return {
      core::Lane::bulk, {5}, core::WriteKind::commit, {4}, {Put{"k", core::Bytes("v")}, Drop{}}};
}

/// One of each alternative, in their order.
inline std::vector<core::Input<Protocol>> inputs() {
  const core::Recovered<Protocol> recovered{{Drop{}}, {3}, {write()}, {5}, {2}};
  return {core::Start<Protocol>{recovered, 2},
          core::Receive<Protocol>{{2}, Drop{"k"}},
          core::Request<Protocol>{{11}, {1}, Put{"k", core::Bytes("v")}},
          core::Closed{{11}},
          core::Backlog{{11}, 65536, true},
          core::Persisted{core::Lane::control, {5}},
          core::Room{false},
          core::Loaded<Protocol>{{8}, std::vector{write()}},
          core::Timeout{}};
}

inline std::vector<core::ClientInput<Protocol>> client_inputs() {
  return {core::Submit<Protocol>{{"k", core::Bytes("v")}},
          core::Connected{},
          core::Disconnected{},
          core::Answer<Protocol>{{1}, std::unexpected(core::CallError::unknown)},
          core::Pushed<Protocol>{{"k"}},
          core::Timeout{}};
}

inline core::Ready<Protocol> ready() {
  core::Ready<Protocol> ready;
  ready.writes = {write()};
  ready.loads = {{{8}, core::Lane::control, {1}, {5}}};
  ready.messages = {{{2}, core::Lane::bulk, Drop{}}};
  ready.replies = {{{11}, {1}, {3, 4}}};
  ready.pushes = {{{{11}, {12}}, {"k"}}};
  ready.closes = {{11}};
  ready.peers = {{{2}, "127.0.0.1:4102"}};
  return ready;
}

inline core::ClientReady<Protocol> client_ready() {
  core::ClientReady<Protocol> ready;
  ready.calls = {{{1}, Drop{"k"}}};
  ready.outcomes = {{"k"}};
  ready.reconnect = true;
  return ready;
}

}  // namespace sample
