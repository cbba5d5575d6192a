#include "any_broker.hpp"

#include <CLI/CLI.hpp>

#include "any_queue.hpp"
#include "http.hpp"
#include "messages_wire.hpp"
#include "net/program.hpp"

namespace queue {

void add_broker_flags(CLI::App& app, net::NodeOptions& options, Config& config) {
  options.system = "queue";
  options.http = {"127.0.0.1", 4100};
  net::add_node_flags(app, options);
  app.add_option("--max-queue-length", config.max_queue_length,
                 "Tasks of one queue that are not completed; beyond: 429")
      ->check(CLI::Range(1u, 10'000'000u))
      ->capture_default_str();
}

int run_any_broker(const Config& config, const net::NodeOptions& options) {
  return net::run_node<AnyQueue>(config, options, Api());
}

int run_any_broker(const std::string& about, int argc, char** argv) {
  CLI::App app(about);
  net::NodeOptions options;
  Config config;
  add_broker_flags(app, options, config);
  CLI11_PARSE(app, argc, argv);
  net::start_log();
  return run_any_broker(config, options);
}

}  // namespace queue
