// The faults that the simulator can inject, by name. A fault is counted when it has had an effect:
// a crash when a running node went down, a lost message when one was dropped, a torn write when a
// sector was.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace sim {

enum class Fault : std::uint8_t {
  // Nodes.
  crash,       // a node stops at once, loses its memory, and starts again later
  pause,       // a node does nothing for a while, with its clocks running on
  clock_rate,  // a node's clocks run faster or slower than true time
  clock_jump,  // a node's wall clock jumps, forwards or backwards
  // Disks.
  lost_write,  // a crash lost bytes that were written and not synced
  torn_write,  // a crash kept some sectors of such a write and lost others
  bit_flip,    // one bit of a file is found changed at a restart
  sync_error,  // a sync fails: the node stops, and starts again later
  disk_full,   // no space for a while
  slow_disk,   // syncs take long for a while
  // Clients.
  cut,               // a client's connection breaks; replies under way are lost
  client_partition,  // a client and a node cannot reach each other for a while, and do not notice
  client_crash,      // a client loses all it knew and starts anew
  client_pause,      // a client does nothing for a while
  // Between nodes.
  loss,       // a message is dropped
  duplicate,  // a message arrives twice
  reorder,    // a message overtakes an earlier one of its link
  partition,  // two groups of nodes cannot reach each other
  one_way,    // a node is heard by others and hears nothing, or the reverse
  bridge,     // two groups that meet in one node that reaches both
};

inline constexpr std::size_t fault_count = 20;

/// As it stands in plans, transcripts and reports: "clock-jump". `fault` must be one of the above.
std::string_view name_of(Fault fault);

/// The reverse of name_of.
std::optional<Fault> fault_named(std::string_view name);

class FaultSet {
 public:
  constexpr FaultSet() = default;
  constexpr FaultSet(std::initializer_list<Fault> faults) {
    for (const Fault fault : faults) bits_ |= bit(fault);
  }

  constexpr bool has(Fault fault) const { return (bits_ & bit(fault)) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr FaultSet operator|(FaultSet other) const { return FaultSet(bits_ | other.bits_); }
  constexpr FaultSet operator&(FaultSet other) const { return FaultSet(bits_ & other.bits_); }
  constexpr FaultSet without(FaultSet other) const { return FaultSet(bits_ & ~other.bits_); }

  constexpr std::uint32_t bits() const { return bits_; }

  friend constexpr bool operator==(FaultSet, FaultSet) = default;

 private:
  constexpr explicit FaultSet(std::uint32_t bits) : bits_(bits) {}
  static constexpr std::uint32_t bit(Fault fault) {
    return std::uint32_t{1} << static_cast<std::uint32_t>(fault);
  }

  std::uint32_t bits_ = 0;
};

inline constexpr FaultSet node_faults = {Fault::crash, Fault::pause, Fault::clock_rate,
                                         Fault::clock_jump};
inline constexpr FaultSet disk_faults = {Fault::lost_write, Fault::torn_write, Fault::bit_flip,
                                         Fault::sync_error, Fault::disk_full,  Fault::slow_disk};
inline constexpr FaultSet client_faults = {Fault::cut, Fault::client_partition, Fault::client_crash,
                                           Fault::client_pause};
inline constexpr FaultSet peer_faults = {Fault::loss,      Fault::duplicate, Fault::reorder,
                                         Fault::partition, Fault::one_way,   Fault::bridge};

/// How often each fault had an effect.
using FaultCounts = std::array<std::uint64_t, fault_count>;

}  // namespace sim
