#include "net/program.hpp"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "net/text.hpp"

namespace net {

namespace {

/// "warning: ": most lines are information, and a word on each of them would hide the others.
class LevelUnlessInfo final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& line, const std::tm&,
              spdlog::memory_buf_t& out) override {
    if (line.level == spdlog::level::info) return;
    const std::string_view level = spdlog::level::to_string_view(line.level).data();
    out.append(level.data(), level.data() + level.size());
    out.push_back(':');
    out.push_back(' ');
  }

  std::unique_ptr<spdlog::custom_flag_formatter> clone() const override {
    return std::make_unique<LevelUnlessInfo>();
  }
};

/// A person gets each line at once. Into a file or a pipe the lines of a turn go together: the loop
/// flushes them before it says what the turn has decided.
spdlog::sink_ptr log_sink() {
  if (::isatty(STDERR_FILENO) == 1) return std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
  std::ios::sync_with_stdio(false);
  return std::make_shared<spdlog::sinks::ostream_sink_mt>(std::clog);
}

CLI::Validator server_check() {
  return {[](const std::string& server) {
            if (is_address(server)) return "";
            return "expected host:port, such as 127.0.0.1:4100";
          },
          "HOST:PORT"};
}

}  // namespace

void add_node_flags(CLI::App& app, NodeOptions& options) {
  app.add_option("--listen", options.http.address,
                 "The address to listen on: by default this machine alone")
      ->capture_default_str();
  app.add_option("--port", options.http.port, "The port for clients; 0 takes any that is free")
      ->capture_default_str();
  app.add_option("--allow-host", options.allowed_hosts,
                 "Another name that requests may call this node by");
  app.add_option("--data-dir", options.data_dir,
                 "Where to keep what must outlive the process; without it, nothing does");
  app.add_flag(
      "--lose-unsynced", options.lose_unsynced,
      "Keep writes in the process until they are synced: a kill then loses what a power cut would");
  app.add_option(
         "--sync-us", options.sync_us,
         "Let each sync of the disk take so many microseconds longer, as a slower disk would")
      ->check(CLI::Range(0u, 10'000'000u));
  app.add_option("--record", options.record,
                 "Write all that the core is told and wants to this file");
  app.add_option("--seed", options.seed,
                 "For the core's random numbers; 0 takes one from the system")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--drain-ms", options.drain_ms,
                 "How long requests may take after a signal to stop")
      ->capture_default_str();
  if (!options.peers) return;
  app.add_option("--id", options.node.value, "The number of this node: 1, 2, 3, ...")
      ->capture_default_str();
  app.add_option("--cluster", options.cluster, "The cluster's name: nodes of another are refused")
      ->capture_default_str();
  app.add_option("--peer-port", options.peers->port, "The port for other nodes")
      ->capture_default_str();
  app.add_option("--peer-listen", options.peers->address,
                 "The address to listen on for other nodes: by default this machine alone")
      ->capture_default_str();
  app.add_flag("--lab", options.lab,
               "Let ./lab cut and delay this node's links, by a socket in the data folder");
}

void add_client_flags(CLI::App& app, ClientHostOptions& options) {
  app.add_option("--server", options.client.servers, "host:port; more than one may be given")
      ->check(server_check())
      ->capture_default_str();
  app.add_option("--record", options.record,
                 "Write all that the client's core is told and wants to this file");
  app.add_option("--seed", options.seed,
                 "For the core's random numbers; 0 takes one from the system")
      ->check(CLI::NonNegativeNumber);
}

void start_log() {
  auto logger = std::make_shared<spdlog::logger>("program", log_sink());
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  formatter->add_flag<LevelUnlessInfo>('*').set_pattern("%H:%M:%S.%e  %^%*%$%v");
  logger->set_formatter(std::move(formatter));
  logger->flush_on(spdlog::level::warn);
  spdlog::set_default_logger(std::move(logger));
}

void log_info(std::string_view line) { spdlog::info("{}", line); }
void log_warning(std::string_view line) { spdlog::warn("{}", line); }
void log_error(std::string_view line) { spdlog::error("{}", line); }

int exit_code(const std::expected<void, std::string>& ended) {
  if (ended) return 0;
  log_error(ended.error());
  return 1;
}

void log_start(const NodeOptions& options, std::uint16_t http_port, std::uint16_t peer_port) {
  log_info("listening on http://" + options.http.address + ":" + std::to_string(http_port));
  if (peer_port != 0) log_info("other nodes reach this one on port " + std::to_string(peer_port));
  if (options.lab) log_warning("./lab may cut and delay the links of this node");
  if (options.data_dir.empty()) {
    log_warning("in memory: nothing survives a restart; --data-dir keeps it on disk");
  } else {
    log_info("keeping everything in " + options.data_dir);
  }
}

}  // namespace net
