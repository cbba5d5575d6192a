// What is done to a node's links on purpose, so that a reader can cut a running cluster apart:
// which peers no message passes to or from, and how much later what is sent to a peer leaves.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "core/ids.hpp"
#include "net/clocks.hpp"

namespace net {

struct LinkFaults {
  std::set<core::NodeId> blocked;
  std::map<core::NodeId, std::uint32_t> delay_ms;

  bool blocks(core::NodeId peer) const { return blocked.contains(peer); }
  std::chrono::milliseconds delay_to(core::NodeId peer) const;

  friend bool operator==(const LinkFaults&, const LinkFaults&) = default;
};

/// Carries out one order on the faults of node `own`, and answers it in a line: "ok", with what
/// holds behind it if that was asked, or "error: " and what to do. A refused order changes nothing.
///
///   block 3,4,5    no message passes to or from these nodes; all others are free again
///   delay 2 150    what is sent to node 2 leaves 150 ms later; 0 ends that
///   heal           nothing is blocked or delayed
///   faults         what holds
std::string obey(std::string_view order, core::NodeId own, LinkFaults& faults);

/// The orders that lead to these faults, "block 3,4; delay 2 150". Empty when there are none.
std::string orders_for(const LinkFaults& faults);

/// Messages of one link that wait for their time. They leave in the order in which they came: one
/// whose time has come waits for those ahead of it.
class DelayLine {
 public:
  bool empty() const { return waiting_.empty(); }
  std::size_t size() const { return waiting_.size(); }
  /// What they take in memory.
  std::size_t bytes() const { return bytes_; }
  static std::size_t cost(std::string_view message) { return sizeof(Waiting) + message.size(); }

  void add(std::string_view message, SteadyTime due);
  /// From now on nothing waits longer than until then.
  void hurry(SteadyTime latest);
  /// When the first one is due. There must be one.
  SteadyTime next() const { return waiting_.front().due; }
  /// The first one, if it is due.
  std::optional<std::string> take(SteadyTime now);
  void clear();

 private:
  struct Waiting {
    SteadyTime due;
    std::string message;
  };

  std::deque<Waiting> waiting_;
  std::size_t bytes_ = 0;
};

}  // namespace net
