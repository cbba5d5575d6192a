// The worker: takes tasks, makes a thumbnail of each photo, and says that it is done. The work is a
// demonstration: it waits, and now and then it fails.
#include <CLI/CLI.hpp>
#include <chrono>
#include <map>
#include <string>

#include "client_wire.hpp"
#include "core/overloaded.hpp"
#include "flags.hpp"
#include "http.hpp"
#include "net/program.hpp"
#include "thumbnail.hpp"

namespace {

using Host = net::ClientHost<queue::Client, queue::ClientApi>;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// How long the broker may take, when the worker stops, to say that it has a task back.
constexpr milliseconds last_answer_limit(1'000);

struct Flags {
  std::uint32_t work_ms = 300;
  double failure_rate = 0;
  std::uint32_t drain_ms = 3'000;
};

class Worker {
 public:
  explicit Worker(const Flags& flags) : flags_(flags) {}

  void run_on(Host& host) {
    host_ = &host;
    host.on_signal([this] { finish_and_stop(); });
  }

  void on_outcome(const queue::Outcome& outcome) {
    std::visit(core::Overloaded{
                   [&](const queue::Begin& begin) { work_on(begin.task); },
                   [&](const queue::LeaseLost& lost) { give_up(lost.lease); },
                   [&](const queue::Finished& finished) { tell(finished); },
                   [](const auto&) {},  // what only producers are told
               },
               outcome);
  }

 private:
  struct Task {
    queue::TaskId id;
    std::uint32_t attempt = 0;
    std::uint32_t max_attempts = 0;
    Clock::time_point begun;
    bool ended = false;  // the broker has been told, and has not answered yet
  };

  void work_on(const queue::LeasedTask& leased) {
    const queue::LeaseToken lease = leased.lease;
    tasks_[lease] = Task{leased.task, leased.attempt, leased.max_attempts, Clock::now()};
    if (stopping_) return end(lease, false);
    if (!queue::decode(leased.payload)) {
      net::log_warning("task " + std::to_string(leased.task.value) + "  is no thumbnail");
      return end(lease, false);
    }
    host_->after(milliseconds(flags_.work_ms), [this, lease] { end(lease, !fails()); });
  }

  /// Somebody else may be at it: to go on would only do it twice.
  void give_up(const queue::LeaseToken& lease) {
    const auto found = tasks_.find(lease);
    if (found == tasks_.end() || found->second.ended) return;
    net::log_warning("task " + std::to_string(found->second.id.value) +
                     "  given up: its lease has ended");
    end(lease, false);
  }

  void end(const queue::LeaseToken& lease, bool succeeded) {
    const auto found = tasks_.find(lease);
    if (found == tasks_.end() || found->second.ended) return;
    found->second.ended = true;
    host_->submit(queue::Finish{found->second.id, lease, succeeded});
  }

  /// Spreads the failures evenly: with a rate of 0.25 every fourth task fails.
  bool fails() {
    failures_due_ += flags_.failure_rate;
    if (failures_due_ < 1) return false;
    failures_due_ -= 1;
    return true;
  }

  void tell(const queue::Finished& finished) {
    const Task task = tasks_[finished.lease];
    tasks_.erase(finished.lease);
    const auto took = std::chrono::duration_cast<milliseconds>(Clock::now() - task.begun);
    const std::string after = std::to_string(took.count()) + " ms";
    std::string what = "task " + std::to_string(finished.task.value) + "  ";
    if (task.attempt > 1) {
      what += "attempt " + std::to_string(task.attempt) + " of " +
              std::to_string(task.max_attempts) + "  ";
    }
    switch (finished.ending) {
      case queue::Ending::completed:
        net::log_info(what + "done in " + after);
        break;
      case queue::Ending::returned:
        net::log_warning(what + "not done, given back after " + after);
        break;
      case queue::Ending::lost:
        net::log_warning(what + "not this worker's any more after " + after +
                         ": its lease ended, or it was completed before");
        break;
    }
    stop_when_finished();
  }

  void finish_and_stop() {
    stopping_ = true;
    host_->submit(queue::Rest{});
    if (!tasks_.empty()) {
      net::log_info("stopping; finishing " + std::to_string(tasks_.size()) + " first");
    }
    host_->after(milliseconds(flags_.drain_ms), [this] { give_back_and_stop(); });
    stop_when_finished();
  }

  void give_back_and_stop() {
    for (const auto& [lease, task] : tasks_) end(lease, false);
    host_->after(last_answer_limit, [this] {
      net::log_warning("stopped without a word from the broker about " +
                       std::to_string(tasks_.size()) +
                       " of its tasks: they return to the queue when their leases expire");
      host_->stop();
    });
  }

  void stop_when_finished() {
    if (stopping_ && tasks_.empty()) host_->stop();
  }

  Flags flags_;
  Host* host_ = nullptr;
  std::map<queue::LeaseToken, Task> tasks_;  // begun, and the broker has not answered their end
  double failures_due_ = 0;
  bool stopping_ = false;
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
  app.add_option("--queue", config.queue, "The queue")
      ->check(queue::name_check())
      ->capture_default_str();
  app.add_option("--name", config.name, "What the broker calls this worker")
      ->check(queue::name_check())
      ->capture_default_str();
  app.add_option("--concurrency", config.concurrency, "Tasks at a time")
      ->check(CLI::Range(1u, 100u))
      ->capture_default_str();
  app.add_option("--visibility-ms", config.visibility_ms,
                 "How long a task is this worker's alone; then others get it")
      ->check(CLI::Range(1u, 3'600'000u))
      ->capture_default_str();
  app.add_flag("!--no-extend", config.extend,
               "Let leases run out: a task that takes longer is done twice");
  app.add_option("--work-ms", flags.work_ms, "How long a task takes")
      ->check(CLI::Range(0u, 3'600'000u))
      ->capture_default_str();
  app.add_option("--failure-rate", flags.failure_rate, "The share of tasks that fail, 0 to 1")
      ->check(queue::number_check(0, 1))
      ->capture_default_str();
  app.add_option("--drain-ms", flags.drain_ms,
                 "After a signal to stop: how long tasks may go on; then they are given back")
      ->check(CLI::Range(0u, 3'600'000u))
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  net::start_log();
  Worker worker(flags);
  auto host = Host::open(config, options, {},
                         [&](const queue::Outcome& outcome) { worker.on_outcome(outcome); });
  if (!host) return net::exit_code(std::unexpected(host.error()));
  worker.run_on(**host);
  return net::exit_code((*host)->run());
}
