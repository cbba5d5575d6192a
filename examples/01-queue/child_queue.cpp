#include "child_queue.hpp"

#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <utility>

#include "core/digest.hpp"
#include "core/require.hpp"
#include "lines.hpp"
#include "wire/json.hpp"

namespace queue {

namespace {

constexpr int core_failed = 3;

std::string beginning_of(const std::string& line) {
  constexpr std::size_t most = 1'500;
  if (line.size() <= most) return line;
  return line.substr(0, most) + "... (" + std::to_string(line.size()) + " bytes)";
}

/// The process, as it goes from one life of the broker to the next.
class Processes {
 public:
  explicit Processes(child::Options options) : options_(std::move(options)) {}

  const std::string& command() const { return options_.command; }

  std::unique_ptr<child::Process> take(bool fresh) {
    if (fresh) waiting_.reset();
    if (waiting_) return std::move(waiting_);
    auto started = child::Process::start(options_);
    if (started) return std::move(*started);
    std::fprintf(stderr, "error: the core `%s` cannot be started: %s\n", options_.command.c_str(),
                 started.error().c_str());
    std::_Exit(core_failed);
  }

  void give_back(std::unique_ptr<child::Process> process) { waiting_ = std::move(process); }

 private:
  child::Options options_;
  std::unique_ptr<child::Process> waiting_;
};

class ChildQueue final : public AnyCore {
 public:
  ChildQueue(std::shared_ptr<Processes> processes, bool show, Config config, std::uint64_t seed)
      : processes_(std::move(processes)), show_(show), config_(std::move(config)), seed_(seed) {}
  ChildQueue(const ChildQueue&) = delete;
  ChildQueue& operator=(const ChildQueue&) = delete;
  ~ChildQueue() override {
    if (process_) processes_->give_back(std::move(process_));
  }

  void step(const core::Now& now, const core::Input<Protocol>& input,
            core::Ready<Protocol>& ready) noexcept override {
    CoreInput told{now, {}, {}, {}, input};
    if (show_) told.show = true;
    if (const auto* start = std::get_if<core::Start<Protocol>>(&input)) {
      process_ = processes_->take(start->incarnation > 1);
      told.config = config_;
      told.seed = seed_;
    }
    const std::string line = wire::to_json(told);
    const auto answered = process_->ask(line);
    if (!answered) give_up(answered.error(), line, "");
    CoreAnswer answer = read(line, *answered);
    next_timeout_ = answer.next_timeout;
    digest_ = answer.digest ? *answer.digest : core::Digest().add(digest_).add(*answered).value();
    if (answer.queues) queues_ = std::move(*answer.queues);
    const auto append = [](auto& to, auto& from) {
      to.insert(to.end(), std::make_move_iterator(from.begin()),
                std::make_move_iterator(from.end()));
    };
    append(ready.writes, answer.ready.writes);
    append(ready.loads, answer.ready.loads);
    append(ready.replies, answer.ready.replies);
    append(ready.closes, answer.ready.closes);
  }

  std::optional<core::Instant> next_timeout() const override { return next_timeout_; }
  std::uint64_t digest() const override { return digest_; }
  core::Violation check_invariants(bool) const override { return {}; }
  std::unique_ptr<AnyCore> clone() const override {
    core::fail("a core in another process cannot be copied");
  }
  std::vector<QueueInfo> queue_infos() const override { return queues_; }
  std::vector<TaskInfo> first_tasks(std::size_t) const override { return {}; }

 private:
  CoreAnswer read(const std::string& line, const std::string& text) const {
    auto answer = wire::from_json<CoreAnswer>(text, {.max_bytes = child::max_line_bytes});
    if (!answer) give_up("answers what is no answer: " + answer.error().what, line, text);
    const core::Ready<Protocol>& ready = answer->ready;
    const bool speaks = !ready.messages.empty() || !ready.pushes.empty() || ready.peers;
    if (speaks) give_up("has messages, pushes or peers: a queue has none", line, text);
    return std::move(*answer);
  }

  [[noreturn]] void give_up(const std::string& why, const std::string& line,
                            const std::string& answer) const {
    std::fprintf(stderr, "error: the core `%s` %s\n  it was told: %s\n",
                 processes_->command().c_str(), why.c_str(), beginning_of(line).c_str());
    if (!answer.empty()) std::fprintf(stderr, "  it answered: %s\n", beginning_of(answer).c_str());
    std::fflush(nullptr);
    std::_Exit(core_failed);
  }

  std::shared_ptr<Processes> processes_;
  std::unique_ptr<child::Process> process_;  // from Start on
  bool show_;
  Config config_;
  std::uint64_t seed_;
  std::optional<core::Instant> next_timeout_;
  std::uint64_t digest_ = 0;  // of its answers, where it says none of its state
  std::vector<QueueInfo> queues_;
};

}  // namespace

CoreMaker child_maker(ChildOptions options) {
  auto processes = std::make_shared<Processes>(std::move(options.process));
  return [processes, show = options.show](const Config& config, std::uint64_t seed) {
    return std::make_unique<ChildQueue>(processes, show, config, seed);
  };
}

}  // namespace queue
