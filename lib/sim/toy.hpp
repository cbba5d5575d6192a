// The smallest System that uses every part of the contract: a set of numbers that grows, on several
// nodes. A node that is asked to add a number writes it down, answers when that is durable, and
// tells it to every peer until that peer has it too. Clients are told when a node's set grows, and
// may have a node read back from its disk what it holds.
//
// Options can switch on one deliberate bug, so that tests can show that its checker finds it.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/client.hpp"
#include "core/contract.hpp"
#include "core/digest.hpp"
#include "sim/system.hpp"
#include "sim/toy_messages.hpp"

namespace sim::toy {

// ---- A node -------------------------------------------------------------------------------------

class GrowingSet {
 public:
  using Protocol = toy::Protocol;
  using Input = core::Input<Protocol>;
  using Ready = core::Ready<Protocol>;

  GrowingSet(const Config& config, std::uint64_t seed);

  void step(const core::Now& now, const Input& input, Ready& ready) noexcept;
  std::optional<core::Instant> next_timeout() const { return gossip_at_; }
  std::uint64_t digest() const;
  core::Violation check_invariants(bool full) const;

  /// The numbers in it, each with the write that holds it.
  const std::map<std::uint64_t, core::WriteSeq>& numbers() const { return numbers_; }
  bool is_durable(std::uint64_t number) const;
  std::uint64_t durable_count() const { return numbers_.size() - undurable_.size(); }
  std::uint64_t incarnation() const { return incarnation_; }

 private:
  struct Asked {
    core::SessionId session;
    core::RequestId request;
  };
  using Who = std::variant<Asked, core::NodeId>;  // a client, or a peer that told the number
  struct Waiter {
    core::WriteSeq until;
    std::uint64_t number = 0;
    Who who;
  };

  void on(const core::Start<Protocol>& start, Ready& ready);
  void on(const core::Receive<Protocol>& received, Ready& ready);
  void on(const core::Request<Protocol>& request, Ready& ready);
  void on(const core::Closed& closed, Ready& ready);
  void on(const core::Backlog& backlog, Ready& ready);
  void on(const core::Persisted& persisted, Ready& ready);
  void on(const core::Room& room, Ready& ready);
  void on(const core::Loaded<Protocol>& loaded, Ready& ready);
  void on(const core::Timeout&, Ready&) {}  // every step looks at the time

  void take(std::uint64_t number, const Who& who, Ready& ready);
  void confirm(std::uint64_t number, const Who& who, Ready& ready);
  void answer(const Asked& asked, Result result, Ready& ready);
  void forget(core::SessionId session);
  void write(std::uint64_t number, Ready& ready);
  void snapshot(Ready& ready);
  void audit(const Asked& asked, Ready& ready);
  void gossip_when_due(Ready& ready);
  void tell(core::NodeId peer, Ready& ready);

  Config config_;
  core::Instant now_;
  std::uint64_t incarnation_ = 0;
  std::map<std::uint64_t, core::WriteSeq> numbers_;

  core::WriteSeq last_write_, durable_, covered_;  // of the log; up to the snapshot
  core::WriteSeq last_bulk_, first_bulk_;          // the second: of the snapshot cut last
  std::optional<core::WriteSeq> covers_;           // of a snapshot that is being written
  bool room_ = true;

  std::map<core::WriteSeq, std::uint64_t> undurable_;  // what the writes under way hold
  std::vector<Waiter> waiters_;
  std::map<core::LoadId, Asked> audits_;
  std::uint64_t last_load_ = 0;
  std::optional<std::string> misread_;

  std::map<core::SessionId, std::uint32_t> sessions_;        // and how often each was answered
  std::set<core::SessionId> slow_;                           // are told nothing for a while
  std::map<core::NodeId, std::set<std::uint64_t>> unheard_;  // what each peer may not have
  std::optional<core::Instant> gossip_at_;
};

// ---- A client -----------------------------------------------------------------------------------

/// Does one piece of work after the other, each until it has a result.
class Adder {
 public:
  using Protocol = ClientProtocol;
  using Input = core::ClientInput<Protocol>;
  using Ready = core::ClientReady<Protocol>;

  Adder(const Options& options, std::uint64_t) : options_(options) {}

  void step(const core::Now& now, const Input& input, Ready& ready) noexcept;
  std::optional<core::Instant> next_timeout() const;
  std::uint64_t digest() const;

 private:
  void on(const core::Submit<Protocol>& submit, Ready& ready);
  void on(const core::Connected&, Ready&) { connected_ = true; }
  void on(const core::Disconnected&, Ready&);
  void on(const core::Answer<Protocol>& answer, Ready& ready);
  void on(const core::Pushed<Protocol>& pushed, Ready& ready);
  void on(const core::Timeout&, Ready&) {}  // every step looks at the time

  Options options_;
  core::Instant now_;
  bool connected_ = false;
  std::deque<Work> work_;
  core::RequestId last_request_;
  std::optional<core::Instant> give_up_at_;  // of the call that is under way
  core::Instant not_before_;                 // of the next
};

// ---- What must hold -----------------------------------------------------------------------------

/// Its laws, by the names under which a violation is reported:
///
///   kept-what-it-said    a number that a node has confirmed, to a client or a peer, is there after
///                        any restart of it
///   only-what-was-asked  no node has a number that no client was asked to add
///
/// Liveness: every client is told that its fresh numbers are there, and what one healed node has,
/// all healed nodes have.
class Laws : public Watcher<GrowingSet, Adder> {
 public:
  explicit Laws(const Options&) {}

  void on_submit(core::Instant at, ClientId client, const Work& work) override;
  void on_outcome(core::Instant at, ClientId client, const Outcome& outcome) override;
  void on_ready(core::Instant at, core::NodeId node, const core::Ready<Protocol>& ready,
                Cores cores) override;
  void on_heal(core::Instant at, std::span<const core::NodeId> healed) override;
  std::optional<Finding> after_step(core::Instant at, core::NodeId node, Cores cores) override;
  std::optional<std::string> unserved() const override;
  std::uint64_t digest() const override;
  std::optional<Finding> at_end(core::Instant at, Cores cores) override;

 private:
  struct Seen {
    std::uint64_t incarnation = 0;
    std::uint64_t durable = 0;

    friend bool operator==(const Seen&, const Seen&) = default;
  };

  std::set<core::NodeId> healed_;
  std::set<std::uint64_t> asked_;
  std::set<std::uint64_t> unanswered_;                       // fresh numbers
  std::map<std::uint64_t, std::set<core::NodeId>> holders_;  // of each number, the healed ones
  std::map<core::NodeId, std::set<std::uint64_t>> said_;     // what each node has confirmed
  std::map<core::NodeId, Seen> seen_;                        // when last looked at
};

struct System {
  using Core = GrowingSet;
  using Client = Adder;
  using Options = toy::Options;
  using Checker = Laws;

  static constexpr std::string_view name = "toy";

  static FaultSet faults() { return node_faults | disk_faults | client_faults | peer_faults; }
  static Options draw_options(core::Prng& prng);
  static Options smallest();
  static Cluster cluster(const Options& options);
  static Config config(const Options& options, core::NodeId node);
  static Adder client(const Options& options, ClientId id, std::uint64_t seed);
  static Work draw_work(const Options& options, ClientId id, core::Prng& prng);
  static std::optional<Work> fresh_work(const Options& options, ClientId id, std::uint32_t number);
  static std::vector<Reaction<Work>> react(const Options& options, ClientId id,
                                           const Outcome& outcome, core::Prng& prng);
  static core::Duration liveness_bound(const Options& options);
};

}  // namespace sim::toy
