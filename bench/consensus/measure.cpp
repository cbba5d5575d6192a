#include "measure.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "rig/crew.hpp"
#include "rig/times.hpp"

namespace bench {

namespace {

/// What the threads of one measurement share.
class Run {
 public:
  Run(Cluster& cluster, Keys& keys, const Load& load)
      : cluster_(cluster), keys_(keys), load_(load), clients_(cluster.clients(load.clients)) {
    keys_.make_for(load.clients);
  }

  Measured measure() {
    if (load_.kind == Kind::get) by_all([this](std::uint32_t client) { write_missing(client); });
    asked_again_ = 0;
    const double server_before = cluster_.processor_seconds();
    const double bench_before = bench_seconds();
    const Clock::time_point start = Clock::now();
    by_all([this](std::uint32_t client) { work(client); });
    const double operations = load_.operations;
    Measured measured;
    measured.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    measured.server_us = (cluster_.processor_seconds() - server_before) * 1e6 / operations;
    measured.bench_us = (bench_seconds() - bench_before) * 1e6 / operations;
    measured.a_second = operations / measured.seconds;
    measured.median = times_.at_share(0.5);
    measured.p99 = times_.at_share(0.99);
    measured.asked_again = asked_again_;
    if (load_.kind == Kind::put) by_all([this](std::uint32_t client) { read_back(client); });
    return measured;
  }

 private:
  /// `act` for each client, in a thread of its own.
  template <class Act>
  void by_all(Act act) {
    Crew crew;
    crew_ = &crew;
    for (std::uint32_t client = 0; client < load_.clients; ++client) {
      crew.go([act, client] { act(client); });
    }
    crew.finish();
  }

  void write_missing(std::uint32_t client) {
    for (Key& key : keys_.of(client)) {
      if (!key.is_written()) put(client, key);
    }
  }

  void read_back(std::uint32_t client) {
    for (const Key& key : keys_.of(client)) {
      if (key.is_written()) get(client, key);
    }
  }

  /// A client writes its own keys in turn, and reads those of all.
  void work(std::uint32_t client) {
    std::vector<double> times;
    for (std::uint32_t turn = 0; next_++ < load_.operations && !crew_->is_to_stop(); ++turn) {
      const std::uint32_t number = turn % Keys::of_each_client;
      const std::uint32_t owner = (client + turn / Keys::of_each_client) % load_.clients;
      const Clock::time_point before = Clock::now();
      if (load_.kind == Kind::put) {
        put(client, keys_.of(client)[number]);
      } else {
        get(client, keys_.of(owner)[number]);
      }
      times.push_back(microseconds(Clock::now() - before));
    }
    times_.add(times);
  }

  void put(std::uint32_t client, Key& key) {
    key.begin_write();
    while (clients_[client]->put(key.name(), key.value()) != Outcome::done) {
      key.renounce();
      pause();
    }
  }

  void get(std::uint32_t client, const Key& key) {
    std::string read;
    Outcome outcome = clients_[client]->get(key.name(), read);
    while (outcome == Outcome::unavailable) {
      pause();
      outcome = clients_[client]->get(key.name(), read);
    }
    key.check(outcome, read);
  }

  /// Until there may be a leader again.
  void pause() {
    constexpr auto patience = std::chrono::milliseconds(10);
    ++asked_again_;
    cluster_.require_running();
    if (crew_->is_to_stop()) throw Wrong("another client has met something wrong");
    std::this_thread::sleep_for(patience);
  }

  Cluster& cluster_;
  Keys& keys_;
  const Load load_;
  std::vector<std::unique_ptr<Client>> clients_;
  Crew* crew_ = nullptr;  // that works now
  std::atomic<std::uint32_t> next_ = 0;
  std::atomic<std::uint32_t> asked_again_ = 0;
  Times times_;
};

}  // namespace

Measured measure(Cluster& cluster, Keys& keys, const Load& load) {
  return Run(cluster, keys, load).measure();
}

}  // namespace bench
