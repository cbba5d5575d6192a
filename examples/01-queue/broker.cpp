// The broker: the queue's core on real sockets and a real disk.
#include <CLI/CLI.hpp>

#include "any_broker.hpp"
#include "child_queue.hpp"
#include "http.hpp"
#include "messages_wire.hpp"
#include "net/program.hpp"
#include "story.hpp"

int main(int argc, char** argv) {
  CLI::App app("The queue's broker: keeps tasks until a worker has done them");
  net::NodeOptions options;
  queue::Config config;
  queue::add_broker_flags(app, options, config);
  std::string core;
  app.add_option("--core", core, "Run this command as the core, by lines of JSON");
  CLI11_PARSE(app, argc, argv);

  net::start_log();
  if (!core.empty()) {
    net::log_info("the core is another process: " + core);
    queue::AnyQueue::use(queue::child_maker({{.command = core}, true}));
    return queue::run_any_broker(config, options);
  }
  queue::ToldQueue::tell([](const std::string& line) { net::log_info(line); });
  return net::run_node<queue::ToldQueue>(config, options, queue::Api());
}
