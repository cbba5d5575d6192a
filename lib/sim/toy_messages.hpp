// What the toy's nodes and clients tell each other, and what they write down.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "core/bytes.hpp"
#include "core/ids.hpp"
#include "core/time.hpp"
#include "wire/type.hpp"

namespace sim::toy {

/// One deliberate mistake, and the checker that should find it.
enum class Bug : std::uint8_t {
  none,
  reply_before_durable,         // kept-what-it-said
  invents_a_number,             // only-what-was-asked
  gossips_once,                 // liveness: a lost message is not told again
  gossips_before_durable,       // invariants
  answers_twice,                // contract
  skips_a_write_number,         // contract
  sends_to_itself,              // contract
  timer_not_later,              // contract
  client_timer_not_later,       // contract
  never_rests,                  // progress
  aborts,                       // abort
  loops,                        // hang
  reconnects_while_connecting,  // none: there is nothing to give up
};

struct Options {
  std::uint32_t nodes = 3;
  std::uint32_t clients = 3;
  bool disk = true;
  core::Duration gossip_every{100'000};
  std::uint32_t snapshot_after = 20;           // writes of the log
  std::uint32_t requests_per_session = 1'000;  // then the node closes it
  core::Duration retry_after{200'000};
  core::Duration give_up_after{2'000'000};  // on a call
  std::uint32_t grown_bytes = 0;            // that each Grown has too much, to fill connections
  Bug bug = Bug::none;
};

struct Config {
  core::NodeId self;
  std::vector<core::NodeId> peers;
  Options options;
};

// ---- Between clients and nodes ------------------------------------------------------------------

struct Add {
  std::uint64_t number = 0;
};
struct Audit {};  // reads the log, or else the snapshot, back from the disk
using Command = std::variant<Add, Audit>;

struct Added {
  std::uint64_t number = 0;
};
struct Audited {
  std::uint64_t read = 0;  // numbers
};
struct Full {};  // the disk has no room
using Result = std::variant<Added, Audited, Full>;

struct Grown {
  std::uint64_t size = 0;
  core::Bytes padding;
};

/// What a client is asked, and what it tells, are the same words.
using Work = Command;
using Outcome = std::variant<Added, Audited, Grown>;

// ---- Between nodes, and on disk -----------------------------------------------------------------

struct Gossip {
  std::vector<std::uint64_t> numbers;
};
struct Heard {  // they are durable here
  std::vector<std::uint64_t> numbers;
};
using Message = std::variant<Gossip, Heard>;

struct Number {
  std::uint64_t number = 0;
};

struct Protocol {
  using Config = toy::Config;
  using Command = toy::Command;
  using Result = toy::Result;
  using Event = Grown;
  using Message = toy::Message;
  using Record = Number;
};

struct ClientProtocol {
  using Config = Options;
  using Command = toy::Command;
  using Result = toy::Result;
  using Event = Grown;
  using Work = toy::Work;
  using Outcome = toy::Outcome;
};

// ---- How they are written -----------------------------------------------------------------------

constexpr auto describe(wire::Type<Bug>) {
  using wire::value;
  return wire::enumeration(
      value<1>("none", Bug::none), value<2>("reply_before_durable", Bug::reply_before_durable),
      value<3>("invents_a_number", Bug::invents_a_number),
      value<4>("gossips_once", Bug::gossips_once),
      value<5>("gossips_before_durable", Bug::gossips_before_durable),
      value<6>("answers_twice", Bug::answers_twice),
      value<7>("skips_a_write_number", Bug::skips_a_write_number),
      value<8>("sends_to_itself", Bug::sends_to_itself),
      value<9>("timer_not_later", Bug::timer_not_later),
      value<10>("client_timer_not_later", Bug::client_timer_not_later),
      value<11>("never_rests", Bug::never_rests), value<12>("aborts", Bug::aborts),
      value<13>("loops", Bug::loops),
      value<14>("reconnects_while_connecting", Bug::reconnects_while_connecting));
}

constexpr auto describe(wire::Type<Options>) {
  using wire::field;
  return wire::record<1>(
      "options", field<1>("nodes", &Options::nodes), field<2>("clients", &Options::clients),
      field<3>("disk", &Options::disk), field<4>("gossip_every", &Options::gossip_every),
      field<5>("snapshot_after", &Options::snapshot_after),
      field<6>("requests_per_session", &Options::requests_per_session),
      field<7>("retry_after", &Options::retry_after),
      field<8>("give_up_after", &Options::give_up_after),
      field<9>("grown_bytes", &Options::grown_bytes), field<10>("bug", &Options::bug));
}

constexpr auto describe(wire::Type<Config>) {
  return wire::record<2>("config", wire::field<1>("self", &Config::self),
                         wire::field<2>("peers", &Config::peers),
                         wire::field<3>("options", &Config::options));
}

constexpr auto describe(wire::Type<Add>) {
  return wire::record<3>("add", wire::field<1>("number", &Add::number));
}
constexpr auto describe(wire::Type<Audit>) { return wire::record<4>("audit"); }
constexpr auto describe(wire::Type<Added>) {
  return wire::record<5>("added", wire::field<1>("number", &Added::number));
}
constexpr auto describe(wire::Type<Audited>) {
  return wire::record<6>("audited", wire::field<1>("read", &Audited::read));
}
constexpr auto describe(wire::Type<Full>) { return wire::record<7>("full"); }
constexpr auto describe(wire::Type<Grown>) {
  return wire::record<8>("grown", wire::field<1>("size", &Grown::size),
                         wire::field<2>("padding", &Grown::padding));
}
constexpr auto describe(wire::Type<Gossip>) {
  return wire::record<9>("gossip", wire::field<1>("numbers", &Gossip::numbers));
}
constexpr auto describe(wire::Type<Heard>) {
  return wire::record<10>("heard", wire::field<1>("numbers", &Heard::numbers));
}
constexpr auto describe(wire::Type<Number>) {
  return wire::record<11>("number", wire::field<1>("number", &Number::number));
}

}  // namespace sim::toy
