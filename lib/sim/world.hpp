// A whole system in one value: nodes, clients, disks, network and time. A World is made from a plan
// and runs it; two Worlds of one plan make the same run to the last byte, and a copy goes on as the
// original would.
//
// How a node lives here, which is how the programs' host treats it too:
//   inputs wait in its inbox
//   -> a turn reads both clocks once and takes some of them
//   -> (it may be paused here, its clock reading growing old)
//   -> one step for each, then one for a due timer
//   -> what they put into the one Ready is carried out: writes go to the disk's group commit,
//      messages to the network, replies and pushes to the clients' connections.
//
// World is declared here; its parts are in world_nodes.hpp, world_clients.hpp, world_faults.hpp and
// world_digest.hpp.
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/digest.hpp"
#include "disk/typed.hpp"
#include "sim/draws.hpp"
#include "sim/event_queue.hpp"
#include "sim/network.hpp"
#include "sim/plan.hpp"
#include "sim/run_result.hpp"
#include "sim/swarm.hpp"
#include "sim/system.hpp"
#include "sim/text.hpp"
#include "sim/trace_hash.hpp"
#include "sim/transcript.hpp"
#include "sim/world_events.hpp"
#include "wire/contract.hpp"
#include "wire/wire.hpp"

namespace sim {

template <System S>
class Search;

template <System S>
class World {
 public:
  using Core = typename S::Core;
  using Client = typename S::Client;
  using P = typename Core::Protocol;
  using Q = typename Client::Protocol;
  using Work = typename Q::Work;
  using Options = typename S::Options;

  /// The World at the start of `plan`; the error is a sentence about the plan.
  static std::expected<World, std::string> make(const Plan& plan);

  /// Lets the next thing happen; whether the run goes on after it.
  bool step();
  void run() {
    while (step()) {
    }
  }

  /// Gives the run up as endless after so many events: more than any has that comes to rest.
  void give_up_after(std::uint64_t events) { max_events_ = events; }

  /// Spares the run its hash, which costs most of the time of a run that is only to be judged.
  void leave_hash_out() { hashed_ = false; }

  /// Tells each thing that happens to `transcript`, which must live as long; null for silence.
  void tell(Transcript* transcript) { transcript_ = transcript; }

  /// Lets `observer`, which must live as long, see what the checker sees.
  void show_to(Observer<Core, Client>* observer) { observer_ = observer; }
  const Options& options() const { return options_; }

  RunResult result() const;
  /// Of all inputs, answers and states of the cores until now; 0 when it was left out.
  std::uint64_t hash() const { return hashed_ ? hash_.value() : 0; }
  core::Instant now() const { return now_; }

  /// Of all that decides what comes next, but for how far the streams of draws have been used up.
  std::uint64_t digest();

 private:
  friend class Search<S>;
  using Input = core::Input<P>;
  using ClientInput = core::ClientInput<Q>;
  using NodeType = Node<P>;
  using ClientType = ClientHost<Client>;
  using Link = Connection<Q>;
  using Happening = Event<P, Q>;
  using Seen = Observer<Core, Client>;

  World(const Plan& plan, Options options, std::vector<Work> works);

  NodeType& node(core::NodeId id) { return nodes_[id.value - 1]; }
  std::optional<Core>& core_of(core::NodeId id) { return cores_[id.value - 1]; }
  ClientType& client(ClientId id) { return clients_[id.value - 1]; }
  Link* link(core::SessionId session);

  void at(core::Instant when, Happening event) { events_.push(when, std::move(event)); }
  void after(core::Duration delay, Happening event) { at(now_ + delay, std::move(event)); }
  void happen(core::Instant when, Happening event);
  /// Shows something to the checker, and to whoever else looks.
  template <class... Wanted, class... Given>
  void show(void (Seen::*hook)(core::Instant, Wanted...), const Given&... given) {
    (checker_.*hook)(now_, given...);
    if (observer_ != nullptr) (observer_->*hook)(now_, given...);
  }
  void found(Finding finding);
  void tell_noted();
  /// What was found first, whether it has ended the run or not.
  std::optional<Finding> finding() const;
  void contract(core::NodeId id, const std::string& what);
  /// After the heal nothing counts: what the rest does then belongs to every run.
  void count(Fault fault, std::uint64_t times = 1) {
    if (!healed_) faults_.at(static_cast<std::size_t>(fault)) += times;
  }

  template <class T>
  std::string_view bytes_of(const T& value);
  template <class T>
  void trace(const T& value) {
    if (hashed_) hash_.add(bytes_of(value));
  }
  template <class C, class I>
  void trace_step(std::uint64_t who, const core::Now& now, const I& input, const C& core);
  template <class T>
  void say(std::string_view who, std::string_view does, const T& what);
  static std::string name_of(core::NodeId id) { return "node " + std::to_string(id.value); }
  static std::string name_of(ClientId id) { return "client " + std::to_string(id.value); }

  // Nodes: world_nodes.hpp.
  void on(const StartNode& event);
  void on(const Wake& event);
  void on(const RunSteps& event);
  void on(const SyncDone& event);
  void on(const CrashInSync& event);
  void on(const ReadDone& event);
  void on(const DiskTick& event);
  void on(const Arrive<P>& event);
  bool alive(core::NodeId id, std::uint64_t epoch);
  void start_node(core::NodeId id);
  void cannot_start(core::NodeId id, const disk::Error& error);
  void stop_node(core::NodeId id, const Downfall& downfall, std::string_view why);
  void deliver(core::NodeId id, Input input);
  void wake(core::NodeId id, core::Instant when);
  void run_turn(core::NodeId id, const core::Now& now, std::uint64_t most);
  bool step_core(core::NodeId id, const core::Now& now, const Input& input, core::Ready<P>& ready);
  void step_timer(core::NodeId id, const core::Now& now, core::Ready<P>& ready);
  void carry_out(core::NodeId id, core::Ready<P>& ready);
  void write(core::NodeId id, const core::Write<P>& write);
  void start_sync(core::NodeId id);
  void tend_disk(core::NodeId id);
  void disk_failed(core::NodeId id, const disk::Error& error);
  void send(core::NodeId id, core::Send<P>& message);
  void reply(core::NodeId id, core::Reply<P>& reply);
  void push(core::NodeId id, const core::Push<P>& push);
  void close_session(core::NodeId id, core::SessionId session);

  // Clients: world_clients.hpp.
  void on(const ToNode& event);
  void on(const ToClient& event);
  void on(const NodeNotices& event);
  void on(const ClientNotices& event);
  void on(const StartClient& event);
  void on(const WakeClient& event);
  void on(const Connect& event);
  void on(const DoWork<Work>& event);
  void feed(ClientId id, ClientInput input);
  void wake_client(ClientId id, core::Instant when);
  void step_client(ClientId id, const core::Now& now, const ClientInput& input,
                   core::ClientReady<Q>& ready);
  void observe(ClientId id, const ClientInput& input);
  void carry_out(ClientId id, core::ClientReady<Q>& ready);
  void tell_outcome(ClientId id, const typename Q::Outcome& outcome);
  void call(ClientId id, core::Call<Q>& call);
  void connect(ClientId id, core::Duration delay);
  void leave(ClientId id);
  void crash_client(ClientId id, core::Duration down);
  void send_up(core::SessionId session, std::optional<core::Call<Q>> call);
  void send_down(core::SessionId session, typename Link::Down piece);
  void tell_backlog(core::SessionId session, Link& link);
  void end_at_client(core::SessionId session);
  void end_at_node(core::SessionId session, bool tell);
  void forget_if_over(core::SessionId session);

  // Plans: world_faults.hpp.
  void on(const PlanLine& event);
  void on(const WallsEnd& event);
  void on(const FullEnds& event);
  void on(const Deadline& event);
  void act(const Ask&, const Line&) {}  // its work was parsed when the World was made
  void act(const Crash& fault, const Line& line);
  void act(const Pause& fault, const Line& line);
  void act(const ClockRate& fault, const Line& line);
  void act(const ClockJump& fault, const Line& line);
  void act(const BitFlip& fault, const Line& line);
  void act(const SyncError& fault, const Line& line);
  void act(const DiskFull& fault, const Line& line);
  void act(const SlowDisk& fault, const Line& line);
  void act(const Cut& fault, const Line& line);
  void act(const ClientPartition& fault, const Line& line);
  void act(const ClientCrash& fault, const Line& line);
  void act(const ClientPause& fault, const Line& line);
  void act(const Loss& fault, const Line& line) {
    network_.add(fault, line.at + fault.lasts, line.stream);
  }
  void act(const Duplicate& fault, const Line& line) {
    network_.add(fault, line.at + fault.lasts, line.stream);
  }
  void act(const Reorder& fault, const Line& line) {
    network_.add(fault, line.at + fault.lasts, line.stream);
  }
  void act(const Partition& fault, const Line& line) { network_.add(fault, line.at + fault.lasts); }
  void act(const OneWay& fault, const Line& line) { network_.add(fault, line.at + fault.lasts); }
  void act(const Bridge& fault, const Line& line) { network_.add(fault, line.at + fault.lasts); }
  void act(const Heal& heal, const Line& line);
  std::vector<core::NodeId> healed_nodes(const Heal& heal);
  void try_damaged(core::NodeId id);
  void mend(core::NodeId id);
  void begin_liveness(std::span<const core::NodeId> healed);
  void end_if_served();
  void check_everything();

  // The fingerprint: world_digest.hpp.
  std::uint64_t digest_of_events();
  template <class E>
  void add_event(core::Digest& digest, const E& event);
  static void add_downfall(core::Digest& digest, const Downfall& downfall) {
    digest.add(std::uint64_t{downfall.power}).add(downfall.stream.value_or(0));
    digest.add(static_cast<std::uint64_t>(downfall.down.count()));
  }
  static void add_optional(core::Digest& digest, const std::optional<core::Instant>& at) {
    digest.add(std::uint64_t{at.has_value()}).add(at.value_or(core::Instant()));
  }
  void add_machine(core::Digest& digest, const Machine& machine);
  void add_nodes(core::Digest& digest);
  void add_clients(core::Digest& digest);

  std::uint64_t seed_;
  Options options_;
  Cluster cluster_;
  Conditions conditions_;
  std::vector<Line> lines_;
  std::vector<Work> works_;  // of the Ask lines, by the line's index; others have a default one
  FaultSet possible_;

  core::Instant now_;
  EventQueue<Happening> events_;
  std::vector<NodeType> nodes_;
  std::vector<std::optional<Core>> cores_;
  std::vector<ClientType> clients_;
  std::map<core::SessionId, Link> links_;
  std::uint64_t last_session_ = 0;
  Network network_;
  typename S::Checker checker_;

  bool healed_ = false;
  std::uint64_t fresh_left_ = 0;  // pieces of fresh work not yet submitted
  bool over_ = false;
  bool live_ = false;
  std::optional<Finding> finding_;
  std::size_t told_noted_ = 0;  // of what the checker has noted
  std::uint64_t happened_ = 0;
  std::uint64_t max_events_ = 3'000'000;
  std::uint64_t answered_ = 0;
  std::uint64_t crashes_ = 0;
  FaultCounts faults_{};
  TraceHash hash_;
  bool hashed_ = true;
  std::string buffer_;  // of the value that is being hashed
  Transcript* transcript_ = nullptr;
  Seen* observer_ = nullptr;
};

// ---- Making one, and the loop -------------------------------------------------------------------

/// What is wrong with a line for a cluster of that size; empty when nothing is.
std::string misfit(const Line& line, const Cluster& cluster);

template <System S>
std::expected<World<S>, std::string> World<S>::make(const Plan& plan) {
  if (plan.system != S::name) {
    return std::unexpected("the plan is for the system " + plan.system);
  }
  auto options = from_text<Options>(plan.options);
  if (!options) return std::unexpected("options: " + options.error());
  const Cluster cluster = S::cluster(*options);
  if (std::string wrong = misfit(cluster); !wrong.empty()) {
    return std::unexpected("options: " + wrong);
  }
  std::vector<Work> works(plan.lines.size());
  for (std::size_t i = 0; i < plan.lines.size(); ++i) {
    const Line& line = plan.lines[i];
    std::string wrong = misfit(line, cluster);
    if (const auto* ask = std::get_if<Ask>(&line.action); ask != nullptr && wrong.empty()) {
      auto work = from_text<Work>(ask->work);
      if (work) {
        works[i] = std::move(*work);
      } else {
        wrong = work.error();
      }
    }
    if (!wrong.empty()) return std::unexpected("the line `" + print(line) + "`: " + wrong);
  }
  return World(plan, std::move(*options), std::move(works));
}

template <System S>
World<S>::World(const Plan& plan, Options options, std::vector<Work> works)
    : seed_(plan.seed),
      options_(std::move(options)),
      cluster_(S::cluster(options_)),
      conditions_(plan.conditions),
      lines_(plan.lines),
      works_(std::move(works)),
      possible_(possible({cluster_, S::faults()})),
      nodes_(cluster_.nodes),
      cores_(cluster_.nodes),
      clients_(cluster_.clients),
      network_(plan.seed, plan.conditions),
      checker_(options_) {
  for (std::uint32_t i = 1; i <= cluster_.nodes; ++i) {
    const core::NodeId id{i};
    core::Prng draws = node_draws(seed_, id, NodeTopic::clock, 0);
    // Some day of this century, each node some seconds off.
    node(id).machine.clock.set_wall(
        core::UnixTime(core::Duration(1'750'000'000'000'000 + draws.between(0, 10'000'000))));
    at(core::Instant(core::Duration(draws.between(0, 1'000))), StartNode{id, 0});
  }
  for (std::uint32_t i = 1; i <= cluster_.clients; ++i) {
    at(core::Instant(core::Duration(2'000 + i)), StartClient{ClientId{i}, 0});
  }
  for (std::uint64_t i = 0; i < lines_.size(); ++i) at(lines_[i].at, PlanLine{i});
}

template <System S>
bool World<S>::step() {
  if (over_) return false;
  if (events_.empty()) {
    over_ = true;
    return false;
  }
  auto [when, event] = events_.pop();
  happen(when, std::move(event));
  return !over_;
}

template <System S>
void World<S>::happen(core::Instant when, Happening event) {
  now_ = std::max(now_, when);
  ++happened_;
  if (happened_ > max_events_) {
    found({"progress",
           "more than " + std::to_string(max_events_) + " events: something never comes to rest"});
    return;
  }
  std::visit([this](const auto& held) { this->on(held); }, event);
}

template <System S>
void World<S>::found(Finding finding) {
  over_ = true;
  if (finding_) return;
  if (transcript_ != nullptr) transcript_->line(now_, finding.checker, "violated", finding.what);
  show(&Seen::on_finding, finding);
  finding_ = std::move(finding);
}

template <System S>
void World<S>::tell_noted() {
  const auto noted = checker_.noted();
  for (; told_noted_ < noted.size(); ++told_noted_) {
    const Finding& finding = noted[told_noted_];
    if (transcript_ != nullptr) transcript_->line(now_, finding.checker, "broken", finding.what);
    show(&Seen::on_finding, finding);
  }
}

template <System S>
std::optional<Finding> World<S>::finding() const {
  const auto noted = checker_.noted();
  return noted.empty() ? finding_ : noted.front();
}

template <System S>
void World<S>::contract(core::NodeId id, const std::string& what) {
  found({"contract", name_of(id) + " " + what});
}

template <System S>
template <class T>
std::string_view World<S>::bytes_of(const T& value) {
  buffer_.clear();
  wire::append(buffer_, value);
  return buffer_;
}

template <System S>
template <class C, class I>
void World<S>::trace_step(std::uint64_t who, const core::Now& now, const I& input, const C& core) {
  if (!hashed_) return;
  hash_.add(who);
  trace(now);
  trace(input);
  hash_.add(core.digest());
}

template <System S>
template <class T>
void World<S>::say(std::string_view who, std::string_view does, const T& what) {
  constexpr std::uint64_t max_string = 60;
  if (transcript_ == nullptr) return;
  if constexpr (std::convertible_to<T, std::string_view>) {
    transcript_->line(now_, who, does, what);
  } else {
    transcript_->line(now_, who, does, to_text(what, max_string));
  }
}

template <System S>
RunResult World<S>::result() const {
  RunResult result;
  result.seed = seed_;
  if (const auto first = finding()) {
    result.checker = first->checker;
    result.what = first->what;
    result.about = first->about;
  }
  const auto noted = checker_.noted();
  result.noted.assign(noted.begin(), noted.end());
  result.events = happened_;
  result.answered = answered_;
  result.crashes = crashes_;
  result.faults.assign(faults_.begin(), faults_.end());
  result.faults.at(static_cast<std::size_t>(Fault::disk_full)) = 0;
  for (const NodeType& node : nodes_) {
    result.faults.at(static_cast<std::size_t>(Fault::disk_full)) +=
        node.machine.disk.files.refused();
  }
  result.possible = possible_.bits();
  result.simulated = now_.time_since_epoch();
  result.live = live_;
  result.hash = hash();
  result.tallies = checker_.tallies();
  return result;
}

}  // namespace sim

#include "sim/world_clients.hpp"
#include "sim/world_digest.hpp"
#include "sim/world_faults.hpp"
#include "sim/world_nodes.hpp"
