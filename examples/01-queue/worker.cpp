// The worker: takes tasks, works on each for a while, and says that it is done. The work is a
// demonstration: it waits, and now and then it fails.
#include <CLI/CLI.hpp>
#include <chrono>
#include <map>
#include <string>

#include "client_wire.hpp"
#include "core/overloaded.hpp"
#include "http.hpp"
#include "net/program.hpp"

namespace {

using Host = net::ClientHost<queue::Client, queue::ClientApi>;
using Clock = std::chrono::steady_clock;

struct Flags {
  std::uint32_t work_ms = 300;
  double failure_rate = 0;
};

class Worker {
 public:
  Worker(const Flags& flags, const std::string& name) : flags_(flags), name_(name) {}

  void run_on(Host& host) { host_ = &host; }

  void on_outcome(const queue::Outcome& outcome) {
    std::visit(core::Overloaded{
                   [&](const queue::Begin& begin) { work_on(begin.task); },
                   [&](const queue::Finished& finished) { tell(finished); },
                   [](const auto&) {},  // what only producers are told
               },
               outcome);
  }

 private:
  struct Task {
    std::uint32_t attempt = 0;
    Clock::time_point begun;
  };

  void work_on(const queue::LeasedTask& task) {
    begun_[task.lease] = Task{task.attempt, Clock::now()};
    host_->after(std::chrono::milliseconds(flags_.work_ms),
                 [this, task] { host_->submit(queue::Finish{task.task, task.lease, !fails()}); });
  }

  /// Spreads the failures evenly: with a rate of 0.25 every fourth task fails.
  bool fails() {
    failures_due_ += flags_.failure_rate;
    if (failures_due_ < 1) return false;
    failures_due_ -= 1;
    return true;
  }

  void tell(const queue::Finished& finished) {
    const Task task = begun_[finished.lease];
    begun_.erase(finished.lease);
    const auto took =
        std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - task.begun);
    const std::string what = name_ + "  task " + std::to_string(finished.task.value) +
                             "  attempt " + std::to_string(task.attempt);
    const std::string after = " after " + std::to_string(took.count()) + " ms";
    switch (finished.ending) {
      case queue::Ending::completed:
        return net::log_info(what + "  done in " + std::to_string(took.count()) + " ms");
      case queue::Ending::returned:
        return net::log_warning(what + "  failed and given back" + after);
      case queue::Ending::lost:
        return net::log_warning(what + "  too late: the lease had ended" + after);
    }
  }

  Flags flags_;
  std::string name_;
  Host* host_ = nullptr;
  std::map<queue::LeaseToken, Task> begun_;
  double failures_due_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("A worker: takes tasks from a queue and does them");
  Flags flags;
  queue::ClientConfig config;
  config.name = "worker-1";
  config.queue = "demo";
  config.concurrency = 1;
  config.visibility_ms = 10'000;
  net::ClientHostOptions options;
  options.system = "queue";
  options.client.servers = {"127.0.0.1:4100"};
  net::add_client_flags(app, options);
  app.add_option("--queue", config.queue, "The queue")->capture_default_str();
  app.add_option("--name", config.name, "What the broker calls this worker")->capture_default_str();
  app.add_option("--concurrency", config.concurrency, "Tasks at a time")
      ->check(CLI::Range(1u, 100u))
      ->capture_default_str();
  app.add_option("--visibility-ms", config.visibility_ms,
                 "How long a task is this worker's alone; then others get it")
      ->check(CLI::Range(1u, 3'600'000u))
      ->capture_default_str();
  app.add_option("--work-ms", flags.work_ms, "How long a task takes")
      ->check(CLI::Range(0u, 3'600'000u))
      ->capture_default_str();
  app.add_option("--failure-rate", flags.failure_rate, "The share of tasks that fail, 0 to 1")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  net::start_log(config.name);
  Worker worker(flags, config.name);
  auto host = Host::open(config, options, {},
                         [&](const queue::Outcome& outcome) { worker.on_outcome(outcome); });
  if (!host) return net::exit_code(std::unexpected(host.error()));
  worker.run_on(**host);
  return net::exit_code((*host)->run());
}
