// The producer: puts tasks into a queue, a few a second.
#include <CLI/CLI.hpp>
#include <chrono>
#include <string>

#include "client_wire.hpp"
#include "core/overloaded.hpp"
#include "http.hpp"
#include "net/program.hpp"

namespace {

using Host = net::ClientHost<queue::Client, queue::ClientApi>;

struct Flags {
  std::string queue = "demo";
  double rate = 2;
  std::uint64_t count = 0;
};

class Producer {
 public:
  explicit Producer(const Flags& flags) : flags_(flags) {}

  void run_on(Host& host) {
    host_ = &host;
    produce();
  }

  void on_outcome(const queue::Outcome& outcome) {
    std::visit(core::Overloaded{
                   [&](const queue::Produced& produced) {
                     const std::string task = std::to_string(produced.tasks.at(0).value);
                     net::log_info("task " + task + "  stored in " + flags_.queue);
                     end_one();
                   },
                   [&](const queue::NotProduced& not_produced) {
                     net::log_error("job " + std::to_string(not_produced.number) +
                                    "  not stored: " + name_of(not_produced.reason));
                     end_one();
                   },
                   [&](const queue::Delayed& delayed) {
                     net::log_warning("job " + std::to_string(delayed.number) +
                                      "  not stored yet: " + name_of(delayed.reason));
                   },
                   [](const auto&) {},  // what only workers are told
               },
               outcome);
  }

 private:
  static std::string name_of(queue::Refusal reason) { return std::string(wire::name_of(reason)); }

  void produce() {
    if (flags_.count != 0 && made_ == flags_.count) return;
    ++made_;
    queue::Produce work;
    work.number = made_;
    work.queue = flags_.queue;
    work.payloads.push_back(core::Bytes("{\"job\":" + std::to_string(made_) + "}"));
    const auto pause = std::chrono::microseconds(static_cast<std::int64_t>(1e6 / flags_.rate));
    host_->after(pause, [this] { produce(); });
    host_->submit(work);
  }

  void end_one() {
    if (++ended_ == flags_.count) host_->stop();
  }

  Flags flags_;
  Host* host_ = nullptr;
  std::uint64_t made_ = 0;
  std::uint64_t ended_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("A producer: puts tasks into a queue");
  Flags flags;
  net::ClientHostOptions options;
  options.system = "queue";
  options.client.servers = {"127.0.0.1:4100"};
  net::add_client_flags(app, options);
  app.add_option("--queue", flags.queue, "The queue")->capture_default_str();
  app.add_option("--rate", flags.rate, "Tasks per second")
      ->check(CLI::Range(0.01, 1'000.0))
      ->capture_default_str();
  app.add_option("--count", flags.count, "End after so many tasks; 0: go on")
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  net::start_log("producer");
  Producer producer(flags);
  auto host = Host::open({}, options, {},
                         [&](const queue::Outcome& outcome) { producer.on_outcome(outcome); });
  if (!host) return net::exit_code(std::unexpected(host.error()));
  producer.run_on(**host);
  return net::exit_code((*host)->run());
}
