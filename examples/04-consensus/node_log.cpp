#include "node_log.hpp"

#include <algorithm>
#include <variant>

#include "messages_wire.hpp"
#include "wire/wire.hpp"

namespace raft {

void NodeLog::restart_from(const SnapshotHead& head) {
  base_ = head;
  places_.clear();
}

void NodeLog::take(const LogFrom& part, core::WriteSeq written_by) {
  places_.erase(places_.lower_bound(part.first), places_.end());
  Index index = part.first;
  for (const Entry& entry : part.entries) {
    if (index > base()) places_[index] = {entry, written_by};
    ++index;
  }
}

void NodeLog::drop_to(Index index) {
  if (index <= base()) return;
  base_ = head_at(index);
  places_.erase(places_.begin(), places_.upper_bound(index));
}

const NodeLog::Place* NodeLog::at(Index index) const {
  const auto found = places_.find(index);
  return found == places_.end() ? nullptr : &found->second;
}

Term NodeLog::term_at(Index index) const {
  const Place* place = at(index);
  return place == nullptr ? base_.last_included_term : place->entry.term;
}

SnapshotHead NodeLog::head_at(Index index) const {
  SnapshotHead head = base_;
  head.last_included_index = index;
  head.last_included_term = term_at(index);
  for (const auto& [its, place] : places_) {
    const Members* members = std::get_if<Members>(&place.entry.payload);
    if (its > index || members == nullptr) continue;
    head.members = *members;
    head.members_index = its;
  }
  return head;
}

bool NodeLog::says_the_same_as(const Log& log) const {
  const bool is_as_long = log.base_index() == base() && log.last_index() == last();
  if (!is_as_long || log.term_at(base()) != base_.last_included_term) return false;
  return std::ranges::all_of(
      places_, [&](const auto& place) { return log.at(place.first) == place.second.entry; });
}

void NodeLog::add_to(core::Digest& digest) const {
  digest.add(wire::encode(base_));
  for (const auto& [index, place] : places_) {
    digest.add(index).add(wire::encode(place.entry)).add(place.written_by);
  }
}

}  // namespace raft
