#include "measure.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "rig/poller.hpp"
#include "rig/times.hpp"

namespace bench {

namespace {

/// The key that a client puts or gets next; null if it is done.
using Next = std::function<Key*(std::uint32_t client)>;

/// Before the cluster is asked again, for it may have a leader then.
constexpr auto pause = std::chrono::milliseconds(10);

class Run {
 public:
  Run(Cluster& cluster, Keys& keys, const Load& load)
      : cluster_(cluster), keys_(keys), load_(load) {
    keys.make_for(load.clients);
    for (std::unique_ptr<Client>& client : cluster.clients(load.clients)) {
      poller_.add(client->descriptor());
      clients_.push_back({std::move(client), nullptr, {}});
    }
  }

  Measured measure() {
    if (load_.kind == Kind::get) {
      by_all(Kind::put, each_key([](const Key& key) { return !key.is_written(); }));
    }
    times_.clear();
    asked_again_ = 0;
    const double server_before = cluster_.processor_seconds();
    const double bench_before = bench_seconds();
    const Clock::time_point start = Clock::now();
    by_all(load_.kind, as_loaded());
    Measured measured;
    measured.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    const double operations = load_.operations;
    measured.server_us = (cluster_.processor_seconds() - server_before) * 1e6 / operations;
    measured.bench_us = (bench_seconds() - bench_before) * 1e6 / operations;
    measured.a_second = operations / measured.seconds;
    measured.median = at_share(times_, 0.5);
    measured.p99 = at_share(times_, 0.99);
    measured.asked_again = asked_again_;
    if (load_.kind == Kind::put) {
      by_all(Kind::get, each_key([](const Key& key) { return key.is_written(); }));
    }
    return measured;
  }

 private:
  struct Asking {
    std::unique_ptr<Client> client;
    Key* key = nullptr;  // what it has asked for; null: it is done
    Clock::time_point since;
  };

  /// Each client its own keys, once, if they are such.
  template <class Such>
  Next each_key(Such such) {
    return [this, such, done = std::vector<std::uint32_t>(load_.clients)](
               std::uint32_t client) mutable -> Key* {
      std::vector<Key>& keys = keys_.of(client);
      std::uint32_t& place = done[client];
      while (place < keys.size() && !such(keys[place])) ++place;
      return place < keys.size() ? &keys[place++] : nullptr;
    };
  }

  /// As many as were asked for. A client puts its own keys in turn, and gets those of all.
  Next as_loaded() {
    return [this, begun = std::uint32_t{0}, turns = std::vector<std::uint32_t>(load_.clients)](
               std::uint32_t client) mutable -> Key* {
      if (begun == load_.operations) return nullptr;
      ++begun;
      const std::uint32_t turn = turns[client]++;
      const std::uint32_t further =
          load_.kind == Kind::put ? 0 : turn / Keys::of_each_client % load_.clients;
      return &keys_.of((client + further) % load_.clients)[turn % Keys::of_each_client];
    };
  }

  /// All clients at once, each with one request on its way, until none has one more.
  void by_all(Kind kind, const Next& next) {
    std::uint32_t busy = 0;
    for (std::uint32_t i = 0; i < load_.clients; ++i) {
      if (begin(kind, clients_[i], next(i))) ++busy;
    }
    while (busy > 0) {
      for (const std::uint32_t i : poller_.wait()) {
        if (end(kind, clients_[i]) && !begin(kind, clients_[i], next(i))) --busy;
      }
    }
  }

  /// False if there is nothing to do.
  bool begin(Kind kind, Asking& asking, Key* key) {
    asking.key = key;
    if (key == nullptr) return false;
    if (kind == Kind::put) key->begin_write();
    asking.since = Clock::now();
    send(kind, asking);
    return true;
  }

  void send(Kind kind, Asking& asking) {
    if (kind == Kind::put) {
      asking.client->send_put(asking.key->name(), asking.key->value());
    } else {
      asking.client->send_get(asking.key->name());
    }
  }

  /// False if there was no leader, and the request is on its way again.
  bool end(Kind kind, Asking& asking) {
    std::string read;
    const Outcome outcome =
        kind == Kind::put ? asking.client->receive_put() : asking.client->receive_get(read);
    if (outcome == Outcome::unavailable) {
      ask_again(kind, asking);
      return false;
    }
    times_.push_back(microseconds(Clock::now() - asking.since));
    if (kind == Kind::get) asking.key->check(outcome, read);
    return true;
  }

  /// The other clients wait meanwhile: they have no leader either.
  void ask_again(Kind kind, Asking& asking) {
    ++asked_again_;
    cluster_.require_running();
    std::this_thread::sleep_for(pause);
    if (kind == Kind::put) asking.key->renounce();
    send(kind, asking);
  }

  Cluster& cluster_;
  Keys& keys_;
  const Load load_;
  Poller poller_;
  std::vector<Asking> clients_;
  std::uint32_t asked_again_ = 0;
  Times times_;
};

}  // namespace

Measured measure(Cluster& cluster, Keys& keys, const Load& load) {
  return Run(cluster, keys, load).measure();
}

}  // namespace bench
