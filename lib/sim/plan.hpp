// A plan: all that will happen to a system in one run, as a file that a person can read and change.
//
//   sim-plan 1
//   system queue
//   seed 42
//   options{visibility_ms=500}
//   conditions{turn_max=200us batch_max=8 ...}
//   0s #1 lossy{ppm=20000 for=5s}
//   250ms #2 client 1: enqueue{queue="mail" payloads=["x"]}
//   1.5s #3 crash{node=1 power=true at_sync=false down=800ms}
//   12s #4 heal{nodes=[1] rest_down=false}
//
// A line has its time, the number of its own random stream, and what happens. What else is random
// in a run is drawn by what it is about (the k-th message of a link, the k-th turn of a node), so a
// line that is taken out changes no draw of another. A line that starts with // is a comment.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/ids.hpp"
#include "core/time.hpp"
#include "sim/system.hpp"
#include "wire/type.hpp"

namespace sim {

/// How the machines of this run are, all the time.
struct Conditions {
  core::Duration turn_max{100};  // from an input to the turn of the node that takes it: up to this
  std::uint32_t batch_max = 8;   // inputs that one turn takes: 1 to this
  core::Duration client_min{100};  // the way from a client to a node or back
  core::Duration client_max{2'000};
  core::Duration peer_min{100};  // the way from a node to another
  core::Duration peer_max{3'000};
  core::Duration sync_min{50};  // one sync of the disk
  core::Duration sync_max{3'000};

  friend bool operator==(const Conditions&, const Conditions&) = default;
};

struct Ask {
  ClientId client;
  std::string work;
};  // the text form of the system's Work
struct Crash {
  core::NodeId node;
  bool power = true;
  bool at_sync = false;
  core::Duration down{};
};
struct Pause {
  core::NodeId node;
  bool inside = false;
  core::Duration lasts{};
};
struct ClockRate {
  core::NodeId node;
  std::int32_t ppm = 0;
};
struct ClockJump {
  core::NodeId node;
  core::Duration by{};
};
struct BitFlip {
  core::NodeId node;
  core::Duration down{};
};
struct SyncError {
  core::NodeId node;
  core::Duration down{};
};
struct DiskFull {
  core::NodeId node;
  core::Duration lasts{};
};
struct SlowDisk {
  core::NodeId node;
  std::uint32_t factor = 1;
  core::Duration lasts{};
};
struct Cut {
  ClientId client;
};
struct ClientPartition {
  ClientId client;
  core::NodeId node;
  core::Duration lasts{};
};
struct ClientCrash {
  ClientId client;
  core::Duration down{};
};
struct ClientPause {
  ClientId client;
  core::Duration lasts{};
};
struct Loss {
  std::uint32_t ppm = 0;
  core::Duration lasts{};
};
struct Duplicate {
  std::uint32_t ppm = 0;
  core::Duration lasts{};
};
struct Reorder {
  std::uint32_t ppm = 0;
  core::Duration delay{};
  core::Duration lasts{};
};
struct Partition {
  std::vector<core::NodeId> left;
  core::Duration lasts{};
};
struct OneWay {
  core::NodeId node;
  bool hears = false;
  core::Duration lasts{};
};
struct Bridge {
  std::vector<core::NodeId> left;
  core::NodeId middle;
  core::Duration lasts{};
};
struct Heal {
  std::vector<core::NodeId> nodes;
  bool rest_down = false;
};

using Action = std::variant<Ask, Crash, Pause, ClockRate, ClockJump, BitFlip, SyncError, DiskFull,
                            SlowDisk, Cut, ClientPartition, ClientCrash, ClientPause, Loss,
                            Duplicate, Reorder, Partition, OneWay, Bridge, Heal>;

struct Line {
  core::Instant at;          // true time from the start of the run
  std::uint64_t stream = 0;  // of its own draws
  Action action;
};

struct Plan {
  std::string system;
  std::uint64_t seed = 0;
  std::string options;  // the text form of the system's Options
  Conditions conditions;
  std::vector<Line> lines;  // by time; a heal is the last
};

/// The plan as text.
std::string print(const Plan& plan);

/// One line of it, without its line break.
std::string print(const Line& line);

/// The plan that `text` holds; the error is a sentence with the number of the line in `text`. What
/// a system must judge (options, work, which nodes there are) is checked by World, whose error
/// quotes the line.
std::expected<Plan, std::string> parse_plan(std::string_view text);

constexpr auto describe(wire::Type<Conditions>) {
  using C = Conditions;
  using wire::field;
  return wire::record<1>(
      "conditions", field<1>("turn_max", &C::turn_max), field<2>("batch_max", &C::batch_max),
      field<3>("client_min", &C::client_min), field<4>("client_max", &C::client_max),
      field<5>("peer_min", &C::peer_min), field<6>("peer_max", &C::peer_max),
      field<7>("sync_min", &C::sync_min), field<8>("sync_max", &C::sync_max));
}
constexpr auto describe(wire::Type<Ask>) {
  return wire::record<1>("ask", wire::field<1>("client", &Ask::client),
                         wire::field<2>("work", &Ask::work));
}
constexpr auto describe(wire::Type<Crash>) {
  return wire::record<2>(
      "crash", wire::field<1>("node", &Crash::node), wire::field<2>("power", &Crash::power),
      wire::field<3>("at_sync", &Crash::at_sync), wire::field<4>("down", &Crash::down));
}
constexpr auto describe(wire::Type<Pause>) {
  return wire::record<3>("pause", wire::field<1>("node", &Pause::node),
                         wire::field<2>("inside", &Pause::inside),
                         wire::field<3>("for", &Pause::lasts));
}
constexpr auto describe(wire::Type<ClockRate>) {
  return wire::record<4>("clock-rate", wire::field<1>("node", &ClockRate::node),
                         wire::field<2>("ppm", &ClockRate::ppm));
}
constexpr auto describe(wire::Type<ClockJump>) {
  return wire::record<5>("clock-jump", wire::field<1>("node", &ClockJump::node),
                         wire::field<2>("by", &ClockJump::by));
}
constexpr auto describe(wire::Type<BitFlip>) {
  return wire::record<6>("bit-flip", wire::field<1>("node", &BitFlip::node),
                         wire::field<2>("down", &BitFlip::down));
}
constexpr auto describe(wire::Type<SyncError>) {
  return wire::record<7>("sync-error", wire::field<1>("node", &SyncError::node),
                         wire::field<2>("down", &SyncError::down));
}
constexpr auto describe(wire::Type<DiskFull>) {
  return wire::record<8>("disk-full", wire::field<1>("node", &DiskFull::node),
                         wire::field<2>("for", &DiskFull::lasts));
}
constexpr auto describe(wire::Type<SlowDisk>) {
  return wire::record<9>("slow-disk", wire::field<1>("node", &SlowDisk::node),
                         wire::field<2>("factor", &SlowDisk::factor),
                         wire::field<3>("for", &SlowDisk::lasts));
}
constexpr auto describe(wire::Type<Cut>) {
  return wire::record<10>("cut", wire::field<1>("client", &Cut::client));
}
constexpr auto describe(wire::Type<ClientPartition>) {
  using C = ClientPartition;
  return wire::record<11>("client-partition", wire::field<1>("client", &C::client),
                          wire::field<2>("node", &C::node), wire::field<3>("for", &C::lasts));
}
constexpr auto describe(wire::Type<ClientCrash>) {
  return wire::record<12>("client-crash", wire::field<1>("client", &ClientCrash::client),
                          wire::field<2>("down", &ClientCrash::down));
}
constexpr auto describe(wire::Type<ClientPause>) {
  return wire::record<13>("client-pause", wire::field<1>("client", &ClientPause::client),
                          wire::field<2>("for", &ClientPause::lasts));
}
constexpr auto describe(wire::Type<Loss>) {
  return wire::record<14>("loss", wire::field<1>("ppm", &Loss::ppm),
                          wire::field<2>("for", &Loss::lasts));
}
constexpr auto describe(wire::Type<Duplicate>) {
  return wire::record<15>("duplicate", wire::field<1>("ppm", &Duplicate::ppm),
                          wire::field<2>("for", &Duplicate::lasts));
}
constexpr auto describe(wire::Type<Reorder>) {
  return wire::record<16>("reorder", wire::field<1>("ppm", &Reorder::ppm),
                          wire::field<2>("delay", &Reorder::delay),
                          wire::field<3>("for", &Reorder::lasts));
}
constexpr auto describe(wire::Type<Partition>) {
  return wire::record<17>("partition", wire::field<1>("left", &Partition::left),
                          wire::field<2>("for", &Partition::lasts));
}
constexpr auto describe(wire::Type<OneWay>) {
  return wire::record<18>("one-way", wire::field<1>("node", &OneWay::node),
                          wire::field<2>("hears", &OneWay::hears),
                          wire::field<3>("for", &OneWay::lasts));
}
constexpr auto describe(wire::Type<Bridge>) {
  return wire::record<19>("bridge", wire::field<1>("left", &Bridge::left),
                          wire::field<2>("middle", &Bridge::middle),
                          wire::field<3>("for", &Bridge::lasts));
}
constexpr auto describe(wire::Type<Heal>) {
  return wire::record<20>("heal", wire::field<1>("nodes", &Heal::nodes),
                          wire::field<2>("rest_down", &Heal::rest_down));
}

}  // namespace sim
