// The producer: puts tasks into a queue, a few a second.
#include <CLI/CLI.hpp>
#include <chrono>
#include <expected>
#include <fstream>
#include <string>
#include <vector>

#include "client_wire.hpp"
#include "core/overloaded.hpp"
#include "flags.hpp"
#include "http.hpp"
#include "json_slices.hpp"
#include "net/program.hpp"
#include "thumbnail.hpp"

namespace {

using Host = net::ClientHost<queue::Client, queue::ClientApi>;

/// How long the broker may take, when the producer stops, to answer what is under way.
constexpr std::chrono::milliseconds last_answer_limit(1'000);

/// Above so many jobs a second their number is told, and not each of them.
constexpr double told_one_by_one = 20;

struct Flags {
  std::string queue = "demo";
  double rate = 2;
  std::uint64_t count = 0;
  std::string payload_file;
  bool once_each = false;  // the payloads of the file
  std::uint32_t batch = 1;
  std::uint32_t delay_ms = 0;
  std::uint32_t max_attempts = 0;
  std::string key_prefix;
};

/// The lines of the file, each of which must be a JSON value.
std::expected<std::vector<core::Bytes>, std::string> read_payloads(const std::string& file) {
  std::ifstream in(file);
  if (!in) return std::unexpected("cannot read " + file);
  std::vector<core::Bytes> payloads;
  std::string line;
  for (std::uint64_t number = 1; std::getline(in, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const auto value = queue::json_value(line);
    if (!value) {
      return std::unexpected(file + ", line " + std::to_string(number) + ": " + value.error());
    }
    payloads.push_back(core::Bytes(std::string(*value)));
  }
  if (payloads.empty()) return std::unexpected(file + " holds no task: a JSON value in each line");
  return payloads;
}

class Producer {
 public:
  /// Without `payloads` it makes some up.
  Producer(const Flags& flags, std::vector<core::Bytes> payloads)
      : flags_(flags), payloads_(std::move(payloads)) {}

  void run_on(Host& host) {
    host_ = &host;
    host.on_signal([this] { stop_soon(); });
    if (flags_.rate > told_one_by_one) tell_progress();
    produce();
  }

  /// Of the jobs that the broker refused for good.
  std::uint64_t not_stored() const { return not_stored_; }

  void on_outcome(const queue::Outcome& outcome) {
    std::visit(core::Overloaded{
                   [&](const queue::Produced& produced) {
                     stored_ += produced.tasks.size();
                     for (const queue::TaskId task : produced.tasks) tell_stored(task);
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
                                      "  not stored yet: " + name_of(delayed.reason) +
                                      "; trying again later");
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
    while (work.tasks.size() < flags_.batch && !all_made()) work.tasks.push_back(next_task());
    const auto pause = std::chrono::microseconds(static_cast<std::int64_t>(1e6 / flags_.rate));
    host_->after(pause, [this] { produce(); });
    host_->submit(work);
  }

  bool all_made() const { return flags_.once_each && tasks_ == payloads_.size(); }

  queue::NewTask next_task() {
    queue::NewTask task;
    task.delay_ms = flags_.delay_ms;
    task.max_attempts = flags_.max_attempts;
    const std::string number = std::to_string(++tasks_);
    if (!flags_.key_prefix.empty()) task.key = flags_.key_prefix + "-" + number;
    task.payload = payloads_.empty() ? queue::encode({"photo-" + number + ".jpg", 320, {}})
                                     : payloads_[(tasks_ - 1) % payloads_.size()];
    return task;
  }

  void tell_stored(queue::TaskId task) {
    if (flags_.rate > told_one_by_one) return;
    net::log_info("task " + std::to_string(task.value) + "  stored");
  }

  void tell_progress() {
    if (stored_ != told_) {
      net::log_info(std::to_string(stored_) + " tasks stored, " + std::to_string(made_ - ended_) +
                    " requests not answered yet");
    }
    told_ = stored_;
    host_->after(std::chrono::seconds(1), [this] { tell_progress(); });
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
  std::vector<core::Bytes> payloads_;
  Host* host_ = nullptr;
  std::uint64_t made_ = 0;    // jobs: a request each
  std::uint64_t ended_ = 0;   // of those
  std::uint64_t tasks_ = 0;   // made
  std::uint64_t stored_ = 0;  // of those
  std::uint64_t told_ = 0;    // of those
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
  app.add_option("--rate", flags.rate, "Requests per second")
      ->check(queue::number_check(0.01, 100'000))
      ->capture_default_str();
  app.add_option("--count", flags.count, "End after so many requests; 0: go on")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--batch", flags.batch, "Tasks in one request: stored all together, or none")
      ->check(CLI::Range(1u, 100u))
      ->capture_default_str();
  app.add_option("--payload-file", flags.payload_file,
                 "A JSON value in each line: the payloads, in turn; without --count once each");
  app.add_option("--delay-ms", flags.delay_ms, "No worker gets a task before")
      ->check(CLI::Range(0u, queue::Config{}.max_delay_ms))
      ->capture_default_str();
  app.add_option("--max-attempts", flags.max_attempts,
                 "Then a task is a dead letter; 0: as the queue says")
      ->check(CLI::Range(0u, queue::Config{}.max_attempts))
      ->capture_default_str();
  app.add_option("--key-prefix", flags.key_prefix,
                 "Keys PREFIX-1, PREFIX-2, ...: a producer started again stores nothing twice")
      ->check(queue::name_check());
  CLI11_PARSE(app, argc, argv);

  net::start_log();
  std::vector<core::Bytes> payloads;
  if (!flags.payload_file.empty()) {
    auto read = read_payloads(flags.payload_file);
    if (!read) return net::exit_code(std::unexpected(read.error()));
    payloads = std::move(*read);
    flags.once_each = flags.count == 0;
    if (flags.once_each) flags.count = (payloads.size() + flags.batch - 1) / flags.batch;
  }
  Producer producer(flags, std::move(payloads));
  auto host = Host::open({}, options, {},
                         [&](const queue::Outcome& outcome) { producer.on_outcome(outcome); });
  if (!host) return net::exit_code(std::unexpected(host.error()));
  producer.run_on(**host);
  const int status = net::exit_code((*host)->run());
  return status == 0 && producer.not_stored() > 0 ? 1 : status;
}
