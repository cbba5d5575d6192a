// What a system supplies so that the simulator can run it: its cores, its clients, what they are
// asked to do, and the laws that must hold. examples/01-queue/queue_sim.hpp is one; lib/sim/toy.hpp
// is the smallest.
//
// All that is random about a run is drawn when its plan is made, or from a generator passed in
// here, so a System is a set of pure functions and keeps no state of its own. What must be
// remembered over a run (a history) lives in its Checker, a copyable value.
#pragma once

#include <concepts>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/client.hpp"
#include "core/contract.hpp"
#include "core/prng.hpp"
#include "sim/fault.hpp"
#include "wire/type.hpp"

namespace sim {

using ClientId = core::Id<struct ClientTag, std::uint32_t>;  // 1, 2, 3, ... in one run

struct Line;  // of a plan (plan.hpp)

/// A law that was broken: the checker's name ("no-task-lost") and one sentence for a person. Where
/// it is about one of the things that can be told of alone (Teller), the number of that.
struct Finding {
  std::string checker;
  std::string what;
  std::optional<std::uint64_t> about = {};

  friend bool operator==(const Finding&, const Finding&) = default;
};

constexpr auto describe(wire::Type<Finding>) {
  return wire::record<1>("finding", wire::field<1>("checker", &Finding::checker),
                         wire::field<2>("what", &Finding::what),
                         wire::field<3>("about", &Finding::about));
}

/// What a system promises to those who use it, and one sentence of what that means. A run that
/// breaks one goes on, so that it tells of the others too (Watcher::noted).
struct Promise {
  std::string_view name;
  std::string_view sentence;
};

/// What stands in a run. Node ids are 1 to `nodes`, client ids 1 to `clients`.
struct Cluster {
  std::uint32_t nodes = 1;
  std::uint32_t clients = 3;  // at least 3 in a seeded run
  bool disk = true;           // false: writes are confirmed at once and a crash loses everything
  bool heal_all = false;      // in the liveness phase a majority is not enough
  FaultSet without{};         // of the faults that the system can have, those that this run has not
  std::uint32_t short_cuts = 0;  // up to so many times more some nodes are cut off, for a second
                                 // or less
  std::uint32_t power_cuts = 0;  // up to so many times more a node loses its power while its disk
                                 // writes, for half a second or less
  core::Duration pulse{0};       // work comes in heaps, so far apart, and is sent over a network
                                 // that keeps no order; 0: neither
};

/// What is wrong with a cluster; empty when nothing is.
std::string misfit(const Cluster& cluster);

/// Something other than a fault that a reader wants to know has happened: "snapshot-installed".
struct Tally {
  std::string name;
  std::uint64_t times = 0;
};

constexpr auto describe(wire::Type<Tally>) {
  return wire::record<1>("tally", wire::field<1>("name", &Tally::name),
                         wire::field<2>("times", &Tally::times));
}

/// What the program around a client core does on being told an outcome: it asks `work` of the
/// client `after` that much time, unless the client crashes first.
template <class Work>
struct Reaction {
  core::Duration after{0};
  Work work;
};

/// Sees a run from outside. `at` is the true simulated time, which no node's clock shows. Nothing
/// here may change the run.
template <class C, class K>
class Observer {
 public:
  using P = typename C::Protocol;                   // of the cores
  using Q = typename K::Protocol;                   // of the clients
  using Cores = std::span<const std::optional<C>>;  // node n is [n - 1]; empty while it is down

  virtual ~Observer() = default;

  /// The program of `client` asks `work` of its client core.
  virtual void on_submit(core::Instant, ClientId, const typename Q::Work&) {}
  /// The client has a connection to a node, which knows it as this session.
  virtual void on_connect(core::Instant, ClientId, core::SessionId) {}
  /// The client sends a command; it may never arrive.
  virtual void on_call(core::Instant, ClientId, const core::Call<Q>&) {}
  /// The client learns how a call ended: a result, `refused` or `unknown`.
  virtual void on_answer(core::Instant, ClientId, const core::Answer<Q>&) {}
  virtual void on_pushed(core::Instant, ClientId, const typename Q::Event&) {}
  /// The client core tells its program.
  virtual void on_outcome(core::Instant, ClientId, const typename Q::Outcome&) {}
  /// A client's core has taken `input` and wants this done.
  virtual void on_client_step(core::Instant, ClientId, const core::Now&,
                              const core::ClientInput<Q>&, const core::ClientReady<Q>&, const K&) {}
  /// The client has forgotten everything. What it was asked and had not done will never be done by
  /// it.
  virtual void on_client_crash(core::Instant, ClientId) {}
  /// A node has gone down, by a crash or because its disk failed.
  virtual void on_node_down(core::Instant, core::NodeId) {}
  /// A node's core has taken `input`, at this time by its own clocks; `ready` is all that it wants
  /// done since its turn began.
  virtual void on_step(core::Instant, core::NodeId, const core::Now&, const core::Input<P>&,
                       const core::Ready<P>&, Cores) {}
  /// A node's core has made the steps of a turn and wants this done.
  virtual void on_ready(core::Instant, core::NodeId, const core::Ready<P>&, Cores) {}
  /// The safety phase is over: no new fault from here on. `healed` are whole now and reach each
  /// other; nobody reaches the rest. Work submitted after this is the fresh work.
  virtual void on_heal(core::Instant, [[maybe_unused]] std::span<const core::NodeId> healed) {}
  /// What the plan has for this time, other than work and the heal: a fault, which may find nothing
  /// to have an effect on.
  virtual void on_fault(core::Instant, const Line&) {}
  /// A law was found broken.
  virtual void on_finding(core::Instant, const Finding&) {}

 protected:
  Observer() = default;
  Observer(const Observer&) = default;
  Observer& operator=(const Observer&) = default;
};

/// Judges what it sees. A system's Checker derives from it and overrides what it needs.
template <class C, class K>
class Watcher : public Observer<C, K> {
 public:
  using Cores = typename Observer<C, K>::Cores;

  /// After every step of a node: what must hold across nodes, and between what clients saw.
  virtual std::optional<Finding> after_step(core::Instant, core::NodeId, Cores) { return {}; }
  /// Which fresh work is not served yet, in words; empty when all of it is. Asked in the liveness
  /// phase after each outcome: keep it cheap.
  virtual std::optional<std::string> unserved() const = 0;
  /// The bound is over, and something is unserved.
  virtual void on_overdue(core::Instant) {}
  /// What it has found and does not end the run, in the order in which it was found: then the run
  /// has broken the first of them, and perhaps others.
  virtual std::span<const Finding> noted() const { return {}; }
  /// Of all that it remembers and that can make it find something: a search through all orders
  /// takes two states for one when World and Checker are equal.
  virtual std::uint64_t digest() const = 0;
  /// What has happened in this run, the same names in every run. It judges nothing, so it need not
  /// be part of the digest.
  virtual std::vector<Tally> tallies() const { return {}; }
  /// Once, when all fresh work has been served.
  virtual std::optional<Finding> at_end(core::Instant, Cores) { return {}; }
};

/// Work and Options are described for wire (a record, or a variant of records), which is how they
/// are printed into plans and read back. Options holds what a seed may choose about the system
/// itself: sizes, time-outs, on or off.
template <class S>
concept System =
    core::ProtocolCore<typename S::Core> && core::ClientCore<typename S::Client> &&
    std::same_as<typename S::Core::Protocol::Command, typename S::Client::Protocol::Command> &&
    std::same_as<typename S::Core::Protocol::Result, typename S::Client::Protocol::Result> &&
    std::same_as<typename S::Core::Protocol::Event, typename S::Client::Protocol::Event> &&
    std::copyable<typename S::Options> && std::default_initializable<typename S::Options> &&
    std::copyable<typename S::Checker> &&
    std::constructible_from<typename S::Checker, const typename S::Options&> &&
    std::derived_from<typename S::Checker, Watcher<typename S::Core, typename S::Client>> &&
    requires(const typename S::Options& options, core::NodeId node, ClientId client,
             std::uint64_t seed, core::Prng& prng, std::uint32_t number,
             const typename S::Client::Protocol::Outcome& outcome) {
      { S::name } -> std::convertible_to<std::string_view>;
      // The kinds of fault that this system can have.
      { S::faults() } -> std::same_as<FaultSet>;
      { S::draw_options(prng) } -> std::same_as<typename S::Options>;
      // The least that is worth a search through all orders.
      { S::smallest() } -> std::same_as<typename S::Options>;
      { S::cluster(options) } -> std::same_as<Cluster>;
      { S::config(options, node) } -> std::same_as<typename S::Core::Protocol::Config>;
      // A client as it starts; `seed` differs at each of its starts.
      { S::client(options, client, seed) } -> std::same_as<typename S::Client>;
      // One piece of work for the safety phase.
      { S::draw_work(options, client, prng) } -> std::same_as<typename S::Client::Protocol::Work>;
      // Fresh work for the liveness phase: the number-th (0, 1, ...) for this client; none: no
      // more.
      {
        S::fresh_work(options, client, number)
      } -> std::same_as<std::optional<typename S::Client::Protocol::Work>>;
      // What the program around the client does when it is told `outcome`.
      {
        S::react(options, client, outcome, prng)
      } -> std::same_as<std::vector<Reaction<typename S::Client::Protocol::Work>>>;
      // How long after the faults have stopped all fresh work must have been served.
      { S::liveness_bound(options) } -> std::same_as<core::Duration>;
    };

/// A system may have a Teller, too: it sees a run and tells of one thing, by its number, what
/// happened to it. `subject` is what such a thing is called: "task".
template <class S>
concept TellingSystem =
    System<S> &&
    std::derived_from<typename S::Teller, Observer<typename S::Core, typename S::Client>> &&
    std::constructible_from<typename S::Teller, const typename S::Options&, std::uint64_t> &&
    requires(const typename S::Teller& teller) {
      { S::Teller::subject } -> std::convertible_to<std::string_view>;
      // Its lines; the error is a sentence: there is no such thing in this run.
      { teller.story() } -> std::same_as<std::expected<std::vector<std::string>, std::string>>;
    };

}  // namespace sim
