// What every program has in common: its flags, its log, its exit codes.
//
//   int main(int argc, char** argv) {
//     CLI::App app("The queue's broker");
//     net::NodeOptions options{.system = "queue", .http = {"127.0.0.1", 4100}};
//     net::add_node_flags(app, options);
//     CLI11_PARSE(app, argc, argv);
//     net::start_log();
//     return net::run_node<queue::Queue>(config, options, queue::Api());
//   }
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

#include "net/client.hpp"
#include "net/node.hpp"
#include "net/options.hpp"

namespace CLI {
class App;
}

namespace net {

/// --listen, --port, --allow-host, --data-dir, --lose-unsynced, --sync-us, --record, --seed,
/// --drain-ms, and, when options.peers is set, --id, --cluster, --peer-port, --peer-listen, --lab.
/// What `options` holds is the default.
void add_node_flags(CLI::App& app, NodeOptions& options);

/// --server (any number of times), --record, --seed.
void add_client_flags(CLI::App& app, ClientHostOptions& options);

/// Plain single lines on stderr, each with the time, and with the level unless it is information.
void start_log();

/// One line of the log.
void log_info(std::string_view line);
void log_warning(std::string_view line);
void log_error(std::string_view line);

/// Logs the error, if there is one. 0, or 1 after an error.
int exit_code(const std::expected<void, std::string>& ended);

/// Says where a node listens, and whether it keeps anything.
void log_start(const NodeOptions& options, std::uint16_t http_port, std::uint16_t peer_port);

/// Opens a node, says where it listens, and runs it.
template <class Core, class Api>
int run_node(const typename Core::Protocol::Config& config, const NodeOptions& options, Api api) {
  auto node = Node<Core, Api>::open(config, options, std::move(api));
  if (!node) return exit_code(std::unexpected(std::move(node).error()));
  log_start(options, (*node)->http_port(), (*node)->peer_port());
  return exit_code((*node)->run());
}

}  // namespace net
