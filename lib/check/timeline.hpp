// The calls and returns of one object in the order of their times, as a doubly linked list out of
// which operations are lifted when they get their place in the order, and put back when another
// place is tried (Wing and Gong, "Testing and verifying concurrent objects", 1993; the list is that
// of Lowe, "Testing for linearizability", 2016).
#pragma once

#include <cstdint>
#include <vector>

#include "check/space.hpp"
#include "core/time.hpp"

namespace check {

class Timeline {
 public:
  using Place = std::uint32_t;
  static constexpr Place end = 0;

  /// Pending operations have no return and are left out.
  explicit Timeline(const std::vector<Step>& steps);

  bool empty() const { return next_[end] == end; }
  Place first() const { return next_[end]; }
  Place next(Place place) const { return next_[place]; }
  bool is_return(Place place) const { return events_[place].is_return; }
  Index operation(Place place) const { return events_[place].operation; }
  core::Instant when(Place place) const { return events_[place].time; }

  /// When the first of those that are left returns. Whatever was called later has to wait for it.
  /// There must be one left.
  core::Instant first_return() const;

  /// next() of its call goes on to tell what came after it.
  void lift(Index operation);
  void put_back(Index operation);  // in the reverse order of lift()

 private:
  struct Event {
    core::Instant time;
    bool is_return = false;
    Index operation = no_index;
  };

  void unlink(Place place);
  void link(Place place);

  std::vector<Event> events_;  // the first one is the end of the ring
  std::vector<Place> next_;
  std::vector<Place> previous_;
  std::vector<Place> call_of_;
  std::vector<Place> return_of_;
};

}  // namespace check
