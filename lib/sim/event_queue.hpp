// What is still to happen, earliest first. Two events at the same time happen in the order in which
// they were put in, so the order is total and the same on every machine.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/require.hpp"
#include "core/time.hpp"

namespace sim {

/// A copyable heap. Events stay where they are put; only small keys move.
template <class Event>
class EventQueue {
 public:
  struct Key {
    core::Instant at;
    std::uint64_t seq = 0;
    std::uint32_t slot = 0;
  };

  void push(core::Instant at, Event event) {
    std::uint32_t slot = 0;
    if (free_.empty()) {
      slot = static_cast<std::uint32_t>(events_.size());
      events_.push_back(std::move(event));
    } else {
      slot = free_.back();
      free_.pop_back();
      events_[slot] = std::move(event);
    }
    keys_.push_back({at, next_seq_++, slot});
    // tidy: allow heap because later() leaves no ties
    std::push_heap(keys_.begin(), keys_.end(), later);
  }

  bool empty() const { return keys_.empty(); }
  core::Instant next_at() const { return keys_.front().at; }

  /// The earliest event and its time. The queue must not be empty.
  std::pair<core::Instant, Event> pop() {
    core::require(!keys_.empty(), "EventQueue::pop needs an event");
    // tidy: allow heap because later() leaves no ties
    std::pop_heap(keys_.begin(), keys_.end(), later);
    const Key key = keys_.back();
    keys_.pop_back();
    free_.push_back(key.slot);
    return {key.at, std::move(events_[key.slot])};
  }

  /// All that waits, in the order in which it was put in: for a search that tries every order.
  std::vector<Key> pending() const {
    std::vector<Key> keys = keys_;
    std::ranges::stable_sort(keys, {}, &Key::seq);
    return keys;
  }

  const Event& at(const Key& key) const { return events_[key.slot]; }

  /// Takes out the event of a key that pending() returned.
  Event take(const Key& key) {
    std::erase_if(keys_, [&](const Key& other) { return other.seq == key.seq; });
    // tidy: allow heap because later() leaves no ties
    std::make_heap(keys_.begin(), keys_.end(), later);
    free_.push_back(key.slot);
    return std::move(events_[key.slot]);
  }

 private:
  static bool later(const Key& a, const Key& b) {
    return a.at != b.at ? a.at > b.at : a.seq > b.seq;
  }

  std::vector<Key> keys_;  // a heap
  std::vector<Event> events_;
  std::vector<std::uint32_t> free_;  // unused places in events_
  std::uint64_t next_seq_ = 0;
};

}  // namespace sim
