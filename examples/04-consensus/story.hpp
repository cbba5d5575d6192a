// The node's log, told as a story: elections, votes and why they were refused, who leads, who
// belongs to the cluster, snapshots. A line is told once what it says is durable: the log never
// says what a crash could undo.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "raft.hpp"

namespace raft {

/// Takes one line.
using Teller = std::function<void(const std::string&)>;

/// The core, with its story told on the side. It is a core to its host, and steps exactly as Raft
/// does.
class ToldRaft : public Raft {
 public:
  ToldRaft(const Config& config, std::uint64_t seed) : Raft(config, seed) {}

  void step(const core::Now& now, const Input& input, Ready& ready) noexcept;

  /// Who is told from now on, in this process.
  static void tell(Teller teller);

 private:
  /// What the state was before a step.
  struct Before {
    Role role = Role::follower;
    Term term;
    core::NodeId leader;
  };

  /// A line that waits for its write.
  struct Page {
    core::WriteSeq after;
    std::string line;
  };

  void remember(const core::Recovered<Protocol>& recovered);
  void judge(core::NodeId from, const RequestVote& request);
  void judge(core::NodeId from, const RequestPreVote& request);
  void tell_of_write(const core::Write<Protocol>& write, const Input& input);
  void tell_of_log(const LogFrom& part);
  void tell_of_state(const Before& before, const Input& input);
  void tell_of_messages(const Input& input, const Ready& ready, std::size_t first);
  void tell_of_elections(const Ready& ready, std::size_t first, bool in_time_out);
  void tell_of_message(const core::Send<Protocol>& sent);
  std::string end_of_leadership(const Before& before, const Input& input) const;

  void add(const std::string& line);
  void turn_pages();

  std::map<core::NodeId, std::string> why_no_vote_;      // to whoever asked last, and gets none
  std::map<core::NodeId, std::string> why_no_pre_vote_;  // likewise
  Index members_index_ = 0;                              // of the last entry about members; 0: none
  Index snapshot_index_ = 0;                             // of the snapshot that is being written
  core::WriteSeq written_;                               // the last write of the log
  core::WriteSeq persisted_;
  std::deque<Page> pages_;       // wait for the log
  std::deque<Page> bulk_pages_;  // wait for snapshots
};

}  // namespace raft
