#include "membership.hpp"

#include <algorithm>
#include <iterator>

#include "core/require.hpp"
#include "raft.hpp"

namespace raft {

namespace {

using Peers = std::vector<core::Peer>;

bool contains(const Peers& peers, core::NodeId node) {
  return std::ranges::find(peers, node, &core::Peer::id) != peers.end();
}

bool is_majority(const Peers& voters, const std::set<core::NodeId>& nodes) {
  const auto agrees = [&](const core::Peer& voter) { return nodes.contains(voter.id); };
  return 2 * std::ranges::count_if(voters, agrees) > std::ssize(voters);
}

/// How many voters one has that the other has not.
std::size_t difference(const Peers& one, const Peers& other) {
  const auto is_new = [&](const core::Peer& voter) { return !contains(other, voter.id); };
  return static_cast<std::size_t>(std::ranges::count_if(one, is_new));
}

/// Takes a node out; its address, if it was there.
std::string take_out(Peers& peers, core::NodeId node) {
  const auto found = std::ranges::find(peers, node, &core::Peer::id);
  if (found == peers.end()) return {};
  std::string address = found->address;
  peers.erase(found);
  return address;
}

void put_in(Peers& peers, core::Peer peer) {
  const auto behind = std::ranges::upper_bound(peers, peer.id, {}, &core::Peer::id);
  peers.insert(behind, std::move(peer));
}

}  // namespace

bool is_voter(const Members& members, core::NodeId node) {
  return contains(members.voters, node) || contains(members.outgoing, node);
}

bool is_joint(const Members& members) { return !members.outgoing.empty(); }

std::vector<core::Peer> everyone(const Members& members) {
  std::map<core::NodeId, core::Peer> all;
  for (const auto* peers : {&members.voters, &members.outgoing, &members.learners}) {
    for (const core::Peer& peer : *peers) all.insert({peer.id, peer});
  }
  std::vector<core::Peer> found;
  for (const auto& [id, peer] : all) found.push_back(peer);
  return found;
}

bool is_quorum(const Members& members, const std::set<core::NodeId>& nodes) {
  return is_majority(members.voters, nodes) &&
         (!is_joint(members) || is_majority(members.outgoing, nodes));
}

std::optional<Members> changed(const Members& members, const std::vector<MemberChange>& changes,
                               std::uint32_t max_members) {
  Members next{members.voters, members.learners, {}};
  std::set<core::NodeId> named;
  for (const MemberChange& change : changes) {
    core::Peer member = change.member;
    if (member.id == core::NodeId{} || !named.insert(member.id).second) return {};
    std::string address = take_out(next.voters, member.id);
    if (address.empty()) address = take_out(next.learners, member.id);
    if (member.address.empty()) member.address = address;
    if (change.role == MemberRole::voter) put_in(next.voters, member);
    if (change.role == MemberRole::learner) put_in(next.learners, member);
  }
  const bool is_right = !next.voters.empty() && !changes.empty() &&
                        next.voters.size() + next.learners.size() <= max_members;
  if (!is_right) return {};
  const bool several =
      difference(next.voters, members.voters) + difference(members.voters, next.voters) > 1;
  if (several) next.outgoing = members.voters;
  return next;
}

// ---- What the log says of it --------------------------------------------------------------------

SnapshotHead Membership::at(Index index, Term term) const {
  const auto behind = known_.upper_bound(index);
  core::require(behind != known_.begin(), "the members at that place are known");
  const auto& [members_index, members] = *std::prev(behind);
  return {index, term, members, members_index};
}

bool Membership::is_voter_from(Index index, core::NodeId node) const {
  const auto behind = known_.upper_bound(index);
  core::require(behind != known_.begin(), "the members at that place are known");
  return std::any_of(std::prev(behind), known_.end(),
                     [&](const auto& entry) { return is_voter(entry.second, node); });
}

void Membership::compact(Index index) {
  const auto behind = known_.upper_bound(index);
  if (behind != known_.begin()) known_.erase(known_.begin(), std::prev(behind));
}

/// A voter may stand for election, and one that was a voter before an entry that is not committed:
/// the entry may need it, for others may lack it (section 4.2.2, Figure 4.6). Which are committed a
/// node that has restarted does not know, so any may be the last.
bool Raft::may_stand() const { return membership_.is_voter_from(commit_index_, config_.self); }

// ---- Changing it --------------------------------------------------------------------------------

/// One change at a time: the next only when the last is committed. And a new leader must have
/// committed an entry of its own first, or it may not know of a change that another one has
/// committed: the dissertation as printed lacked this (Ongaro, "bug in single-server membership
/// changes", raft-dev, 2015).
bool Raft::may_change_members() const {
  const bool is_settled = membership_.index() <= commit_index_ && !is_joint(members());
  return is_settled && commit_index_ >= term_start_;
}

void Raft::change_members(const core::Now& now, const Caller& caller, const ChangeMembers& change,
                          Decisions& out) {
  if (!may_change_members()) return answer(caller, Refused{Refusal::members_change}, out);
  const std::optional<Members> next = changed(members(), change.changes, config_.max_members);
  if (!next) return answer(caller, Refused{Refusal::invalid}, out);
  propose(now, caller, *next, out);
}

/// The members that the log says last are not those of before.
void Raft::adopt_members(const core::Now& now, Decisions& out) {
  std::vector<core::Peer> peers = everyone(members());
  std::erase_if(peers, [&](const core::Peer& peer) { return peer.id == config_.self; });
  if (role_ == Role::leader) {
    std::set<core::NodeId> known = {config_.self};
    for (const core::Peer& peer : peers) {
      known.insert(peer.id);
      if (!progress_.contains(peer.id)) begin_progress(now, peer.id);
    }
    std::erase_if(progress_, [&](const auto& entry) { return !known.contains(entry.first); });
  }
  out.ready.peers = std::move(peers);
}

/// A leader whose last change is committed: from the entry in between it goes on to the new
/// members alone; and when it is not among them itself, its work is done.
void Raft::complete_change(const core::Now& now, Decisions& out) {
  if (role_ != Role::leader || membership_.index() > commit_index_) return;
  if (is_joint(members())) {
    append(now, Members{members().voters, members().learners, {}}, out);
    return send_to_all(out);
  }
  if (is_voter(members(), config_.self)) return;
  leader_ = core::NodeId{};
  become_follower(now, out);
}

}  // namespace raft
