#include "round.hpp"

#include <fmt/format.h>

#include <fstream>
#include <memory>
#include <thread>
#include <vector>

#include "agreement.hpp"
#include "history.hpp"
#include "nemesis.hpp"
#include "net/clocks.hpp"
#include "nodes.hpp"
#include "scripted_client.hpp"
#include "signals.hpp"
#include "with_commas.hpp"

namespace torture {

namespace {

constexpr std::chrono::milliseconds look_every(10);

class Round {
 public:
  Round(const Scenario& scenario, const Programs& programs, const RoundOptions& options)
      : scenario_(scenario),
        programs_(programs),
        options_(options),
        nodes_(programs.node, options.folder, scenario),
        nemesis_(scenario, nodes_) {}

  Verdict run() {
    start_nodes() && let_clients_ask() && see_whether_nodes_agree();
    count();
    if (verdict_.law != interrupted && verdict_.law != no_start) judge_history();
    return std::move(verdict_);
  }

 private:
  /// The first is reported: what follows may only be its consequence.
  bool wrong(const char* law, std::string what) {
    if (verdict_.law.empty()) {
      verdict_.law = law;
      verdict_.what = std::move(what);
    }
    return false;
  }

  /// Waits a little. False when the round is over before its time.
  bool go_on() {
    if (wait_for_signal(look_every)) return wrong(interrupted, "a signal came");
    if (const auto dead = nodes_.find_dead()) return wrong("node-ended", *dead);
    return true;
  }

  core::Duration now() const { return net::read_clocks().mono - begin_; }

  bool start_nodes() {
    options_.show("starting the nodes");
    for (const core::NodeId id : nodes_.all()) {
      if (auto started = nemesis_.start(id); !started) return wrong(no_start, started.error());
    }
    for (const core::NodeId id : nodes_.all()) {
      while (!nodes_.is_ready(id)) {
        if (const auto dead = nodes_.find_dead()) return wrong(no_start, *dead);
        if (!go_on()) return false;
      }
    }
    return true;
  }

  /// Until all of them have an answer to what they ask after the heal.
  bool let_clients_ask() {
    begin_ = net::read_clocks().mono;
    const Surroundings surroundings{begin_, nodes_.servers(), nodes_.addresses()};
    std::vector<std::jthread> threads;
    for (const Script& script : scenario_.scripts) {
      clients_.push_back(
          std::make_unique<ScriptedClient>(script, scenario_, surroundings, progress_));
      threads.emplace_back([client = clients_.back().get()] { client->run(); });
    }
    const bool good = break_things();
    for (const auto& client : clients_) client->stop();
    threads.clear();  // waits for them
    for (const auto& client : clients_) {
      if (!client->ended()) return wrong(no_start, client->ended().error());
    }
    return good;
  }

  bool break_things() {
    const core::Duration give_up_at = scenario_.heal + options_.hangs_after;
    while (progress_.clients_done < clients_.size()) {
      if (!go_on()) return false;
      if (auto acted = nemesis_.act(now()); !acted) return wrong(no_start, acted.error());
      if (now() > give_up_at) return wrong("liveness", what_hangs());
      show_progress();
    }
    return true;
  }

  std::string what_hangs() const {
    return fmt::format(
        "{} s after the faults have stopped, {} of {} clients have no answer to their work yet",
        options_.hangs_after.count(), clients_.size() - progress_.clients_done, clients_.size());
  }

  void show_progress() {
    const core::Duration time = now();
    if (time < shown_until_) return;
    shown_until_ = time + std::chrono::seconds(1);
    const auto seconds = [](core::Duration length) {
      return std::chrono::duration_cast<std::chrono::seconds>(length).count();
    };
    Tally tally{progress_.ok, progress_.fail, progress_.info, nemesis_.faults()};
    const std::string where =
        nemesis_.has_healed() ? "all is healed"
                              : fmt::format("{} of {} s", seconds(time), seconds(scenario_.heal));
    options_.show(where + ": " + tally.words());
  }

  bool see_whether_nodes_agree() {
    options_.show("comparing the nodes");
    const auto& whole = nemesis_.whole();
    const core::Duration give_up_at = now() + options_.hangs_after;
    while (!are_level(nodes_, whole)) {
      if (!go_on()) return false;
      if (now() > give_up_at) {
        return wrong("liveness", "nodes that are whole do not come to have applied the same log");
      }
    }
    if (auto difference = find_difference(nodes_, whole, scenario_.options.keys)) {
      return wrong("same-state", std::move(*difference));
    }
    if (auto second = find_second_leader(nodes_)) {
      return wrong("election-safety", std::move(*second));
    }
    return true;
  }

  void count() {
    Tally& tally = verdict_.tally;
    tally = {progress_.ok, progress_.fail, progress_.info, nemesis_.faults()};
    for (const auto& client : clients_) {
      for (const auto& [fault, times] : client->faults()) tally.faults[fault] += times;
    }
  }

  void judge_history() {
    options_.show("judging the history");
    std::vector<Call> calls;
    for (const auto& client : clients_) {
      calls.insert(calls.end(), client->calls().begin(), client->calls().end());
    }
    const std::filesystem::path file = options_.folder / "history.jsonl";
    std::ofstream(file) << history_text(calls, begin_);
    if (auto two = find_two_values(calls)) wrong("linearizable", std::move(*two));
    if (!verdict_.is_good()) return;
    const Judgement judgement = judge(programs_.linearize, file);
    if (judgement.wrong) {
      wrong(judgement.decided ? "linearizable" : undecided, *judgement.wrong);
    }
  }

  const Scenario& scenario_;
  const Programs& programs_;
  const RoundOptions& options_;
  Nodes nodes_;
  Nemesis nemesis_;
  core::Instant begin_;
  core::Duration shown_until_{0};
  Progress progress_;
  std::vector<std::unique_ptr<ScriptedClient>> clients_;
  Verdict verdict_;
};

}  // namespace

void Tally::add(const Tally& other) {
  ok += other.ok;
  fail += other.fail;
  info += other.info;
  for (const auto& [fault, times] : other.faults) faults[fault] += times;
}

std::string Tally::words() const {
  std::string text = fmt::format("{} answered, {} refused, {} unknown", with_commas(ok),
                                 with_commas(fail), with_commas(info));
  std::string separator = "; ";
  for (const auto& [fault, times] : faults) {
    text += fmt::format("{}{} {}", separator, sim::name_of(fault), times);
    separator = ", ";
  }
  return text;
}

Verdict run_round(const Scenario& scenario, const Programs& programs, const RoundOptions& options) {
  std::filesystem::create_directories(options.folder);
  std::ofstream(options.folder / "plan.txt") << sim::print(scenario.plan);
  return Round(scenario, programs, options).run();
}

}  // namespace torture
