// What the scenarios are told with: nodes that tell what becomes of their logs, and a stage, on
// which a scene lets happen what it needs: which message arrives, whose time-out comes, who
// crashes.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include "raft_test.hpp"
#include "story.hpp"

namespace raft {

using Ids = std::vector<std::uint32_t>;
using Terms = std::vector<std::uint64_t>;

// ---- Words --------------------------------------------------------------------------------------

/// "entry 2"; "entries 2 and 3"; "entries 2 to 4".
inline std::string counted(const std::string& one, const std::string& several, Index first,
                           Index last) {
  if (first == last) return one + " " + std::to_string(first);
  return several + " " + std::to_string(first) + (first + 1 == last ? " and " : " to ") +
         std::to_string(last);
}

/// "entry 2 (term 1)"; "entries 2 to 4 (terms 1 1 3)".
inline std::string words_of_entries(const Log& log, Index first) {
  const Index last = log.last_index();
  std::string terms = first == last ? "term" : "terms";
  for (Index i = first; i <= last; ++i) terms += " " + std::to_string(log.term_at(i).value);
  return counted("entry", "entries", first, last) + " (" + terms + ")";
}

/// As the nodes' own lines name one; the stage has another name for it.
inline std::string name_of(core::NodeId node) { return "node " + std::to_string(node.value); }

inline std::string place(Index index) {
  return index == 0 ? "the beginning" : "entry " + std::to_string(index);
}

// ---- The nodes ----------------------------------------------------------------------------------

/// The core. It tells what a node's log tells (story.hpp), and what becomes of its entries.
class Actor : public ToldRaft {
 public:
  using Listener = std::function<void(core::NodeId, const std::string&)>;

  Actor(const Config& config, std::uint64_t seed) : ToldRaft(config, seed) {}

  void step(const core::Now& now, const Input& input, Ready& ready) noexcept {
    ToldRaft::tell([id = self()](const std::string& line) {
      if (listener()) listener()(id, line);
    });
    if (std::holds_alternative<core::Start<Protocol>>(input)) is_new_ = true;
    const auto* receive = std::get_if<core::Receive<Protocol>>(&input);
    if (receive != nullptr) judge(receive->from, receive->message);
    ToldRaft::step(now, input, ready);
    if (receive != nullptr) tell_of_retreat(*receive, ready);
    if (role() != Role::leader) confirmed_.clear();
    if (std::exchange(is_new_, false)) see();
    const bool is_all_durable = note_writes(input, ready);
    if (is_all_durable || role() == Role::leader) tell_of_notes();
    if (notes_.empty() && commit_index() < first_difference()) tell_of_commit();
    if (is_all_durable) tell_of_log();
    ToldRaft::tell({});
  }

  /// Who is told from now on.
  static Listener& listener() {
    static Listener listener;
    return listener;
  }

 private:
  // From the state before the step, for that is what the core judges by.
  void judge(core::NodeId from, const Message& message) {
    if (const auto* piece = std::get_if<InstallSnapshot>(&message)) judge(*piece);
    if (const auto* request = std::get_if<AppendEntries>(&message)) judge(from, *request);
    if (const auto* appended = std::get_if<Appended>(&message)) judge(from, *appended);
  }

  void judge(const InstallSnapshot& piece) {
    notes_.push_back("receives " +
                     counted("part", "parts", piece.offset + 1, piece.offset + piece.parts.size()) +
                     " of the snapshot" + (piece.done ? ": it is whole" : ""));
  }

  void judge(core::NodeId from, const Appended& appended) {
    const bool counts = role() == Role::leader && appended.term == current_term();
    if (!counts || appended.match_index <= confirmed_[from]) return;
    confirmed_[from] = appended.match_index;
    notes_.push_back("learns that " + name_of(from) + " has its log up to " +
                     place(appended.match_index));
  }

  void judge(core::NodeId from, const AppendEntries& request) {
    const Index prev = request.prev_log_index;
    if (request.term < current_term()) {
      notes_.push_back("turns " + name_of(from) + " away: the term is over");
    } else if (!log().has(prev, request.prev_log_term)) {
      refused_ = true;
      const std::string there = std::to_string(prev);
      notes_.push_back(prev > log().last_index()
                           ? "refuses: it has no entry " + there
                           : "refuses: its entry " + there + " has term " +
                                 std::to_string(log().term_at(prev).value) + ", and not " +
                                 std::to_string(request.prev_log_term.value));
    } else if (std::exchange(refused_, false)) {
      notes_.push_back(prev == 0 ? "is to take the log of " + name_of(from) + " from the beginning"
                                 : "agrees with " + name_of(from) + " up to " + place(prev));
    }
  }

  /// A leader looks for the place from which on the logs differ.
  void tell_of_retreat(const core::Receive<Protocol>& receive, const Ready& ready) {
    if (!std::holds_alternative<Mismatch>(receive.message)) return;
    for (const auto& sent : ready.messages) {
      const auto* probe = std::get_if<AppendEntries>(&sent.message);
      if (probe == nullptr || sent.to != receive.from) continue;
      notes_.push_back("goes back to " + place(probe->prev_log_index) + " with " +
                       name_of(sent.to));
    }
  }

  /// What is durable can be told.
  bool note_writes(const Input& input, const Ready& ready) {
    for (const auto& write : ready.writes) {
      if (write.lane == core::Lane::control) written_ = write.seq;
    }
    const auto* persisted = std::get_if<core::Persisted>(&input);
    if (persisted != nullptr && persisted->lane == core::Lane::control) persisted_ = persisted->seq;
    return written_ <= persisted_;
  }

  /// The first entry that is not as it was told.
  Index first_difference() const {
    Index index = std::max(log().base_index(), seen_.base_index()) + 1;
    while (index <= std::min(log().last_index(), seen_.last_index()) &&
           log().at(index) == seen_.at(index)) {
      ++index;
    }
    return index;
  }

  void tell_of_notes() {
    for (const std::string& note : std::exchange(notes_, {})) say(note);
  }

  void tell_of_log() {
    const Index first = first_difference();
    const bool removes = first <= seen_.last_index();
    const bool appends = first <= log().last_index();
    if (removes) say("removes " + words_of_entries(seen_, first));
    if (appends) say("appends " + words_of_entries(log(), first));
    tell_of_commit();
    see();
  }

  void tell_of_commit() {
    const bool by_snapshot = commit_index() == log().base_index();
    if (commit_index() > seen_commit_ && !by_snapshot)
      say("commits up to " + place(commit_index()));
    seen_commit_ = commit_index();
  }

  void see() {
    seen_ = log();
    seen_commit_ = commit_index();
  }

  void say(const std::string& what) const {
    if (!listener()) return;
    listener()(self(), "term " + std::to_string(current_term().value) + "  " + what);
  }

  bool is_new_ = false;
  bool refused_ = false;                     // the leader's last entries
  std::map<core::NodeId, Index> confirmed_;  // to a leader, by the others
  std::vector<std::string> notes_;           // that wait for the disk
  Log seen_;                                 // as it was told
  Index seen_commit_ = 0;
  core::WriteSeq written_;
  core::WriteSeq persisted_;
};

// ---- The transcript -----------------------------------------------------------------------------

/// Of what the nodes do while there is one.
class Story {
 public:
  explicit Story(std::vector<std::string> names) : names_(std::move(names)) {
    for (const std::string& name : names_) width_ = std::max(width_, name.size());
    Actor::listener() = [this](core::NodeId node, const std::string& line) {
      follow(padded(node.value) + "  " + line);
    };
  }
  ~Story() { Actor::listener() = {}; }
  Story(const Story&) = delete;
  Story& operator=(const Story&) = delete;

  void chapter(const std::string& text) { text_ += "\n" + text + "\n\n"; }
  /// What the scene lets happen.
  void act(const std::string& line) { text_ += line + "\n"; }
  /// What follows from it.
  void follow(const std::string& line) { text_ += "  |  " + with_names(line) + "\n"; }

  std::string name(std::uint32_t id) const { return names_.at(id - 1); }
  std::string names(const Ids& ids) const {
    std::string text;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (i > 0) text += i + 1 < ids.size() ? ", " : " and ";
      text += name(ids[i]);
    }
    return text.empty() ? "nobody" : text;
  }
  std::string padded(std::uint32_t id) const { return padded(name(id)); }
  std::string padded(std::string name) const {
    name.resize(std::max(width_, name.size()), ' ');
    return name;
  }
  const std::string& text() const { return text_; }

 private:
  std::string with_names(const std::string& line) const {
    static const std::regex form("node ([0-9]+)");
    std::string named;
    auto rest = line.cbegin();
    for (std::sregex_iterator it(line.begin(), line.end(), form), end; it != end; ++it) {
      named.append(rest, (*it)[0].first);
      named += name(static_cast<std::uint32_t>(std::stoul((*it)[1])));
      rest = (*it)[0].second;
    }
    return named.append(rest, line.cend());
  }

  std::vector<std::string> names_;
  std::size_t width_ = 0;
  std::string text_;
};

// ---- The stage ----------------------------------------------------------------------------------

/// A copy of it is a moment to come back to: a scene may go on in two ways.
class Stage {
 public:
  Stage(Story& story, StoreOf<Actor> cluster, std::uint32_t nodes)
      : story_(&story), cluster_(std::move(cluster)), nodes_(nodes) {}

  const Raft& node(std::uint32_t id) const { return cluster_.node(id); }
  const StoreOf<Actor>& cluster() const { return cluster_; }
  std::uint32_t leader() const { return cluster_.leader(); }

  // ---- What happens -----------------------------------------------------------------------------

  void time_out(std::uint32_t id) {
    story_->act(story_->name(id) + "'s time-out comes.");
    cluster_.time_out(id);
  }
  void heartbeat(std::uint32_t id) {
    story_->act(story_->name(id) + " sends heartbeats.");
    cluster_.time_out(id);
  }
  /// What is under way between them arrives, and not what comes of it.
  void hear(const Ids& to, const Ids& from) {
    story_->act("What " + story_->names(from) + (from.size() == 1 ? " says" : " say") +
                " reaches " + story_->names(to) + ".");
    for (const std::uint32_t one : from) {
      for (const std::uint32_t other : to) cluster_.deliver(one, other);
    }
  }
  /// They alone talk, and need no more words than this to agree.
  void meet(std::uint32_t one, std::uint32_t other) {
    story_->act(story_->names({one, other}) + " talk.");
    for (int i = 0; i < 10; ++i) {
      cluster_.deliver(one, other);
      cluster_.deliver(other, one);
    }
  }
  void hear_all() {
    story_->act("All that is said arrives.");
    cluster_.deliver();
  }
  void lose() {
    story_->act("What is still under way is lost.");
    cluster_.lose();
  }
  void crash(std::uint32_t id) {
    story_->act(story_->name(id) + " crashes.");
    left_[id] = node(id).log();
    cluster_.crash(id);
  }
  void start(std::uint32_t id) {
    story_->act(story_->name(id) + " starts again.");
    left_.erase(id);
    cluster_.start(id);
  }
  void cut(const Ids& ids) {
    story_->act(story_->names(ids) + (ids.size() == 1 ? " is" : " are") + " cut off.");
    for (const std::uint32_t id : ids) cluster_.cut(id);
  }
  void mend(const Ids& ids) {
    story_->act(story_->names(ids) + (ids.size() == 1 ? " is" : " are") + " connected again.");
    for (const std::uint32_t id : ids) cluster_.mend(id);
  }
  void run_until_due(std::uint32_t id) {
    story_->act("Time goes on until " + story_->name(id) + "'s time-out is due.");
    cluster_.run_until_due(id);
  }
  std::uint32_t first_to_time_out() const { return cluster_.first_to_time_out(); }

  std::uint64_t put(std::uint32_t id, const std::string& key, const std::string& value) {
    story_->act("A client asks " + story_->name(id) + " to set " + key + " to " + value + ".");
    return cluster_.put(id, key, value);
  }
  std::uint64_t ask(std::uint32_t id, const std::string& what, const Command& command) {
    story_->act("A client asks " + story_->name(id) + " " + what + ".");
    return cluster_.ask(id, command);
  }

  // ---- What is to be seen -----------------------------------------------------------------------

  void chapter(const std::string& text) { story_->chapter(text); }

  Terms terms(std::uint32_t id) const {
    Terms all;
    const Log& log = log_of(id);
    for (Index i = log.base_index() + 1; i <= log.last_index(); ++i) {
      all.push_back(log.term_at(i).value);
    }
    return all;
  }

  /// The logs as rows of terms, as in the paper's figures.
  void show_logs() {
    Index width = 0;
    for (std::uint32_t id = 1; id <= nodes_; ++id) {
      width = std::max(width, log_of(id).last_index());
    }
    std::string numbers = story_->padded("") + "  ";
    for (Index i = 1; i <= width; ++i) numbers += cell(std::to_string(i));
    story_->act("The logs:");
    story_->follow(trimmed(numbers));
    for (std::uint32_t id = 1; id <= nodes_; ++id) story_->follow(row(id, width));
  }

  /// On whom an entry stands, and who has committed it.
  Ids holders(Index index, Term term) const {
    Ids ids;
    for (std::uint32_t id = 1; id <= nodes_; ++id) {
      const Log& log = log_of(id);
      if (index <= log.last_index() && log.has(index, term)) ids.push_back(id);
    }
    return ids;
  }
  Ids committers(Index index, Term term) const {
    Ids ids = holders(index, term);
    std::erase_if(ids, [&](std::uint32_t id) {
      return !cluster_.is_up(id) || node(id).commit_index() < index;
    });
    return ids;
  }
  void show_entry(Index index, Term term) {
    story_->act("Where is entry " + std::to_string(index) + " of term " +
                std::to_string(term.value) + "?");
    story_->follow("on " + story_->names(holders(index, term)) + "; committed by " +
                   story_->names(committers(index, term)));
  }

  /// Who has voted for it in its term.
  Ids voters_of(std::uint32_t candidate) const {
    Ids ids;
    for (std::uint32_t id = 1; id <= nodes_; ++id) {
      const bool has_voted = cluster_.is_up(id) &&
                             node(id).current_term() == node(candidate).current_term() &&
                             node(id).voted_for() == core::NodeId{candidate};
      if (has_voted) ids.push_back(id);
    }
    return ids;
  }
  void show_votes(const Ids& candidates) {
    story_->act("The votes:");
    for (const std::uint32_t id : candidates) {
      story_->follow(story_->padded(id) + "  has those of " + story_->names(voters_of(id)) +
                     ", and " + (node(id).role() == Role::leader ? "leads" : "does not lead"));
    }
  }

 private:
  const Log& log_of(std::uint32_t id) const {
    return cluster_.is_up(id) ? node(id).log() : left_.at(id);
  }

  static std::string cell(std::string text) {
    text.resize(std::max<std::size_t>(text.size(), 4), ' ');
    return text;
  }
  static std::string trimmed(std::string text) {
    text.resize(text.find_last_not_of(' ') + 1);
    return text;
  }

  /// A star: it changes the members. A point: a snapshot stands for it.
  std::string row(std::uint32_t id, Index width) const {
    const Log& log = log_of(id);
    std::string text = story_->padded(id) + "  ";
    for (Index i = 1; i <= width; ++i) {
      std::string entry;
      if (i <= log.base_index()) {
        entry = ".";
      } else if (i <= log.last_index()) {
        const bool changes = std::holds_alternative<Members>(log.at(i).payload);
        entry = std::to_string(log.term_at(i).value) + (changes ? "*" : "");
      }
      text += cell(entry);
    }
    if (!cluster_.is_up(id)) return text + " down";
    return trimmed(text + (node(id).role() == Role::leader ? " leads" : ""));
  }

  Story* story_;
  StoreOf<Actor> cluster_;
  std::uint32_t nodes_;
  std::map<std::uint32_t, Log> left_;  // by nodes that are down
};

}  // namespace raft
