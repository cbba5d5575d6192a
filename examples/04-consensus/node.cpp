// A node of the cluster: the core on real sockets and a real disk.
#include <CLI/CLI.hpp>

#include "flags.hpp"
#include "http.hpp"
#include "messages_wire.hpp"
#include "net/program.hpp"
#include "story.hpp"

namespace {

void add_raft_flags(CLI::App& app, raft::Config& config) {
  app.add_option("--election-timeout-ms", config.election_timeout_ms,
                 "A follower that hears no leader for so long stands for election; up to as long "
                 "again by chance")
      ->check(CLI::Range(10u, 60'000u))
      ->capture_default_str();
  app.add_option("--heartbeat-ms", config.heartbeat_ms, "How often a leader is heard")
      ->check(CLI::Range(1u, 30'000u))
      ->capture_default_str();
  app.add_option("--request-timeout-ms", config.request_timeout_ms,
                 "How long a client waits before it is told that nobody knows")
      ->check(CLI::Range(10u, 600'000u))
      ->capture_default_str();
  app.add_option("--max-waiting", config.max_waiting,
                 "Requests that wait for an answer; beyond: 429")
      ->check(CLI::Range(1u, 1'000'000u))
      ->capture_default_str();
  app.add_option("--max-entries", config.max_entries, "Entries in one message to a follower")
      ->check(CLI::Range(1u, 100'000u))
      ->capture_default_str();
  app.add_option("--max-message-bytes", config.max_message_bytes,
                 "The same in bytes; one entry is always sent")
      ->check(CLI::Range(1u, 8u << 20))
      ->capture_default_str();
  app.add_option("--max-in-flight", config.max_in_flight,
                 "Messages with entries on their way to each follower")
      ->check(CLI::Range(1u, 1'000u))
      ->capture_default_str();
  app.add_option(
         "--max-sessions", config.max_sessions,
         "Sessions of clients; beyond, the one that was not used for longest is closed. The "
         "same on all nodes")
      ->check(CLI::Range(1u, 1'000'000u))
      ->capture_default_str();
  app.add_option("--snapshot-bytes", config.snapshot_bytes,
                 "A snapshot is cut when the log has grown by so much")
      ->check(CLI::Range(1u << 10, 1u << 30))
      ->capture_default_str();
  app.add_option("--keep-entries", config.keep_entries,
                 "Entries that stay behind a snapshot, for followers that are slow")
      ->check(CLI::Range(0u, 10'000'000u))
      ->capture_default_str();
  app.add_flag_callback(
      "--no-pre-vote", [&] { config.pre_vote = false; },
      "Stand for election without asking first whether it can be won");
  app.add_flag_callback(
      "--no-check-quorum", [&] { config.check_quorum = false; },
      "Go on as the leader also when no majority answers");
  app.add_flag("--lease-reads", config.lease_reads,
               "Answer questions without asking a majority while the leadership is sure by the "
               "clocks: faster, and wrong if a clock is");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("A node of a Raft cluster: a key-value store that outlives the loss of a minority");
  net::NodeOptions options;
  options.system = "consensus";
  options.peers.emplace();
  raft::Config config;
  std::string peers;
  net::add_node_flags(app, options);
  app.get_option("--port")->default_str("4400 + id");
  app.get_option("--peer-port")->default_str("as in --peers, or 4410 + id");
  app.add_option("--peers", peers,
                 "The voters at the cluster's first start, the same for all, as ID=HOST:PORT with "
                 "commas between: 1=127.0.0.1:4411,2=127.0.0.1:4412,... Without it, this node "
                 "waits until a cluster takes it in");
  add_raft_flags(app, config);
  app.callback([&] {
    const auto named = raft::peers_in(peers);
    if (!named) throw CLI::ValidationError("--peers", named.error());
    const raft::Defaults defaults{app.count("--port") == 0, app.count("--peer-port") == 0};
    const auto agreed = raft::agree(*named, defaults, options, config);
    if (!agreed) throw CLI::ValidationError(agreed.error());
  });
  CLI11_PARSE(app, argc, argv);

  net::start_log();
  raft::ToldRaft::tell([](const std::string& line) { net::log_info(line); });
  return net::run_node<raft::ToldRaft>(config, options, raft::Api());
}
