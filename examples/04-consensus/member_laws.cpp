#include "member_laws.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/overloaded.hpp"
#include "messages_wire.hpp"
#include "wire/wire.hpp"

namespace raft {

namespace {

using Peers = std::vector<core::Peer>;

std::set<core::NodeId> ids_of(const Peers& peers) {
  std::set<core::NodeId> ids;
  for (const core::Peer& peer : peers) ids.insert(peer.id);
  return ids;
}

/// All but that node, by their ids.
Peers others(const Members& members, core::NodeId self) {
  std::map<core::NodeId, core::Peer> all;
  for (const Peers* peers : {&members.voters, &members.outgoing, &members.learners}) {
    for (const core::Peer& peer : *peers) {
      if (peer.id != self) all.try_emplace(peer.id, peer);
    }
  }
  Peers found;
  for (auto& [id, peer] : all) found.push_back(std::move(peer));
  return found;
}

}  // namespace

MemberLaws::MemberLaws(const Config& config) : config_(config) {}

void MemberLaws::broken(const char* law, const Step& step, const std::string& what) {
  if (!found_) found_ = sim::Finding{law, name_of(step.raft.self()) + " " + what};
}

void MemberLaws::see_step(const Step& step) {
  if (found_) return;
  const core::NodeId id = step.raft.self();
  Node& node = nodes_[id];
  const auto* start = std::get_if<core::Start<Protocol>>(&step.input);
  if (start != nullptr) see_start(*start, id, node);
  const Added added = added_by(step);
  const Peers before = others(node.members.rbegin()->second, id);
  bool is_change = false;
  if (const std::optional<Asked> asked = asked_in(step, node)) {
    see_changes_refused(step, node, *asked, added);
    std::visit(
        core::Overloaded{
            [&](const ChangeMembers& change) {
              is_change = true;
              see_change(step, node, *asked, change, added);
            },
            [&](const TransferLeadership& transfer) { see_transfer(step, node, *asked, transfer); },
            [&](const ClientQuery& query) { see_lease(step, node, *asked, query); },
            [](const auto&) {},
        },
        asked->command);
  }
  if (const auto* closed = std::get_if<core::Closed>(&step.input))
    see_closed(closed->session, node);
  if (const auto* order = received_in<TimeoutNow>(step)) see_order(step, node, *order);
  see_stand(step, node);
  see_added(step, node, added, is_change);
  see_log(step, node);
  if (step.ready.peers) node.peers = step.ready.peers;
  see_members(step, node);
  see_sent(step, before, node);
  see_completed(step, node);
  see_told(step, node);
  see_move(step, node);
  remember(step, node);
}

/// A node that is to join later knows of nobody.
void MemberLaws::see_start(const core::Start<Protocol>& start, core::NodeId id, Node& node) const {
  node = Node{};
  const bool is_first = ids_of(config_.members).contains(id);
  node.members[0] = Members{is_first ? config_.members : Peers{}, {}, {}};
  for (const Record& record : start.recovered.snapshot) {
    const SnapshotHead* head = std::get_if<SnapshotHead>(&record);
    if (head == nullptr) continue;
    node.members = {{head->members_index, head->members}};
    node.base_index = head->last_included_index;
  }
  for (const core::Write<Protocol>& write : start.recovered.log) {
    for (const Record& record : write.records) {
      const LogFrom* part = std::get_if<LogFrom>(&record);
      if (part != nullptr) take(node.base_index, *part, node.members);
      if (const TermAndVote* known = std::get_if<TermAndVote>(&record))
        node.term = known->current_term;
    }
  }
}

void MemberLaws::remember(const Step& step, Node& node) {
  const Raft& raft = step.raft;
  node.role = raft.role();
  node.term = raft.current_term();
  node.commit_index = raft.commit_index();
  node.commit_term = raft.log().term_at(node.commit_index);
  node.last_index = raft.log().last_index();
  node.base_index = raft.log().base_index();
  if (node.role != Role::leader) node.taken.clear();
}

// ---- What it is asked ---------------------------------------------------------------------------

/// The command that a leader is to carry out in this step.
std::optional<MemberLaws::Asked> MemberLaws::asked_in(const Step& step, Node& node) const {
  if (node.role != Role::leader) return {};
  std::optional<Asked> asked;
  if (const auto* request = std::get_if<core::Request<Protocol>>(&step.input)) {
    asked.emplace(Caller{{}, request->session.value, request->request.value}, request->command);
  }
  if (const Forward* forward = received_in<Forward>(step)) {
    const auto& received = std::get<core::Receive<Protocol>>(step.input);
    if (!takes(received, *forward, node)) return {};
    asked.emplace(Caller{received.from, forward->id.incarnation, forward->id.number},
                  forward->command);
  }
  if (!asked) return {};
  const bool is_busy = answer_to(asked->caller, step) == Result(Refused{Refusal::too_busy});
  return is_busy ? std::nullopt : asked;
}

/// Only in its term.
bool MemberLaws::takes(const core::Receive<Protocol>& received, const Forward& forward,
                       Node& node) const {
  const bool is_member = belongs_to(node.members.rbegin()->second, received.from);
  if (forward.term != node.term || !is_member) return false;
  return raft::takes(node.taken[received.from], forward.id, config_.max_waiting);
}

std::optional<Result> MemberLaws::answer_to(const Caller& caller, const Step& step) {
  const auto& [node, first, second] = caller;
  for (const core::Reply<Protocol>& reply : step.replies) {
    const bool is_it =
        node == core::NodeId{} && reply.session.value == first && reply.request.value == second;
    if (is_it) return reply.result;
  }
  for (const core::Send<Protocol>& sent : step.messages) {
    const Forwarded* forwarded = std::get_if<Forwarded>(&sent.message);
    if (forwarded == nullptr || sent.to != node) continue;
    if (forwarded->id == ForwardId{first, second}) return forwarded->result;
  }
  return {};
}

MemberLaws::Added MemberLaws::added_by(const Step& step) {
  Added added;
  if (received_in<AppendEntries>(step) != nullptr) return added;
  for (const core::Write<Protocol>& write : step.writes) {
    for (const Record& record : write.records) {
      const LogFrom* part = std::get_if<LogFrom>(&record);
      if (part == nullptr) continue;
      Index index = part->first;
      for (const Entry& entry : part->entries) added.emplace_back(index++, &entry);
    }
  }
  return added;
}

// ---- Changes of the members ---------------------------------------------------------------------

void MemberLaws::see_change(const Step& step, const Node& node, const Asked& asked,
                            const ChangeMembers& change, const Added& added) {
  const auto& [index, members] = *node.members.rbegin();
  const bool is_settled = members.outgoing.empty() && index <= node.commit_index;
  const std::optional<Members> next = members_after(members, change);
  std::optional<Result> due;
  if (!is_settled || node.commit_term != node.term) {
    due = Refused{Refusal::members_change};
  } else if (!next) {
    due = Refused{Refusal::invalid};
  } else if (node.move) {
    due = Refused{Refusal::no_leader};
  }
  if (answer_to(asked.caller, step) != due) {
    return broken("members-as-asked", step,
                  due ? "does not refuse a change of the members as it ought to"
                      : "answers at once, asked to change the members as it may");
  }
  const Members* first = added.empty() ? nullptr : std::get_if<Members>(&added[0].second->payload);
  if (due ? !added.empty() : first == nullptr || *first != *next) {
    broken("members-as-asked", step, "does not append the members that it was asked for");
  }
}

/// None when that cannot be. An address that is not told stays as it is.
std::optional<Members> MemberLaws::members_after(const Members& members,
                                                 const ChangeMembers& change) const {
  std::map<core::NodeId, std::string> voters;
  std::map<core::NodeId, std::string> learners;
  std::map<core::NodeId, std::string> addresses;
  for (const core::Peer& peer : members.voters) voters[peer.id] = peer.address;
  for (const core::Peer& peer : members.learners) learners[peer.id] = peer.address;
  addresses.insert(voters.begin(), voters.end());
  addresses.insert(learners.begin(), learners.end());
  std::set<core::NodeId> named;
  for (const auto& [member, role] : change.changes) {
    voters.erase(member.id);
    learners.erase(member.id);
    if (!named.insert(member.id).second) return {};
    const std::string address = member.address.empty() ? addresses[member.id] : member.address;
    if (role == MemberRole::voter) voters[member.id] = address;
    if (role == MemberRole::learner) learners[member.id] = address;
  }
  if (named.empty() || named.contains(core::NodeId{}) || voters.empty()) return {};
  if (voters.size() + learners.size() > config_.max_members) return {};
  Members next;
  for (const auto& [id, address] : voters) next.voters.push_back({id, address});
  for (const auto& [id, address] : learners) next.learners.push_back({id, address});
  std::vector<core::NodeId> differ;
  std::ranges::set_symmetric_difference(ids_of(members.voters), ids_of(next.voters),
                                        std::back_inserter(differ));
  if (differ.size() > 1) next.outgoing = members.voters;
  return next;
}

/// What was not asked for completes a change of several.
void MemberLaws::see_added(const Step& step, Node& node, const Added& added, bool is_asked) {
  for (const auto& [index, entry] : added) {
    const Members* members = std::get_if<Members>(&entry->payload);
    if (members == nullptr) continue;
    const auto& [before_index, before] = *node.members.rbegin();
    if (step.raft.log().term_at(step.raft.commit_index()) != entry->term) {
      broken("members-as-logged", step,
             "adds a change of the members, and has committed nothing of its term");
    }
    const bool is_due = !before.outgoing.empty() && before_index <= step.raft.commit_index();
    const bool completes = is_due && *members == Members{before.voters, before.learners, {}};
    if (!completes && !std::exchange(is_asked, false)) {
      broken("members-as-asked", step, "changes the members, and nobody has asked for it");
    }
    node.members[index] = *members;
  }
}

/// The members by what is written. A snapshot that is installed tells them when the log goes on
/// behind it.
void MemberLaws::see_log(const Step& step, Node& node) {
  const Index base = step.raft.log().base_index();
  for (const core::Write<Protocol>& write : step.writes) {
    for (const Record& record : write.records) {
      if (const LogFrom* part = std::get_if<LogFrom>(&record)) take(base, *part, node.members);
      const SnapshotHead* head = std::get_if<SnapshotHead>(&record);
      if (head != nullptr) node.heads[head->last_included_index] = *head;
    }
  }
  if (base == node.base_index) return;
  const auto head = node.heads.find(base);
  const bool is_all = head != node.heads.end() && step.raft.log().last_index() == base;
  if (is_all) node.members = {{head->second.members_index, head->second.members}};
  node.heads.erase(node.heads.begin(), node.heads.upper_bound(base));
  const auto behind = node.members.upper_bound(base);
  if (behind != node.members.begin()) {
    node.members.erase(node.members.begin(), std::prev(behind));
  }
}

/// What is gone from the log is known already.
void MemberLaws::take(Index base, const LogFrom& part, std::map<Index, Members>& members) {
  if (part.first + part.entries.size() <= base + 1) return;
  members.erase(members.lower_bound(std::max(part.first, base + 1)), members.end());
  Index index = part.first;
  for (const Entry& entry : part.entries) {
    const Members* its = std::get_if<Members>(&entry.payload);
    if (its != nullptr && index > base) members[index] = *its;
    ++index;
  }
}

void MemberLaws::see_members(const Step& step, const Node& node) {
  const auto& [index, members] = *node.members.rbegin();
  if (step.raft.members_index() != index || step.raft.members() != members) {
    broken("members-as-logged", step, "does not go by the last members that its log tells of");
  }
  if (node.peers == others(members, step.raft.self())) return;
  broken("members-are-reached", step, "is connected to others than the members");
}

/// In the step that commits it.
void MemberLaws::see_completed(const Step& step, const Node& node) {
  const Raft& raft = step.raft;
  const auto& [index, members] = *node.members.rbegin();
  const Term commit_term = raft.log().term_at(raft.commit_index());
  const bool is_committed = index <= raft.commit_index();
  const bool may_complete = is_committed && commit_term == raft.current_term();
  if (raft.role() == Role::leader && may_complete) {
    if (!members.outgoing.empty()) {
      broken("members-as-asked", step, "leaves a change of several in between");
    } else if (!has_vote(members, raft.self())) {
      broken("members-as-asked", step, "leads, and is no voter");
    }
  }
  const bool gives_up =
      node.role == Role::leader && raft.role() != Role::leader && raft.current_term() == node.term;
  const bool is_lonely = std::holds_alternative<core::Timeout>(step.input) && config_.check_quorum;
  const bool is_no_voter = may_complete && !has_vote(members, raft.self());
  if (gives_up && !is_lonely && !is_no_voter) {
    broken("members-as-asked", step, "leaves the lead without a reason");
  }
}

/// Judged by the members of before the step: nothing that has a node stand changes them.
void MemberLaws::see_stand(const Step& step, const Node& node) {
  const core::NodeId self = step.raft.self();
  const auto asks = [](const core::Send<Protocol>& sent) {
    return std::holds_alternative<RequestPreVote>(sent.message);
  };
  const auto stands = [&](const core::Write<Protocol>& write) {
    return write.lane == core::Lane::control &&
           std::ranges::any_of(write.records, [&](const Record& record) {
             const TermAndVote* vote = std::get_if<TermAndVote>(&record);
             return vote != nullptr && vote->voted_for == self;
           });
  };
  if (!std::ranges::any_of(step.messages, asks) && !std::ranges::any_of(step.writes, stands)) {
    return;
  }
  const auto committed = std::prev(node.members.upper_bound(node.commit_index));
  const auto is_its = [&](const auto& entry) { return has_vote(entry.second, self); };
  if (std::any_of(committed, node.members.end(), is_its)) return;
  broken("voters-stand", step, "stands for election, and is no voter");
}

void MemberLaws::see_sent(const Step& step, const std::vector<core::Peer>& before,
                          const Node& node) {
  const Peers after = others(node.members.rbegin()->second, step.raft.self());
  std::set<core::NodeId> members = ids_of(before);
  members.merge(ids_of(after));
  std::set<core::NodeId> sent_to;
  for (const core::Send<Protocol>& sent : step.messages) {
    const bool is_heartbeat = std::holds_alternative<AppendEntries>(sent.message);
    const bool is_for_members = is_heartbeat ||
                                std::holds_alternative<InstallSnapshot>(sent.message) ||
                                std::holds_alternative<RequestPreVote>(sent.message);
    if (is_heartbeat) sent_to.insert(sent.to);
    if (!is_for_members || members.contains(sent.to)) continue;
    broken("members-are-reached", step, "sends to one that is no member");
  }
  const bool is_round = std::holds_alternative<core::Timeout>(step.input) && !sent_to.empty();
  if (is_round && sent_to != ids_of(after)) {
    broken("members-are-reached", step, "sends a heartbeat, and not to all members");
  }
}

// ---- All of it ----------------------------------------------------------------------------------

std::uint64_t MemberLaws::digest() const {
  core::Digest digest;
  for (const auto& [id, node] : nodes_) {
    digest.add(id);
    digest_of(node, digest);
  }
  return digest.value();
}

void MemberLaws::digest_of(const Node& node, core::Digest& digest) {
  digest.add(static_cast<std::uint64_t>(node.role)).add(node.term).add(node.commit_index);
  digest.add(node.commit_term).add(node.base_index).add(node.last_index);
  for (const auto& [index, members] : node.members) digest.add(index).add(wire::encode(members));
  for (const auto& [index, head] : node.heads) digest.add(index).add(wire::encode(head));
  for (const core::Peer& peer : node.peers.value_or(Peers{})) {
    digest.add(peer.id).add(std::string_view(peer.address));
  }
  for (const auto& [from, taken] : node.taken) {
    digest.add(from);
    for (const ForwardId& id : taken) digest.add(id.incarnation).add(id.number);
  }
  digest.add(node.told_in);
  for (const Term term : node.ordered) digest.add(term);
  if (!node.move) return;
  const auto& [from, first, second] = node.move->caller.value_or(Caller{});
  digest.add(from).add(first).add(second).add(node.move->to).add(node.move->until);
  digest.add(std::uint64_t{node.move->told});
}

}  // namespace raft
