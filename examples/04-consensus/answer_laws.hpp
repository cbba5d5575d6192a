// Judged step by step: whoever asks a node has one answer, the right one and in time. What a node
// ought to say is worked out a second time, by what it took, said and wrote, and by the log as
// replay.hpp tells it.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "raft_step.hpp"
#include "replay.hpp"
#include "sim/system.hpp"

namespace raft {

/// Its laws:
///
///   answered-once        whoever asks a node has one answer: when the entry is committed, or can
///                        not be any more, when a question may be answered, when the leader it was
///                        forwarded to has answered or its term is over, or when the time is;
///                        nobody else has one
///   answered-as-due      a refusal has the reason that is there, and an answer is what the log
///                        makes of the store and of the sessions
///   answered-in-time     a node is woken no later than the first who waits has waited enough
///   sessions-as-logged   which sessions are open, and what they remember, is what the log says
///   forwarded-once       what a client asks of a node that does not lead goes to the leader that
///                        it knows: once, as it is, by a name that no other has
///   proposed-at-once     what is to be an entry is written in the step that takes it
///   read-is-confirmed    a leader answers a question when a majority has taken a message of a
///                        round that was begun after it came, or by its lease; and it does so then
///   rounds-are-shared    a question begins a round unless one is under way that others wait for;
///                        those that come meanwhile wait for the next, which begins with the end of
///                        that
///   lease-is-kept        by a lease a leader answers at once, for nine tenths of an election's
///                        time-out behind the beginning of a round that a majority has answered,
///                        until it tells another to stand
class AnswerLaws {
 public:
  explicit AnswerLaws(const Config& config) : config_(config), replay_(config) {}

  void see_step(const Step& step);

  /// The first thing that was not as it ought to be.
  const std::optional<sim::Finding>& found() const { return found_; }
  std::uint64_t digest() const;

 private:
  /// A client (`node` is 0), by its session and its request; or a node that has forwarded a
  /// command, by the command's name.
  struct Caller {
    core::NodeId node;
    std::uint64_t first = 0;
    std::uint64_t second = 0;

    friend auto operator<=>(const Caller&, const Caller&) = default;
  };

  enum class For : std::uint8_t { entry, question, leader, transfer };

  /// Somebody who waits, and for what.
  struct Open {
    Caller caller;
    For what = For::entry;
    core::Instant until;
    Index index = 0;          // of the entry; of a question: so much must be applied
    Term term{};              // of the entry
    std::string key{};        // of the question
    std::uint64_t round = 0;  // the last that was begun when it came
    std::uint64_t forward = 0;
    bool changes = false;    // what was forwarded does
    bool transfers = false;  // the same
  };

  /// What a leader has, for its term.
  struct Reign {
    Index first = 0;  // of its entries
    std::map<core::NodeId, std::set<ForwardId>> seen;
    std::map<core::NodeId, std::uint64_t> answered;  // the last round
    std::optional<core::Instant> transfer_until;
    bool same_members = true;
    // The lease: the round that is to renew it, and until when it counts.
    std::optional<std::pair<std::uint64_t, core::Instant>> asked;
    std::optional<core::Instant> lease_until;
    std::optional<core::Instant> may_until;  // by all rounds
    std::map<std::uint64_t, core::Instant> begun_at;
    bool has_ordered = false;  // another one to stand
  };

  /// A node behind its last step.
  struct Node {
    std::uint64_t incarnation = 0;
    bool leads = false;
    Term term;
    core::NodeId leader;
    Index commit = 0;
    Members members;
    bool room = true;
    std::uint64_t last_forward = 0;
    std::uint64_t round = 0;     // the last that it has sent
    bool had_no_others = false;  // since then, as leader: rounds that it began went to nobody
    std::vector<Open> open;
    Reign reign;
  };

  /// What the step that is looked at has told a caller.
  struct Told {
    Caller caller;
    Result result;
  };

  void broken(const char* law, std::string what);
  void collect(const Step& step);
  void see_committed(const Raft& raft);
  void see_input(Node& node, const Step& step);
  void see_closed(Node& node, core::SessionId session);
  void see_message(Node& node, const Step& step, const core::Receive<Protocol>& received);
  void see_forward(Node& node, const Step& step, core::NodeId from, const Forward& forward);
  void see_forwarded(Node& node, const Forwarded& forwarded);
  void see_command(Node& node, const Step& step, const Caller& caller, const Command& command);
  std::optional<Refusal> refusal_of(const Node& node, const Command& command) const;
  void see_carried_out(Node& node, const Step& step, const Caller& caller, const Command& command);
  void see_proposed(Node& node, const Step& step, const Caller& caller, const Payload& payload);
  void see_change(Node& node, const Step& step, const Caller& caller);
  void see_transfer(Node& node, const Step& step, const Caller& caller, core::NodeId to);
  void see_sent_on(Node& node, const Step& step, const Caller& caller, const Command& command);
  void see_commits(Node& node, const Raft& raft);
  void see_patience(Node& node, const core::Now& now);
  void see_end_of_reign(Node& node);
  void see_end_of_term(Node& node);
  void see_unasked(const Step& step);
  void see_timeout(const Node& node, const Raft& raft);
  static void remember(Node& node, const Step& step, bool leads_on);
  static Result unheard_of(const Open& open);
  void expect(const Caller& caller, const Result& due);
  core::Instant patience(const core::Now& now) const;
  static void add_to(core::Digest& digest, const Node& node);

  // answer_reads.cpp
  void see_asked(Node& node, const Step& step, const Caller& caller, const ClientQuery& query);
  void see_answered_round(Node& node, const Step& step, core::NodeId from, std::uint64_t round);
  void see_answers(Node& node, const Step& step);
  void see_answer(const Node& node, const Step& step, const Open& question, const Executed& told);
  void see_rounds(Node& node, const Step& step);
  bool begins_round(const Node& node, const Step& step, std::uint64_t highest);
  void see_waits(const Node& node, const Step& step, const Open& question, bool begins);
  void see_served(const Node& node, const Raft& raft, std::uint64_t round);
  void see_renewed(Node& node, const Members& members, core::NodeId leader);
  void see_lease(Node& node, const Step& step, std::uint64_t begun);
  static bool is_confirmed(const Node& node, const Members& members, core::NodeId leader,
                           std::uint64_t round);
  bool is_taken(const Node& node, const Members& members, core::NodeId leader,
                std::uint64_t round) const;
  static bool is_alone(const Members& members, core::NodeId leader);
  static std::uint64_t highest_round(const Step& step);

  Config config_;
  Replay replay_;
  std::map<core::NodeId, Node> nodes_;
  /// The last round in what a node has taken from the leader of a term.
  std::map<std::pair<Term, core::NodeId>, std::uint64_t> taken_;
  std::optional<sim::Finding> found_;

  // Of the step that is looked at.
  std::vector<Told> told_;
  std::optional<Caller> asks_now_;  // a question
  bool forwards_ = false;           // a node is to forward
  bool serves_now_ = false;         // a leader was answered a round
};

}  // namespace raft
