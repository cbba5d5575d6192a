#include "raft_sim.hpp"

#include <chrono>
#include <string>

namespace raft {

namespace {

std::uint32_t draw(core::Prng& prng, std::uint32_t low, std::uint32_t high) {
  return static_cast<std::uint32_t>(prng.between(low, high));
}

/// No two are equal, so that a read tells which change it saw.
core::Bytes value_of(std::uint64_t number) { return core::Bytes(std::to_string(number) + ";"); }

/// A few are longer than the sectors of a disk, so that a crash can tear them.
core::Bytes draw_value(std::uint64_t number, core::Prng& prng) {
  const bool is_long = prng.below(6) == 0;
  if (!is_long) return value_of(number);
  const std::string more(prng.below(2'500), '.');
  return core::Bytes(std::to_string(number) + more + ";");
}

Operation draw_operation(const Options& options, std::uint64_t number, core::Prng& prng) {
  std::string key = key_name(prng.below(options.keys));
  const bool is_wrong = prng.below(50) == 0;
  if (is_wrong) key.resize(prng.below(2) * (kv::Limits().max_key_bytes + 1), 'k');
  if (prng.chance({options.append_percent, 100})) return kv::Append{key, draw_value(number, prng)};
  std::optional<kv::Version> expected;
  const bool expects = prng.below(4) == 0;
  if (expects) expected = prng.below(30);
  const bool erases = prng.below(10) == 0;
  if (erases) return kv::Delete{key, expected};
  return kv::Put{key, draw_value(number, prng), expected};
}

std::string address_of(core::NodeId node) { return "node-" + std::to_string(node.value); }

/// Mostly one node, sometimes two. Some have moved; who tells no address leaves it as it is.
ChangeMembers draw_change(const Options& options, core::Prng& prng) {
  ChangeMembers change;
  const std::uint64_t count = prng.below(3) == 0 ? 2 : 1;
  for (std::uint64_t i = 0; i < count; ++i) {
    const core::NodeId node{draw(prng, 1, options.nodes)};
    constexpr MemberRole roles[] = {MemberRole::voter, MemberRole::voter, MemberRole::learner,
                                    MemberRole::none};
    constexpr std::string_view moved[] = {"", "", "-moved"};
    const std::string_view where = moved[prng.below(3)];
    const std::string address = where.empty() ? "" : address_of(node) + std::string(where);
    change.changes.push_back({{node, address}, roles[prng.below(4)]});
  }
  return change;
}

}  // namespace

std::string key_name(std::uint64_t number) { return "key-" + std::to_string(number); }

sim::FaultSet System::faults() {
  return sim::node_faults | sim::disk_faults | sim::client_faults | sim::peer_faults;
}

Options System::draw_options(core::Prng& prng) {
  Options options;
  options.nodes = 1 + 2 * draw(prng, 0, 2);
  const bool is_even = prng.below(8) == 0;
  if (is_even) options.nodes = 2 * draw(prng, 1, 2);
  options.clients = draw(prng, 3, 6);
  options.keys = draw(prng, 1, 3);
  options.read_percent = draw(prng, 10, 60);
  options.stale_percent = draw(prng, 0, 20);
  options.append_percent = draw(prng, 0, 60);
  options.election_timeout_ms = draw(prng, 200, 600);
  options.heartbeat_ms = draw(prng, 20, 80);
  options.pre_vote = draw(prng, 0, 1);
  options.check_quorum = draw(prng, 0, 1);
  options.request_timeout_ms = draw(prng, 500, 4'000);
  options.max_entries = draw(prng, 1, 20);
  options.max_in_flight = draw(prng, 1, 6);
  options.max_waiting = draw(prng, 5, 100);
  options.sessions = draw(prng, 0, 3) == 0 ? 0 : 1;
  // Fewer would take each other's sessions, and be done with nothing. Those of clients that have
  // crashed expire all the same.
  options.max_sessions = draw(prng, options.clients, 10);
  options.snapshot_bytes = draw(prng, 200, 6'000);
  options.keep_entries = draw(prng, 0, 30);
  // By what a small entry weighs, so that some messages are full to the last byte.
  options.max_message_bytes = 32 * draw(prng, 3, 156);
  options.lease_reads = draw(prng, 0, 3) == 0 ? 1 : 0;
  draw_changes(options, prng);
  draw_unrest(options, prng);
  draw_limits(options, prng);
  draw_power_cuts(options, prng);
  draw_heaps(options, prng);
  return options;
}

/// In half of the runs leaders seldom lead for long: nodes lose each other again and again, and
/// soon elect another. And what a leader sends comes in small messages, so that some arrive and
/// others do not. What is in a snapshot is soon gone from the log: who was cut off needs it.
void System::draw_unrest(Options& options, core::Prng& prng) {
  const bool is_restless = prng.below(2) == 0;
  if (!is_restless) return;
  options.short_cuts = draw(prng, 10, 60);
  options.election_timeout_ms = draw(prng, 60, 250);
  options.heartbeat_ms = draw(prng, 10, 40);
  options.max_entries = draw(prng, 1, 3);
  options.keep_entries = draw(prng, 0, 3);
  options.snapshot_bytes = draw(prng, 200, 1'000);
}

/// In some runs few may wait at a time, and in some there is little space: most of what is written
/// is 13 bytes long, so that it fills that to the last byte.
void System::draw_limits(Options& options, core::Prng& prng) {
  const bool few_wait = prng.below(4) == 0;
  if (few_wait) options.max_waiting = draw(prng, 1, 4);
  const bool is_narrow = prng.below(4) == 0;
  if (!is_narrow) return;
  options.value_bytes = 13 * draw(prng, 2, 4);
  const std::uint32_t keys = draw(prng, 1, options.keys);
  options.store_bytes = 5 * keys + 13 * draw(prng, 1, 6);
}

/// In half of the runs nodes lose their power again and again, mostly while they write: they
/// start from what it left.
void System::draw_power_cuts(Options& options, core::Prng& prng) {
  const bool has_cuts = prng.below(2) == 0;
  if (has_cuts) options.power_cuts = draw(prng, 10, 60);
}

/// In a few runs the work comes in heaps, each entry goes by itself, and what is committed is soon
/// gone from the log. Then entries are overtaken by what was sent behind them, and a follower that
/// seems to lack them is sent a snapshot: when it arrives, the follower's log may go on behind it.
void System::draw_heaps(Options& options, core::Prng& prng) {
  const bool comes_in_heaps = prng.below(8) == 0;
  if (!comes_in_heaps) return;
  options.pulse_ms = draw(prng, 300, 700);
  options.heartbeat_ms = 10;
  options.max_entries = 1;
  options.max_in_flight = draw(prng, 6, 12);
  options.max_waiting = draw(prng, 50, 100);
  options.sessions = 0;  // so that snapshots are small, and soon due
  options.keep_entries = 0;
  options.snapshot_bytes = 1;
}

/// In half of the runs. Whoever removes nodes needs check-quorum, or they disturb the others for
/// ever: they were not told, and stand for election.
void System::draw_changes(Options& options, core::Prng& prng) {
  const bool changes = prng.below(2) == 0;
  const bool transfers = prng.below(2) == 0;
  if (transfers) options.transfer_percent = draw(prng, 1, 6);
  if (!changes) return;
  options.change_percent = draw(prng, 1, 8);
  const bool is_busy = prng.below(4) == 0;
  if (is_busy) options.change_percent = draw(prng, 20, 60);
  options.nodes = draw(prng, 3, 6);
  options.first_members = draw(prng, 1, options.nodes);
  options.check_quorum = 1;
}

Options System::smallest() {
  Options options;
  options.clients = 1;
  options.keys = 1;
  options.pre_vote = 0;
  return options;
}

sim::Cluster System::cluster(const Options& options) {
  sim::Cluster cluster;
  cluster.nodes = options.nodes;
  cluster.clients = options.clients;
  // A majority of the nodes need not be one of the members.
  cluster.heal_all = options.change_percent > 0;
  cluster.short_cuts = options.short_cuts;
  cluster.power_cuts = options.power_cuts;
  cluster.pulse = std::chrono::milliseconds(options.pulse_ms);
  if (options.lease_reads != 0) cluster.without = {sim::Fault::pause};
  return cluster;
}

Config System::config(const Options& options, core::NodeId node) {
  Config config;
  config.self = node;
  const bool are_some = options.first_members > 0 && options.first_members < options.nodes;
  const std::uint32_t first = are_some ? options.first_members : options.nodes;
  for (std::uint32_t id = 1; id <= first && node.value <= first; ++id) {
    config.members.push_back({{id}, address_of({id})});
  }
  config.election_timeout_ms = options.election_timeout_ms;
  config.heartbeat_ms = options.heartbeat_ms;
  config.pre_vote = options.pre_vote != 0;
  config.check_quorum = options.check_quorum != 0;
  config.lease_reads = options.lease_reads != 0;
  config.request_timeout_ms = options.request_timeout_ms;
  config.max_entries = options.max_entries;
  config.max_in_flight = options.max_in_flight;
  config.max_waiting = options.max_waiting;
  config.max_sessions = options.max_sessions;
  config.snapshot_bytes = options.snapshot_bytes;
  config.keep_entries = options.keep_entries;
  config.max_message_bytes = options.max_message_bytes;
  config.machine.max_value_bytes = options.value_bytes;
  config.machine.max_stored_bytes = options.store_bytes;
  return config;
}

ClientConfig System::client_config(const Options& options) {
  ClientConfig config;
  config.call_timeout_ms = 2 * options.request_timeout_ms;
  config.sessions = options.sessions != 0;
  config.max_waiting = options.max_waiting / 4 + 1;
  return config;
}

Client System::client(const Options& options, sim::ClientId, std::uint64_t seed) {
  return {client_config(options), seed};
}

Ask System::draw_work(const Options& options, sim::ClientId, core::Prng& prng) {
  const std::uint64_t number = prng.below(first_fresh_number);
  if (prng.chance({options.change_percent, 100})) return {number, draw_change(options, prng)};
  if (prng.chance({options.transfer_percent, 100})) {
    return {number, TransferLeadership{{draw(prng, 1, options.nodes)}}};
  }
  if (!prng.chance({options.read_percent, 100})) {
    ClientRequest request{draw_operation(options, number, prng)};
    // With a number that no session has given; clients with sessions put theirs in its place.
    const bool is_numbered = options.sessions == 0 && prng.below(20) == 0;
    if (is_numbered) request.once = Once{Session{number}, prng.below(2)};
    return {number, request};
  }
  ClientQuery query{kv::Get{key_name(prng.below(options.keys))}, Consistency::linearizable};
  if (prng.chance({options.stale_percent, 100})) query.consistency = Consistency::stale;
  return {number, query};
}

/// From each client two changes, and a question after each.
std::optional<Ask> System::fresh_work(const Options& options, sim::ClientId id,
                                      std::uint32_t number) {
  if (number >= 4) return {};
  const std::uint64_t work = first_fresh_number + std::uint64_t{10} * id.value + number;
  const std::string key = key_name((id.value + number / 2) % options.keys);
  if (number % 2 == 1) return Ask{work, ClientQuery{kv::Get{key}, Consistency::linearizable}};
  return Ask{work, ClientRequest{kv::Append{key, value_of(work)}}};
}

/// Fresh work must be done: what nobody knows of is asked again, and a little later what was too
/// much.
std::vector<sim::Reaction<Ask>> System::react(const Options&, sim::ClientId, const Learned& learned,
                                              core::Prng& prng) {
  // Asked soon again, a change of the members meets the next leader at its beginning.
  const bool must_wait = learned.result == Result(Refused{Refusal::members_change});
  if (must_wait && prng.below(4) != 0) {
    const std::chrono::milliseconds pause(prng.below(30));
    return {{pause, Ask{learned.number, learned.command}}};
  }
  const bool is_fresh = learned.number >= first_fresh_number;
  if (!is_fresh || std::holds_alternative<Executed>(learned.result)) return {};
  const bool is_refused = std::holds_alternative<Refused>(learned.result);
  const core::Duration pause = std::chrono::milliseconds(is_refused ? 100 : 0);
  return {{pause, Ask{learned.number, learned.command}}};
}

/// Twenty elections that end in split votes, and all that waits for its time-out.
core::Duration System::liveness_bound(const Options& options) {
  return std::chrono::milliseconds(std::int64_t{40} * options.election_timeout_ms +
                                   std::int64_t{20} * options.request_timeout_ms) +
         std::chrono::seconds(10);
}

}  // namespace raft
