#include "answer_laws.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "core/digest.hpp"
#include "core/overloaded.hpp"
#include "messages_wire.hpp"
#include "sim/text.hpp"
#include "wire/wire.hpp"

namespace raft {

namespace {

/// As much of a value as a finding shows.
constexpr std::uint64_t most_bytes = 40;

template <class Said>
std::string words(const Said& said) {
  return sim::to_text(said, most_bytes);
}

/// Where the leader writes that into its log in this step; 0: nowhere.
Index place_of(const Step& step, const Entry& entry) {
  for (const core::Write<Protocol>& write : step.writes) {
    for (const Record& record : write.records) {
      const LogFrom* const part = std::get_if<LogFrom>(&record);
      if (part == nullptr) continue;
      const auto found = std::ranges::find(part->entries, entry);
      if (found == part->entries.end()) continue;
      return part->first + static_cast<Index>(found - part->entries.begin());
    }
  }
  return 0;
}

}  // namespace

void AnswerLaws::broken(const char* law, std::string what) {
  if (!found_) found_ = sim::Finding{law, std::move(what)};
}

/// After a finding the two have parted, and whatever follows would only be its consequence.
void AnswerLaws::see_step(const Step& step) {
  if (found_) return;
  const Raft& raft = step.raft;
  Node& node = nodes_[raft.self()];
  if (std::holds_alternative<core::Start<Protocol>>(step.input)) {
    node = Node{};
    node.incarnation = raft.incarnation();
  }
  collect(step);
  see_committed(raft);
  see_input(node, step);
  if (raft.current_term() != node.term) see_end_of_term(node);
  see_answers(node, step);
  see_commits(node, raft);
  const bool leads_on =
      node.leads && raft.role() == Role::leader && raft.current_term() == node.term;
  if (leads_on) {
    see_rounds(node, step);
  } else if (node.leads) {
    see_end_of_reign(node);
  }
  see_unasked(step);
  see_timeout(node, raft);
  remember(node, step, leads_on);
}

void AnswerLaws::collect(const Step& step) {
  told_.clear();
  asks_now_.reset();
  forwards_ = false;
  serves_now_ = false;
  for (const core::Reply<Protocol>& reply : step.replies) {
    told_.push_back({{{}, reply.session.value, reply.request.value}, reply.result});
  }
  for (const core::Send<Protocol>& sent : step.messages) {
    const Forwarded* const forwarded = std::get_if<Forwarded>(&sent.message);
    if (forwarded == nullptr) continue;
    const ForwardId id = forwarded->id;
    told_.push_back({{sent.to, id.incarnation, id.number}, forwarded->result});
  }
}

/// Who applies an entry first has it in its log.
void AnswerLaws::see_committed(const Raft& raft) {
  const Index before = replay_.last();
  for (Index index = before + 1; index <= raft.commit_index(); ++index) {
    if (index <= raft.log().base_index()) return;  // judged by state-machine-safety
    replay_.take(raft.log().at(index));
  }
  if (replay_.last() == before || raft.sessions().all() == replay_.sessions()) return;
  broken("sessions-as-logged", name_of(raft.self()) + " has other sessions than its log tells of");
}

// ---- What it takes ------------------------------------------------------------------------------

void AnswerLaws::see_input(Node& node, const Step& step) {
  std::visit(
      core::Overloaded{
          [&](const core::Receive<Protocol>& received) { see_message(node, step, received); },
          [&](const core::Request<Protocol>& request) {
            const Caller caller{{}, request.session.value, request.request.value};
            see_command(node, step, caller, request.command);
          },
          [&](const core::Closed& closed) { see_closed(node, closed.session); },
          [&](const core::Room& room) { node.room = room.available; },
          [&](const core::Timeout&) { see_patience(node, step.now); },
          [](const auto&) {},
      },
      step.input);
}

/// Its requests get no answers.
void AnswerLaws::see_closed(Node& node, core::SessionId session) {
  std::erase_if(node.open, [&](const Open& open) {
    return open.caller.node == core::NodeId{} && open.caller.first == session.value;
  });
}

void AnswerLaws::see_message(Node& node, const Step& step,
                             const core::Receive<Protocol>& received) {
  const core::NodeId from = received.from;
  std::visit(core::Overloaded{
                 [&](const Forward& forward) { see_forward(node, step, from, forward); },
                 [&](const Forwarded& forwarded) { see_forwarded(node, forwarded); },
                 [&](const AppendEntries& request) {
                   if (request.term != step.raft.current_term()) return;
                   std::uint64_t& round = taken_[{request.term, step.raft.self()}];
                   round = std::max(round, request.round);
                 },
                 [&](const Appended& appended) {
                   if (appended.term != node.term) return;
                   see_answered_round(node, step, from, appended.round);
                 },
                 [&](const Mismatch& mismatch) {
                   if (mismatch.term != node.term) return;
                   see_answered_round(node, step, from, mismatch.round);
                 },
                 [](const auto&) {},
             },
             received.message);
}

/// What comes a second time, or so late that nobody knows whether it does, has no answer.
void AnswerLaws::see_forward(Node& node, const Step& step, core::NodeId from,
                             const Forward& forward) {
  const Caller caller{from, forward.id.incarnation, forward.id.number};
  const bool is_its = node.leads && forward.term == node.term && belongs_to(node.members, from);
  if (!is_its) return expect(caller, Unknown{});
  if (!takes(node.reign.seen[from], forward.id, config_.max_waiting)) return;
  see_command(node, step, caller, forward.command);
}

void AnswerLaws::see_forwarded(Node& node, const Forwarded& forwarded) {
  if (forwarded.id.incarnation != node.incarnation) return;
  const auto open = std::ranges::find_if(node.open, [&](const Open& one) {
    return one.what == For::leader && one.forward == forwarded.id.number;
  });
  if (open == node.open.end()) return;
  const bool is_known = !std::holds_alternative<Unknown>(forwarded.result);
  expect(open->caller, is_known ? forwarded.result : unheard_of(*open));
  node.open.erase(open);
}

/// What is due without an answer from elsewhere. A question has changed nothing.
Result AnswerLaws::unheard_of(const Open& open) {
  const bool only_asks = open.what == For::question || (open.what == For::leader && !open.changes);
  return only_asks ? Result(Refused{Refusal::no_leader}) : Unknown{};
}

/// Whoever has waited enough is told so.
void AnswerLaws::see_patience(Node& node, const core::Now& now) {
  std::erase_if(node.open, [&](const Open& open) {
    const bool is_over = open.what != For::transfer && open.until <= now.mono;
    if (!is_over) return false;
    expect(open.caller, unheard_of(open));
    return true;
  });
  if (!node.reign.transfer_until || now.mono < *node.reign.transfer_until) return;
  node.reign.transfer_until.reset();
  std::erase_if(node.open, [&](const Open& open) {
    if (open.what != For::transfer) return false;
    expect(open.caller, Refused{Refusal::transfer_failed});
    return true;
  });
}

// ---- A command ----------------------------------------------------------------------------------

void AnswerLaws::see_command(Node& node, const Step& step, const Caller& caller,
                             const Command& command) {
  const ClientQuery* const query = std::get_if<ClientQuery>(&command);
  if (query != nullptr && query->consistency == Consistency::stale) {
    return expect(caller, Executed{replay_.answer_at(node.commit, query->query.key)});
  }
  if (const auto reason = refusal_of(node, command)) return expect(caller, Refused{*reason});
  if (node.leads) return see_carried_out(node, step, caller, command);
  if (node.leader == core::NodeId{}) return expect(caller, Refused{Refusal::no_leader});
  see_sent_on(node, step, caller, command);
}

std::optional<Refusal> AnswerLaws::refusal_of(const Node& node, const Command& command) const {
  const auto waits = [](const Open& open) { return open.what != For::transfer; };
  const auto waiting = static_cast<std::size_t>(std::ranges::count_if(node.open, waits));
  if (waiting >= config_.max_waiting) return Refusal::too_busy;
  const ClientRequest* const request = std::get_if<ClientRequest>(&command);
  if (request != nullptr) {
    const kv::Limits& limits = config_.machine;
    const auto is_right = [&](const auto& asked) {
      if (asked.key.empty() || asked.key.size() > limits.max_key_bytes) return false;
      if constexpr (requires { asked.value; }) return asked.value.size() <= limits.max_value_bytes;
      return true;
    };
    const bool is_unnumbered = request->once && request->once->sequence == 0;
    if (is_unnumbered || !std::visit(is_right, request->operation)) return Refusal::invalid;
  }
  const bool adds = request != nullptr || std::holds_alternative<OpenSession>(command);
  if (adds && node.leads && !node.room) return Refusal::no_room;
  return {};
}

void AnswerLaws::see_carried_out(Node& node, const Step& step, const Caller& caller,
                                 const Command& command) {
  std::visit(
      core::Overloaded{
          [&](const ClientQuery& query) { see_asked(node, step, caller, query); },
          [&](const ClientRequest& request) {
            see_proposed(node, step, caller, Change{request.operation, request.once});
          },
          [&](const OpenSession& open) { see_proposed(node, step, caller, open); },
          [&](const ChangeMembers&) { see_change(node, step, caller); },
          [&](const TransferLeadership& asked) { see_transfer(node, step, caller, asked.to); },
      },
      command);
}

/// Not while the leadership goes to another.
void AnswerLaws::see_proposed(Node& node, const Step& step, const Caller& caller,
                              const Payload& payload) {
  if (node.reign.transfer_until) return expect(caller, Refused{Refusal::no_leader});
  const Index index = place_of(step, {node.term, payload});
  if (index == 0) {
    return broken("proposed-at-once", name_of(step.raft.self()) + " leads, and does not write " +
                                          words(payload) + ", which it was asked for");
  }
  Open open{caller, For::entry, patience(step.now)};
  open.index = index;
  open.term = node.term;
  node.open.push_back(std::move(open));
}

/// Which members there may be next is for others to judge.
void AnswerLaws::see_change(Node& node, const Step& step, const Caller& caller) {
  const auto told = std::ranges::find(told_, caller, &Told::caller);
  if (told == told_.end()) return see_proposed(node, step, caller, step.raft.members());
  const Refused* const refused = std::get_if<Refused>(&told->result);
  const bool may_be =
      refused != nullptr &&
      (refused->reason == Refusal::members_change || refused->reason == Refusal::invalid ||
       (refused->reason == Refusal::no_leader && node.reign.transfer_until));
  if (!may_be) {
    broken("answered-as-due", words(told->result) + " was answered to a change of the members");
  }
  told_.erase(told);
}

void AnswerLaws::see_transfer(Node& node, const Step& step, const Caller& caller, core::NodeId to) {
  if (to == step.raft.self()) return expect(caller, Done{});
  if (!has_vote(node.members, to)) return expect(caller, Refused{Refusal::invalid});
  if (node.reign.transfer_until) return expect(caller, Refused{Refusal::transfer_failed});
  node.reign.transfer_until =
      step.now.mono + std::chrono::milliseconds(config_.election_timeout_ms);
  node.open.push_back({caller, For::transfer, {}});
}

/// To the leader that it knows.
void AnswerLaws::see_sent_on(Node& node, const Step& step, const Caller& caller,
                             const Command& command) {
  forwards_ = true;
  for (const core::Send<Protocol>& sent : step.messages) {
    const Forward* const forward = std::get_if<Forward>(&sent.message);
    if (forward == nullptr) continue;
    const ForwardId id = forward->id;
    const bool is_right = sent.to == node.leader && forward->term == node.term &&
                          id.incarnation == node.incarnation && id.number > node.last_forward &&
                          forward->command == command;
    if (!is_right) {
      broken("forwarded-once", name_of(step.raft.self()) + " forwards " + words(*forward) + " to " +
                                   name_of(sent.to) + " where it was asked for " + words(command));
    }
    node.last_forward = id.number;
    Open open{caller, For::leader, patience(step.now)};
    open.forward = id.number;
    open.changes = !std::holds_alternative<ClientQuery>(command);
    open.transfers = std::holds_alternative<TransferLeadership>(command);
    node.open.push_back(std::move(open));
    return;
  }
  broken("forwarded-once",
         name_of(step.raft.self()) + " knows a leader, and does not forward " + words(command));
}

// ---- What becomes of those who wait -------------------------------------------------------------

/// An entry that is committed is what was proposed for its place, or not. When a snapshot has taken
/// its place, nobody can tell.
void AnswerLaws::see_commits(Node& node, const Raft& raft) {
  const Index base = raft.log().base_index();
  const Index last = std::min(raft.commit_index(), replay_.last());
  std::erase_if(node.open, [&](const Open& open) {
    if (open.what != For::entry || open.index > last || open.index <= node.commit) return false;
    Result due = Unknown{};
    if (open.index > base || base <= node.commit) {
      const bool is_it = raft.log().term_at(open.index) == open.term;
      due = is_it ? replay_.result_of(open.index) : Refused{Refusal::not_carried_out};
    }
    expect(open.caller, due);
    return true;
  });
}

/// Who does not lead any more cannot answer questions, and has left its place to another if it was
/// to.
void AnswerLaws::see_end_of_reign(Node& node) {
  std::erase_if(node.open, [&](const Open& open) {
    if (open.what == For::question) expect(open.caller, Refused{Refusal::no_leader});
    if (open.what == For::transfer) expect(open.caller, Done{});
    return open.what == For::question || open.what == For::transfer;
  });
  node.reign = Reign{};
}

/// What was forwarded in a term is not waited for when the node is in a later one, but for a
/// transfer, which is to end the term.
void AnswerLaws::see_end_of_term(Node& node) {
  std::erase_if(node.open, [&](const Open& open) {
    const bool ends = open.what == For::leader && !open.transfers;
    if (ends) expect(open.caller, unheard_of(open));
    return ends;
  });
}

void AnswerLaws::expect(const Caller& caller, const Result& due) {
  const auto found = std::ranges::find(told_, caller, &Told::caller);
  if (found == told_.end()) {
    return broken("answered-once", words(due) + " was due, and was not answered");
  }
  if (found->result != due) {
    broken("answered-as-due", words(found->result) + " was answered, and not " + words(due));
  }
  told_.erase(found);
}

void AnswerLaws::see_unasked(const Step& step) {
  const std::string name = name_of(step.raft.self());
  if (!told_.empty()) {
    broken("answered-once",
           name + " answers " + words(told_.front().result) + ", which nobody waits for");
  }
  const auto is_forward = [](const core::Send<Protocol>& sent) {
    return std::holds_alternative<Forward>(sent.message);
  };
  if (std::ranges::count_if(step.messages, is_forward) > (forwards_ ? 1 : 0)) {
    broken("forwarded-once", name + " forwards what it was not asked for");
  }
}

void AnswerLaws::see_timeout(const Node& node, const Raft& raft) {
  for (const Open& open : node.open) {
    if (open.what == For::transfer || raft.next_timeout() <= open.until) continue;
    return broken("answered-in-time", name_of(raft.self()) + " is not woken when the time of " +
                                          "somebody who waits is over");
  }
}

void AnswerLaws::remember(Node& node, const Step& step, bool leads_on) {
  const Raft& raft = step.raft;
  node.leads = raft.role() == Role::leader;
  if (node.leads && !leads_on) node.reign.first = raft.log().last_index();
  node.term = raft.current_term();
  node.leader = raft.leader();
  node.commit = raft.commit_index();
  node.members = raft.members();
  const std::uint64_t highest = highest_round(step);
  if (highest > node.round) node.had_no_others = false;
  node.round = std::max(node.round, highest);
  if (node.leads && other_ids(node.members, raft.self()).empty()) node.had_no_others = true;
  const auto is_gone = [&](const auto& known) { return !belongs_to(node.members, known.first); };
  std::erase_if(node.reign.answered, is_gone);
}

core::Instant AnswerLaws::patience(const core::Now& now) const {
  return now.mono + std::chrono::milliseconds(config_.request_timeout_ms);
}

// ---- Digest -------------------------------------------------------------------------------------

void AnswerLaws::add_to(core::Digest& digest, const Node& node) {
  digest.add(node.incarnation).add(std::uint64_t{node.leads}).add(node.term).add(node.leader);
  digest.add(node.commit).add(wire::encode(node.members)).add(std::uint64_t{node.room});
  digest.add(node.last_forward).add(node.round).add(std::uint64_t{node.had_no_others});
  for (const Open& open : node.open) {
    digest.add(open.caller.node).add(open.caller.first).add(open.caller.second);
    digest.add(std::uint64_t{static_cast<std::uint8_t>(open.what)}).add(open.until);
    digest.add(open.index).add(open.term).add(open.key).add(open.round).add(open.forward);
    digest.add(std::uint64_t{open.changes}).add(std::uint64_t{open.transfers});
  }
  const Reign& reign = node.reign;
  digest.add(reign.first).add(reign.transfer_until.value_or(core::Instant()));
  for (const auto& [from, seen] : reign.seen) {
    digest.add(from);
    for (const ForwardId id : seen) digest.add(id.incarnation).add(id.number);
  }
  for (const auto& [from, round] : reign.answered) digest.add(from).add(round);
  digest.add(std::uint64_t{reign.same_members}).add(std::uint64_t{reign.has_ordered});
  if (reign.asked) digest.add(reign.asked->first).add(reign.asked->second);
  digest.add(reign.lease_until.value_or(core::Instant()));
  digest.add(reign.may_until.value_or(core::Instant()));
  for (const auto& [round, at] : reign.begun_at) digest.add(round).add(at);
}

std::uint64_t AnswerLaws::digest() const {
  core::Digest digest;
  digest.add(replay_.digest());
  for (const auto& [id, node] : nodes_) {
    digest.add(id);
    add_to(digest, node);
  }
  for (const auto& [place, round] : taken_) digest.add(place.first).add(place.second).add(round);
  return digest.value();
}

}  // namespace raft
