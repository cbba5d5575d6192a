#include "check/timeline.hpp"

#include <algorithm>

namespace check {

Timeline::Timeline(const std::vector<Step>& steps)
    : events_(1), call_of_(steps.size(), end), return_of_(steps.size(), end) {
  for (Index i = 0; i < steps.size(); ++i) {
    if (steps[i].is_pending()) continue;
    events_.push_back({steps[i].called, false, i});
    events_.push_back({*steps[i].returned, true, i});
  }
  // At one time the calls come before the returns: those operations overlap.
  std::stable_sort(events_.begin() + 1, events_.end(), [](const Event& a, const Event& b) {
    return a.time != b.time ? a.time < b.time : a.is_return < b.is_return;
  });
  const auto count = static_cast<Place>(events_.size());
  for (Place place = 0; place < count; ++place) {
    next_.push_back(place + 1 < count ? place + 1 : end);
    previous_.push_back(place > 0 ? place - 1 : count - 1);
    if (place == end) continue;
    const Event& event = events_[place];
    (event.is_return ? return_of_ : call_of_)[event.operation] = place;
  }
}

core::Instant Timeline::first_return() const {
  Place place = first();
  while (!is_return(place)) place = next(place);
  return when(place);
}

void Timeline::lift(Index operation) {
  unlink(return_of_[operation]);
  unlink(call_of_[operation]);
}

void Timeline::put_back(Index operation) {
  link(call_of_[operation]);
  link(return_of_[operation]);
}

void Timeline::unlink(Place place) {
  next_[previous_[place]] = next_[place];
  previous_[next_[place]] = previous_[place];
}

void Timeline::link(Place place) {
  next_[previous_[place]] = place;
  previous_[next_[place]] = place;
}

}  // namespace check
