#include "raft_laws.hpp"

#include <algorithm>
#include <iterator>

#include "core/digest.hpp"
#include "core/overloaded.hpp"
#include "messages_wire.hpp"
#include "raft_sim.hpp"
#include "wire/wire.hpp"

namespace raft {

namespace {

std::string name_of(Index index, Term term) {
  return "entry " + std::to_string(index) + " of term " + std::to_string(term.value);
}

/// For whom the sender of `sent` votes with it; a candidate votes for itself.
std::optional<core::NodeId> vote_in(core::NodeId sender, const core::Send<Protocol>& sent) {
  if (std::holds_alternative<RequestVote>(sent.message)) return sender;
  const Voted* voted = std::get_if<Voted>(&sent.message);
  if (voted == nullptr || !voted->granted) return {};
  return sent.to;
}

}  // namespace

Laws::Laws(const Options& options)
    : elections_(System::config(options, {})),
      peers_(System::config(options, {})),
      replication_(System::config(options, {})),
      answers_(System::config(options, {})),
      snapshots_(System::config(options, {})),
      changes_(System::config(options, {})),
      client_config_(System::client_config(options)) {}

/// The first is reported: what follows may only be its consequence.
void Laws::broken(const std::string& law, std::string what) {
  if (!found_) found_ = sim::Finding{law, std::move(what)};
}

// ---- What nodes take ----------------------------------------------------------------------------

void Laws::on_step(core::Instant, core::NodeId id, const core::Now& now, const Input& input,
                   const Ready& ready, Cores cores) {
  const Raft& raft = *cores[id.value - 1];
  Turn& turn = turns_[id];
  see_step({now, raft, input, ready, std::span(ready.writes).subspan(turn.writes),
            std::span(ready.messages).subspan(turn.messages),
            std::span(ready.replies).subspan(turn.replies)});
  turn = {ready.writes.size(), ready.messages.size(), ready.replies.size()};
  Node& node = nodes_[id];
  const auto* persisted = std::get_if<core::Persisted>(&input);
  if (persisted != nullptr && persisted->lane == core::Lane::control) {
    while (!node.writing.empty() && node.writing.front().first <= persisted->seq) {
      node.durable_index = node.writing.front().second;
      node.writing.pop_front();
    }
  }
  see_question(raft, input);
  see_answers(raft, ready);
}

void Laws::see_step(const Step& step) {
  elections_.see_step(step);
  peers_.see_step(step);
  replication_.see_step(step);
  answers_.see_step(step);
  snapshots_.see_step(step);
  changes_.see_step(step);
  for (const auto& found : {elections_.found(), peers_.found(), replication_.found(),
                            answers_.found(), snapshots_.found(), changes_.found()}) {
    if (found) broken(found->checker, found->what);
  }
}

void Laws::see_question(const Raft& raft, const Input& input) {
  if (raft.role() != Role::leader) return;
  const auto see = [&](const Command& command, const Question& question) {
    const ClientQuery* query = std::get_if<ClientQuery>(&command);
    if (query == nullptr || query->consistency == Consistency::stale) return;
    questions_.insert({question, commits_.size()});
  };
  if (const auto* request = std::get_if<core::Request<Protocol>>(&input)) {
    see(request->command, {raft.self(), {}, request->session.value, request->request.value});
  }
  const auto* received = std::get_if<core::Receive<Protocol>>(&input);
  const Forward* forward = received == nullptr ? nullptr : std::get_if<Forward>(&received->message);
  if (forward == nullptr) return;
  see(forward->command, {raft.self(), received->from, forward->id.incarnation, forward->id.number});
}

void Laws::see_answers(const Raft& raft, const Ready& ready) {
  const auto see = [&](const Result& result, const Question& question) {
    const auto asked = questions_.find(question);
    if (asked == questions_.end()) return;
    const bool is_late = raft.last_applied() < asked->second;
    if (is_late && std::holds_alternative<Executed>(result)) {
      broken("answer-is-current", name_of(raft.self()) + " answers a question that came when " +
                                      "more was committed than it has applied");
    }
    questions_.erase(asked);
  };
  for (const core::Reply<Protocol>& reply : ready.replies) {
    see(reply.result, {raft.self(), {}, reply.session.value, reply.request.value});
  }
  for (const core::Send<Protocol>& sent : ready.messages) {
    const Forwarded* forwarded = std::get_if<Forwarded>(&sent.message);
    if (forwarded == nullptr) continue;
    see(forwarded->result, {raft.self(), sent.to, forwarded->id.incarnation, forwarded->id.number});
  }
}

// ---- What nodes write and say -------------------------------------------------------------------

void Laws::on_ready(core::Instant, core::NodeId id, const Ready& ready, Cores) {
  Node& node = nodes_[id];
  turns_[id] = {};
  for (const core::Write<Protocol>& write : ready.writes) {
    for (const Record& record : write.records) {
      const LogFrom* part = std::get_if<LogFrom>(&record);
      if (part == nullptr) continue;
      see_written(id, node, *part);
      node.durable_index = std::max(node.base_index, std::min(node.durable_index, part->first - 1));
      node.writing.push_back({write.seq, last_of(node)});
    }
  }
  for (const core::Send<Protocol>& sent : ready.messages) see_said(id, node, sent);
}

/// If every entry stands behind one of the same term wherever it stands, then by induction the logs
/// are the same up to it. A snapshot may have taken the place of some in the turn that wrote them.
void Laws::see_written(core::NodeId id, Node& node, const LogFrom& record) {
  if (node.role == Role::leader && record.first <= last_of(node)) {
    broken("leader-append-only",
           name_of(id) + " leads and writes entry " + std::to_string(record.first) + " anew");
  }
  const Index before_it = record.first - std::min(record.first, node.base_index + 1);
  node.log.resize(std::min<std::size_t>(node.log.size(), before_it));
  Index place = record.first;
  for (const Entry& entry : record.entries) {
    if (place++ <= node.base_index) continue;
    const Term before = node.log.empty() ? node.base_term : node.log.back();
    node.log.push_back(entry.term);
    const Index index = last_of(node);
    const bool is_early = commits_.empty() || commits_.back().entry < entry.term;
    if (is_early && std::holds_alternative<Members>(entry.payload)) {
      broken("members-as-logged", name_of(id) + " has a change of the members of term " +
                                      std::to_string(entry.term.value) +
                                      ", of which nothing is committed");
    }
    const auto [known, is_new] = written_.insert({{index, entry.term}, {entry, before}});
    if (is_new || (known->second.entry == entry && known->second.term_before == before)) continue;
    broken("log-matching", name_of(id) + " has another " + name_of(index, entry.term) +
                               " than somebody else, or another before it");
  }
}

void Laws::see_said(core::NodeId id, Node& node, const core::Send<Protocol>& sent) {
  const Term term = term_of(sent.message);
  node.said_term = std::max(node.said_term, term);
  if (const auto candidate = vote_in(id, sent)) {
    const core::NodeId first = votes_.insert({{id, term}, *candidate}).first->second;
    if (first != *candidate) {
      broken("one-vote-a-term", name_of(id) + " votes for " + name_of(*candidate) + " and for " +
                                    name_of(first) + " in term " + std::to_string(term.value));
    }
  }
  if (const Appended* appended = std::get_if<Appended>(&sent.message)) {
    const Index index = appended->match_index;
    // It may have waited for the disk until a later leader had replaced what it speaks of.
    const bool is_there = index >= node.base_index && index <= last_of(node);
    if (!is_there || term_at(node, index) > appended->term) return;
    node.said_entry = std::max(node.said_entry, {term_at(node, index), index});
  }
}

// ---- What nodes are -----------------------------------------------------------------------------

std::optional<sim::Finding> Laws::after_step(core::Instant, core::NodeId id, Cores cores) {
  const Raft& raft = *cores[id.value - 1];
  Node& node = nodes_[id];
  if (raft.incarnation() != node.incarnation) see_restart(raft, node);
  if (raft.log().base_index() != node.base_index) see_snapshot(raft, node);
  if (raft.current_term() < node.term) {
    broken("nothing-goes-back", name_of(id) + " goes back to an older term");
  }
  if (raft.commit_index() < node.commit_index) {
    broken("nothing-goes-back", name_of(id) + " takes back what it had committed");
  }
  const bool was_leader = node.role == Role::leader && node.term == raft.current_term();
  if (raft.role() == Role::leader && !was_leader) see_leader(raft);
  if (raft.commit_index() > node.commit_index) {
    see_commits(raft, std::max(node.commit_index + 1, raft.log().base_index()), cores);
    see_state(raft);
  }
  see_members(raft, node);
  see_members_entry(raft);
  node.term = raft.current_term();
  node.role = raft.role();
  node.commit_index = raft.commit_index();
  return found_;
}

void Laws::see_restart(const Raft& raft, Node& node) {
  node.incarnation = raft.incarnation();
  node.term = Term{};
  node.role = Role::follower;
  node.commit_index = 0;
  node.base_index = raft.log().base_index();
  node.base_term = raft.log().term_at(node.base_index);
  node.log.clear();
  for (Index index = node.base_index + 1; index <= raft.log().last_index(); ++index) {
    node.log.push_back(raft.log().term_at(index));
  }
  node.writing.clear();
  node.durable_index = raft.log().last_index();
  if (raft.current_term() < node.said_term) {
    broken("said-is-durable", name_of(raft.self()) + " has forgotten a term that it spoke of");
  }
  const std::pair<Term, Index> last{raft.log().last_term(), raft.log().last_index()};
  if (last < node.said_entry) {
    broken("said-is-durable", name_of(raft.self()) + " has lost " +
                                  name_of(node.said_entry.second, node.said_entry.first) +
                                  ", which it had confirmed");
  }
}

/// What it stands for is gone from the log, and what was behind it may be.
void Laws::see_snapshot(const Raft& raft, Node& node) {
  const Index base = raft.log().base_index();
  if (base < node.base_index)
    broken("nothing-goes-back", name_of(raft.self()) + "'s log grows back");
  if (base > node.commit_index) ++installed_;
  const Index kept_to = std::min(last_of(node), raft.log().last_index());
  std::vector<Term> kept;
  for (Index index = base + 1; index <= kept_to; ++index) kept.push_back(term_at(node, index));
  node.log = std::move(kept);
  node.base_index = base;
  node.base_term = raft.log().term_at(base);
  node.durable_index = std::max(node.durable_index, base);
}

Term Laws::term_at(const Node& node, Index index) {
  return index == node.base_index ? node.base_term : node.log[index - node.base_index - 1];
}

/// As an election compares it.
std::pair<Term, Index> Laws::end_of(const Node& node) {
  return {term_at(node, last_of(node)), last_of(node)};
}

bool Laws::has(const Node& node, Index index, Term term) {
  if (index < node.base_index) return true;
  return index <= last_of(node) && term_at(node, index) == term;
}

void Laws::see_state(const Raft& raft) {
  core::Digest digest;
  raft.machine().add_to(digest);
  for (const auto& [session, state] : raft.sessions().all()) digest.add(wire::encode(state));
  const auto known = states_.insert({raft.last_applied(), digest.value()}).first;
  if (known->second == digest.value()) return;
  broken("same-state", name_of(raft.self()) +
                           " is in another state than somebody else was behind " +
                           name_of(raft.last_applied(), raft.log().term_at(raft.last_applied())));
}

void Laws::see_members(const Raft& raft, const Node& node) {
  const auto is_about_members = [&](Index index) {
    const auto found = written_.find({index, term_at(node, index)});
    return found != written_.end() && std::holds_alternative<Members>(found->second.entry.payload);
  };
  Index last = 0;
  int open = 0;
  for (Index index = node.base_index + 1; index <= last_of(node); ++index) {
    if (!is_about_members(index) || !raft.log().has(index, term_at(node, index))) continue;
    last = index;
    if (index > commits_.size()) ++open;
  }
  if (open > 1) broken("members-as-logged", name_of(raft.self()) + " has two changes under way");
  // What it has written in this turn is not in `node` yet.
  if (last > raft.members_index()) {
    broken("members-as-logged", name_of(raft.self()) + " does not go by its entry " +
                                    std::to_string(last) + " about the members");
  }
}

/// The entry that it goes by stands in its log, or is the last of those that it has no more.
void Laws::see_members_entry(const Raft& raft) {
  const Index base = raft.log().base_index();
  const Index its = raft.members_index();
  const auto fails = [&] {
    broken("members-as-logged", name_of(raft.self()) + " goes by members of entry " +
                                    std::to_string(its) + " that no log tells of");
  };
  if (its > base) {
    const bool is_there = its <= raft.log().last_index();
    const Members* members = is_there ? std::get_if<Members>(&raft.log().at(its).payload) : nullptr;
    if (members == nullptr || *members != raft.members()) fails();
    return;
  }
  const auto behind = members_.upper_bound(base);
  if (behind == members_.begin() ? its != 0 : std::prev(behind)->first != its) return fails();
  if (its != 0 && members_.at(its) != raft.members()) fails();
}

void Laws::see_leader(const Raft& raft) {
  const Term term = raft.current_term();
  const auto [leader, is_first] = leaders_.insert({term, raft.self()});
  if (!is_first && leader->second != raft.self()) {
    broken("election-safety", name_of(raft.self()) + " and " + name_of(leader->second) +
                                  " both lead in term " + std::to_string(term.value));
  }
  for (Index index = 1; index <= commits_.size(); ++index) {
    const Commit& commit = commits_[index - 1];
    if (commit.when >= term || raft.log().has(index, commit.entry)) continue;
    return broken("leader-completeness", name_of(raft.self()) + " leads in term " +
                                             std::to_string(term.value) + " without " +
                                             name_of(index, commit.entry) + ", which is committed");
  }
}

void Laws::see_durable(const Raft& raft) {
  const Index index = raft.commit_index();
  const Term term = raft.log().term_at(index);
  std::set<core::NodeId> have;
  for (const auto& [id, node] : nodes_) {
    if (node.durable_index >= index && has(node, index, term)) have.insert(id);
  }
  if (is_quorum(raft.members(), have)) return;
  broken("durable-on-a-majority", name_of(raft.self()) + " commits " + name_of(index, term) +
                                      ", which no majority has on disk");
}

/// What section 5.4.2 is about: an entry that most have, but of an older term, may be overwritten
/// by a leader who never had it. Who is down is not judged: whom it goes by is not known.
void Laws::see_safe(const Raft& raft, Cores cores) {
  const Index index = raft.commit_index();
  const Term term = raft.log().term_at(index);
  for (const auto& [id, node] : nodes_) {
    const std::optional<Raft>& candidate = cores[id.value - 1];
    if (!candidate || candidate->incarnation() != node.incarnation) continue;
    if (!is_voter(candidate->members(), id) || has(node, index, term)) continue;
    std::set<core::NodeId> would_vote;
    for (const auto& [voter, its] : nodes_) {
      if (end_of(its) <= end_of(node)) would_vote.insert(voter);
    }
    if (!is_quorum(candidate->members(), would_vote)) continue;
    return broken("committed-for-good", name_of(raft.self()) + " commits " + name_of(index, term) +
                                            ", and " + name_of(id) + " can be elected without it");
  }
}

void Laws::see_commits(const Raft& raft, Index from, Cores cores) {
  const bool is_first = raft.role() == Role::leader && raft.commit_index() > commits_.size();
  for (Index index = from; index <= raft.commit_index(); ++index) {
    const Term term = raft.log().term_at(index);
    if (index > commits_.size() + 1) {
      return broken("state-machine-safety",
                    name_of(raft.self()) + " has a snapshot of what nobody has committed");
    }
    if (index == 0) continue;
    if (index > commits_.size()) {
      commits_.push_back({term, raft.current_term()});
      const bool is_there = index > raft.log().base_index();
      const Members* members =
          is_there ? std::get_if<Members>(&raft.log().at(index).payload) : nullptr;
      if (members != nullptr) members_[index] = *members;
    }
    if (commits_[index - 1].entry == term) continue;
    broken("state-machine-safety", name_of(raft.self()) + " commits " + name_of(index, term) +
                                       ", another has committed " +
                                       name_of(index, commits_[index - 1].entry));
  }
  if (!is_first) return;
  see_durable(raft);
  see_safe(raft, cores);
}

// ---- What clients learn -------------------------------------------------------------------------

void Laws::on_submit(core::Instant, sim::ClientId client, const Ask& ask) {
  if (ask.number >= first_fresh_number) fresh_.insert({client, ask.number});
}

void Laws::on_call(core::Instant at, sim::ClientId client, const core::Call<ClientProtocol>& call) {
  std::visit(core::Overloaded{
                 [&](const ClientRequest& request) {
                   sent_[{client, call.request}] = change_asked(at, client, request);
                 },
                 [&](const ClientQuery& query) {
                   if (query.consistency == Consistency::stale) return;
                   sent_[{client, call.request}] = history_.ask(at, query.query);
                 },
                 [](const auto&) {},
             },
             call.command);
}

/// Asked again with the same number it is the same change. It was not refused for good.
std::size_t Laws::change_asked(core::Instant at, sim::ClientId client,
                               const ClientRequest& request) {
  if (!request.once) return history_.ask(at, request.operation);
  const auto known = numbered_.find({client, *request.once});
  if (known == numbered_.end()) {
    return numbered_[{client, *request.once}] = history_.ask(at, request.operation);
  }
  history_.ask_again(known->second);
  return known->second;
}

void Laws::on_answer(core::Instant at, sim::ClientId client,
                     const core::Answer<ClientProtocol>& answer) {
  const auto sent = sent_.find({client, answer.request});
  if (sent == sent_.end()) return;
  const bool refused = answer.result ? std::holds_alternative<Refused>(*answer.result)
                                     : answer.result.error() == core::CallError::refused;
  const Executed* executed = answer.result ? std::get_if<Executed>(&*answer.result) : nullptr;
  if (executed != nullptr) history_.answer(sent->second, at, executed->answer);
  if (executed == nullptr && !refused) uncertain_.insert(sent->second);
  if (refused && !uncertain_.contains(sent->second)) history_.refuse(sent->second);
  sent_.erase(sent);
}

void Laws::on_outcome(core::Instant, sim::ClientId client, const Learned& learned) {
  if (std::holds_alternative<Executed>(learned.result)) fresh_.erase({client, learned.number});
  const bool is_done = learned.result == Result(Done{});
  if (is_done && std::holds_alternative<TransferLeadership>(learned.command)) ++moved_;
}

void Laws::on_client_step(core::Instant, sim::ClientId client, const core::Now& now,
                          const ClientInput& input, const ClientReady& ready, const Client& core) {
  ClientLaws& laws = clients_.try_emplace(client, client_config_).first->second;
  laws.see_step(now, input, ready, core);
  if (!found_) found_ = laws.found();
}

void Laws::on_client_crash(core::Instant, sim::ClientId client) {
  clients_.erase(client);
  std::erase_if(fresh_, [&](const auto& work) { return work.first == client; });
  std::erase_if(sent_, [&](const auto& call) { return call.first.first == client; });
}

// ---- The end ------------------------------------------------------------------------------------

std::optional<std::string> Laws::unserved() const {
  if (fresh_.empty()) return {};
  return "client " + std::to_string(fresh_.begin()->first.value) + " has no answer to its work " +
         std::to_string(fresh_.begin()->second);
}

std::vector<sim::Tally> Laws::tallies() const {
  return {{"leader-elected", leaders_.size()},
          {"leadership-moved", moved_},
          {"members-changed", members_.size()},
          {"snapshot-installed", installed_}};
}

std::optional<sim::Finding> Laws::at_end(core::Instant, Cores) {
  if (const auto wrong = history_.what_is_wrong()) broken("linearizable", *wrong);
  return found_;
}

std::uint64_t Laws::digest() const {
  core::Digest digest;
  for (const auto& [id, node] : nodes_) {
    digest.add(id).add(node.incarnation).add(node.term).add(node.commit_index);
    digest.add(std::uint64_t{static_cast<std::uint8_t>(node.role)}).add(node.said_term);
    digest.add(node.said_entry.first).add(node.said_entry.second);
    digest.add(node.base_index).add(node.base_term);
    for (const Term term : node.log) digest.add(term);
    for (const auto& [seq, index] : node.writing) digest.add(seq).add(index);
    digest.add(node.durable_index);
  }
  for (const auto& [term, leader] : leaders_) digest.add(term).add(leader);
  for (const auto& [place, written] : written_) {
    digest.add(place.first).add(place.second).add(wire::encode(written.entry));
    digest.add(written.term_before);
  }
  for (const auto& [question, committed] : questions_) {
    digest.add(std::get<0>(question)).add(std::get<1>(question)).add(std::get<2>(question));
    digest.add(std::get<3>(question)).add(committed);
  }
  for (const auto& [index, members] : members_) digest.add(index).add(wire::encode(members));
  for (const Commit& commit : commits_) digest.add(commit.entry).add(commit.when);
  for (const auto& [vote, candidate] : votes_) {
    digest.add(vote.first).add(vote.second).add(candidate);
  }
  history_.add_to(digest);
  for (const auto& [call, place] : sent_) digest.add(call.first).add(call.second).add(place);
  for (const auto& [change, place] : numbered_) {
    digest.add(change.first).add(change.second.session).add(change.second.sequence).add(place);
  }
  for (const std::size_t place : uncertain_) digest.add(place);
  for (const auto& [index, state] : states_) digest.add(index).add(state);
  for (const auto& [client, number] : fresh_) digest.add(client).add(number);
  digest.add(elections_.digest())
      .add(peers_.digest())
      .add(replication_.digest())
      .add(answers_.digest());
  digest.add(snapshots_.digest()).add(changes_.digest());
  for (const auto& [client, laws] : clients_) digest.add(client).add(laws.digest());
  return digest.value();
}

}  // namespace raft
