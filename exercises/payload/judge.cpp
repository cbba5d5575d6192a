#include "judge.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <map>
#include <set>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "client.hpp"
#include "client_wire.hpp"
#include "core/digest.hpp"
#include "queue.hpp"
#include "queue_work.hpp"
#include "sim/main.hpp"
#include "task_story.hpp"

namespace payload {

namespace {

Codec& codec() {
  static Codec used;
  return used;
}

std::uint32_t& judged_promises() {
  static std::uint32_t count = all_promises.size();
  return count;
}

std::uint32_t draw(core::Prng& prng, std::uint32_t low, std::uint32_t high) {
  return static_cast<std::uint32_t>(prng.between(low, high));
}

// ---- What is sent -------------------------------------------------------------------------------

enum class Sender : std::uint8_t { old_producer, new_producer, stranger };
constexpr std::uint64_t senders = 3;

/// A task, and what was meant by it; a stranger means nothing.
struct Sent {
  Sender sender = Sender::stranger;
  Wish wish;
  core::Bytes payload;
};

/// As the program of yesterday wrote it, or a person by hand.
std::string in_the_old_format(const Wish& wish, core::Prng& prng) {
  const std::string photo = "\"photo\":\"" + wish.photo + "\"";
  const std::string width = "\"width\":" + std::to_string(wish.width);
  if (prng.below(4) == 0) return "{ " + width + " , " + photo + " }";
  return "{" + photo + "," + width + "}";
}

/// No two are equal, so `number` stands in each.
std::string hostile(const std::string& number, core::Prng& prng) {
  const auto thumbnail = [&](std::string_view rest) {
    return "{\"photo\":\"" + number + ".jpg\"" + std::string(rest) + "}";
  };
  const auto photo = [](const std::string& name) {
    return "{\"photo\":\"" + name + "\",\"width\":160}";
  };
  switch (prng.below(16)) {
    case 0: {
      const std::string whole = thumbnail(",\"width\":160,\"height\":120");
      return whole.substr(0, 12 + number.size() + prng.below(whole.size() - number.size() - 12));
    }
    case 1:
      return thumbnail("");
    case 2:
      return thumbnail(",\"width\":\"wide\"");
    case 3:
      return thumbnail(",\"width\":0");
    case 4:
      return thumbnail(",\"width\":-160");
    case 5:
      return thumbnail(",\"width\":99999999999999999999");
    case 6:
      return thumbnail(",\"width\":160,\"height\":\"tall\"");
    case 7:
      return thumbnail(",\"width\":160,\"height\":-120");
    case 8:
      return thumbnail(",\"width\":160,\"height\":4294967296");
    case 9:
      return photo("../../" + number + ".jpg");
    case 10:
      return photo(number + std::string(10'000, 'g'));
    case 11:
      return photo("\\u0000" + number);
    case 12:
      return std::string(1'000, '[') + number + std::string(1'000, ']');
    case 13:
      return "[\"" + number + ".jpg\",160]";
    case 14:
      return number;
    default:
      return std::string("\0\xff\"{", 4) + number;
  }
}

/// All about the task with this number.
Sent sent_of(std::uint64_t number) {
  core::Prng prng(number);
  Sent sent;
  sent.sender = static_cast<Sender>(number % senders);
  if (sent.sender == Sender::stranger) {
    sent.payload = core::Bytes(hostile(std::to_string(number), prng));
    return sent;
  }
  sent.wish.photo = "photo-" + std::to_string(number) + ".jpg";
  sent.wish.width = draw(prng, 1, 10'000);
  if (sent.sender == Sender::old_producer) {
    sent.payload = core::Bytes(in_the_old_format(sent.wish, prng));
    return sent;
  }
  const bool has_height = prng.below(4) != 0;
  if (has_height) sent.wish.height = draw(prng, 1, 10'000);
  sent.payload = codec().encode(sent.wish);
  return sent;
}

queue::Produce produce(std::uint64_t number) {
  return {number, "thumbnails", {queue::NewTask{sent_of(number).payload}}};
}

// ---- What is read -------------------------------------------------------------------------------

struct Reading {
  std::optional<Wish> wish;
  std::string thrown;  // the worker has died of it
};

Reading read(const core::Bytes& payload) {
  try {
    return {codec().decode(payload), ""};
  } catch (const std::exception& error) {
    return {{}, error.what()};
  }
}

std::string in_words(const Wish& wish) {
  return wish.photo + ", " + std::to_string(wish.width) + " wide, " +
         (wish.height ? std::to_string(*wish.height) + " high" : "as high as its shape wants it");
}

/// As it would stand in a program, and cut: enough to know it again.
std::string in_words(const core::Bytes& payload) {
  constexpr std::size_t most = 70;
  std::string words;
  for (const char c : payload.view().substr(0, most)) words += c >= ' ' && c <= '~' ? c : '?';
  return payload.size() > most ? words + "..." : words;
}

// ---- The judge ----------------------------------------------------------------------------------

class Judge : public sim::Watcher<queue::Queue, queue::Client> {
 public:
  explicit Judge(const queue::Options&) {}

  void on_submit(core::Instant, sim::ClientId, const queue::Work& work) override {
    const auto* produce = std::get_if<queue::Produce>(&work);
    if (produce == nullptr) return;
    Sent sent = sent_of(produce->number);
    if (produce->number >= queue::first_fresh_number) fresh_.insert(sent.payload);
    sent_.insert({sent.payload, std::move(sent)});
  }

  void on_outcome(core::Instant, sim::ClientId, const queue::Outcome& outcome) override {
    const auto* begin = std::get_if<queue::Begin>(&outcome);
    if (begin == nullptr) return;
    fresh_.erase(begin->task.payload);
    const auto found = sent_.find(begin->task.payload);
    if (found != sent_.end()) see_read(begin->task, found->second, read(begin->task.payload));
  }

  std::span<const sim::Finding> noted() const override { return noted_; }

  std::optional<std::string> unserved() const override {
    if (fresh_.empty()) return {};
    return "no worker was given " + in_words(*fresh_.begin());
  }

  std::uint64_t digest() const override {
    core::Digest digest;
    for (const auto& [payload, sent] : sent_) digest.add(payload);
    for (const core::Bytes& payload : fresh_) digest.add(payload);
    return digest.value();
  }

 private:
  void see_read(const queue::LeasedTask& task, const Sent& sent, const Reading& reading) {
    const std::string what =
        "task " + std::to_string(task.task.value) + ", " + in_words(task.payload) + ": ";
    const Promise promise = sent.sender == Sender::stranger       ? Promise::hostile_refused
                            : sent.sender == Sender::old_producer ? Promise::old_tasks_done
                                                                  : Promise::payload_understood;
    if (!reading.thrown.empty()) {
      broken(promise, task.task, what + "the worker dies of it, with \"" + reading.thrown + "\"");
    } else if (sent.sender == Sender::stranger) {
      if (reading.wish)
        broken(promise, task.task, what + "is worked on, as " + in_words(*reading.wish));
    } else if (reading.wish && *reading.wish != sent.wish) {
      broken(promise, task.task,
             what + "meant " + in_words(sent.wish) + "; it was read as " + in_words(*reading.wish));
    } else if (!reading.wish && task.attempt == task.max_attempts) {
      broken(promise, task.task, what + "no worker could read it, and it is a dead letter now");
    }
  }

  /// Of each promise the first time is told.
  void broken(Promise promise, queue::TaskId about, std::string what) {
    const auto number = static_cast<std::size_t>(promise);
    const std::string name(all_promises.at(number).name);
    const auto same = [&](const sim::Finding& finding) { return finding.checker == name; };
    if (number >= judged_promises() || std::ranges::any_of(noted_, same)) return;
    noted_.push_back({name, std::move(what), about.value});
  }

  std::map<core::Bytes, Sent> sent_;  // by payload: every one is another
  std::set<core::Bytes> fresh_;       // payloads of the liveness phase that nobody was given yet
  std::vector<sim::Finding> noted_;
};

// ---- The system ---------------------------------------------------------------------------------

struct System {
  using Core = queue::Queue;
  using Client = queue::Client;
  using Options = queue::Options;
  using Checker = Judge;
  using Teller = queue::TaskTeller<queue::Queue>;
  using Base = queue::Workload;

  static constexpr std::string_view name = "queue";

  static sim::FaultSet faults() { return Base::faults(); }
  static sim::Cluster cluster(const Options& options) { return Base::cluster(options); }
  static queue::Config config(const Options& options, core::NodeId node) {
    return Base::config(options, node);
  }
  static core::Duration liveness_bound(const Options& options) {
    return Base::liveness_bound(options);
  }

  static Options draw_options(core::Prng& prng) {
    Options options;
    options.clients = draw(prng, 3, 6);
    options.workers = draw(prng, 2, options.clients);
    options.concurrency = draw(prng, 1, 3);
    options.visibility_ms = draw(prng, 300, 1'500);
    options.work_ms = draw(prng, 5, 150);
    options.attempts = draw(prng, 2, 5);
    options.backoff_ms = draw(prng, 20, 500);
    options.snapshot_bytes = draw(prng, 500, 6'000);
    return options;
  }

  static Options smallest() { return Base::smallest(); }

  static queue::Client client(const Options& options, sim::ClientId id, std::uint64_t seed) {
    queue::ClientConfig config = Base::client_config(options, id);
    config.queue = "thumbnails";
    return queue::Client(config, seed);
  }

  /// The first client is a producer of the old program, the second one of the new program.
  static queue::Work draw_work(const Options&, sim::ClientId id, core::Prng& prng) {
    const std::uint64_t number = prng.below(queue::first_fresh_number / senders) * senders;
    const std::uint64_t any = prng.below(senders);
    return produce(number + (id.value <= 2 ? id.value - 1 : any));
  }

  static std::optional<queue::Work> fresh_work(const Options&, sim::ClientId id,
                                               std::uint32_t number) {
    if (number >= senders) return {};
    return produce(queue::first_fresh_number + senders * id.value + number);
  }

  /// A worker: it does what it can read, and gives back the rest.
  static std::vector<sim::Reaction<queue::Work>> react(const Options& options, sim::ClientId,
                                                       const queue::Outcome& outcome,
                                                       core::Prng& prng) {
    const auto* begin = std::get_if<queue::Begin>(&outcome);
    if (begin == nullptr) return {};
    const std::chrono::milliseconds work(prng.between(0, options.work_ms));
    const bool done = read(begin->task.payload).wish.has_value();
    return {{work, queue::Finish{begin->task.task, begin->task.lease, done}}};
  }
};

}  // namespace

void use(Codec codec_to_judge) { codec() = std::move(codec_to_judge); }

sim::Program program(std::uint32_t judged, std::string flags) {
  judged_promises() = judged;
  sim::Program program = sim::program_of<System>();
  program.promises.assign(all_promises.begin(), all_promises.begin() + judged);
  program.flags = std::move(flags);
  return program;
}

}  // namespace payload
