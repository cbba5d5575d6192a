// The producer: puts tasks into a queue, a few a second.
#include <CLI/CLI.hpp>
#include <chrono>
#include <string>

#include "client_wire.hpp"
#include "core/overloaded.hpp"
#include "flags.hpp"
#include "http.hpp"
#include "net/program.hpp"

namespace {

using Host = net::ClientHost<queue::Client, queue::ClientApi>;

/// How long the broker may take, when the producer stops, to answer what is under way.
constexpr std::chrono::milliseconds last_answer_limit(1'000);

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
    host.on_signal([this] { stop_soon(); });
    produce();
  }

  /// Of the tasks that the broker refused for good.
  std::uint64_t not_stored() const { return not_stored_; }

  void on_outcome(const queue::Outcome& outcome) {
    std::visit(core::Overloaded{
                   [&](const queue::Produced& produced) {
                     const std::string task = std::to_string(produced.tasks.at(0).value);
                     net::log_info("task " + task + "  stored");
                     end_one();
                   },
                   [&](const queue::NotProduced& not_produced) {
                     net::log_error("job " + std::to_string(not_produced.number) +
                                    "  not stored: " + name_of(not_produced.reason));
                     ++not_stored_;
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
    if (stopping_ || (flags_.count != 0 && made_ == flags_.count)) return;
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
    ++ended_;
    if (ended_ == flags_.count || (stopping_ && ended_ == made_)) host_->stop();
  }

  void stop_soon() {
    stopping_ = true;
    if (ended_ == made_) return host_->stop();
    host_->after(last_answer_limit, [this] {
      net::log_warning("stopped without an answer to " + std::to_string(made_ - ended_) +
                       " of its jobs: whether they are stored is unknown");
      host_->stop();
    });
  }

  Flags flags_;
  Host* host_ = nullptr;
  std::uint64_t made_ = 0;
  std::uint64_t ended_ = 0;
  std::uint64_t not_stored_ = 0;
  bool stopping_ = false;
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("A producer: puts tasks into a queue");
  Flags flags;
  net::ClientHostOptions options;
  options.system = "queue";
  options.client.servers = {"127.0.0.1:4100"};
  net::add_client_flags(app, options);
  app.add_option("--queue", flags.queue, "The queue")
      ->check(queue::name_check())
      ->capture_default_str();
  app.add_option("--rate", flags.rate, "Tasks per second")
      ->check(queue::number_check(0.01, 1'000))
      ->capture_default_str();
  app.add_option("--count", flags.count, "End after so many tasks; 0: go on")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  net::start_log();
  Producer producer(flags);
  auto host = Host::open({}, options, {},
                         [&](const queue::Outcome& outcome) { producer.on_outcome(outcome); });
  if (!host) return net::exit_code(std::unexpected(host.error()));
  producer.run_on(**host);
  const int status = net::exit_code((*host)->run());
  return status == 0 && producer.not_stored() > 0 ? 1 : status;
}
