// Who belongs to the cluster: chapter 4 of the dissertation.
//
// The members stand in the log, as entries of their own, and a node goes by the last such entry
// that it has, committed or not. Two majorities must never decide without each other:
//
//   one voter more or less    any majority of the old and any of the new have a node in common, so
//                             one entry is enough (section 4.1)
//   several at once           an entry in between, with which both majorities must agree (section
//                             4.3): `outgoing` are the voters before
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "messages.hpp"

namespace raft {

bool is_voter(const Members& members, core::NodeId node);
bool is_joint(const Members& members);
/// Voters, outgoing ones and learners, each once, by their ids.
std::vector<core::Peer> everyone(const Members& members);
/// Whether these are a majority of the voters, and of the outgoing ones if there are any.
bool is_quorum(const Members& members, const std::set<core::NodeId>& nodes);

/// The members after those changes; none if that cannot be: no voter is left, too many are, a node
/// is named twice.
std::optional<Members> changed(const Members& members, const std::vector<MemberChange>& changes,
                               std::uint32_t max_members);

/// The members as the log tells them.
class Membership {
 public:
  /// Before the log says anything.
  explicit Membership(Members first) : known_{{0, std::move(first)}} {}

  const Members& now() const { return known_.rbegin()->second; }
  /// Of the entry that says so.
  Index index() const { return known_.rbegin()->first; }
  /// How many such entries it remembers: those of the log, and the last one before it.
  std::size_t size() const { return known_.size(); }
  /// As they were at that place of the log, which must not be forgotten.
  SnapshotHead at(Index index, Term term) const;

  /// Whether that node is a voter there or anywhere behind it.
  bool is_voter_from(Index index, core::NodeId node) const;

  void add(Index index, const Members& members) { known_[index] = members; }
  /// The log was cut: the entry at `first` and all that follow are gone.
  void truncate(Index first) { known_.erase(known_.lower_bound(first), known_.end()); }
  /// Forgets how it was before `index`.
  void compact(Index index);
  /// Knows nothing but what a snapshot says.
  void restart_from(const SnapshotHead& head) { known_ = {{head.members_index, head.members}}; }

 private:
  std::map<Index, Members> known_;  // never empty
};

}  // namespace raft
