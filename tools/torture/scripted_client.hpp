// A client of the cluster: the core that the simulator's clients have (client.hpp), on real
// sockets. It does what its script says, when that says so, and keeps a book of what it asked and
// was told.
#pragma once

#include <atomic>
#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "client.hpp"
#include "http_client.hpp"
#include "net/client_loop.hpp"
#include "plan.hpp"

namespace torture {

/// One change or one question, however often it was sent until its client knew more.
struct Call {
  enum class Outcome : std::uint8_t { open, ok, fail, info };  // as a history names them

  sim::ClientId client;
  raft::Command command;
  core::Instant called;
  core::Instant ended;
  Outcome outcome = Outcome::open;  // open: the round was over
  std::optional<raft::Answer> answer;
};

/// For whoever watches: written by the clients' threads.
struct Progress {
  std::atomic<std::uint64_t> ok = 0;
  std::atomic<std::uint64_t> fail = 0;
  std::atomic<std::uint64_t> info = 0;
  std::atomic<std::uint32_t> clients_done = 0;
};

struct Surroundings {
  core::Instant begin;               // of the plan's time, by the steady clock
  std::vector<std::string> servers;  // "host:port" of every node's HTTP
  raft::Addresses addresses;         // for other nodes
};

class ScriptedClient final : private net::ClientDriver {
 public:
  ScriptedClient(const Script& script, const Scenario& scenario, const Surroundings& surroundings,
                 Progress& progress);

  /// On a thread of its own: until all fresh work of the heal is done, or stop().
  void run() { ended_ = loop_.run(); }
  /// From any thread.
  void stop() { loop_.stop(); }

  /// Once run() has returned, these too: why it could not go on, if it could not.
  const std::expected<void, std::string>& ended() const { return ended_; }
  const std::vector<Call>& calls() const { return calls_; }
  /// How often each fault had an effect.
  const std::map<sim::Fault, std::uint64_t>& faults() const { return faults_; }

 private:
  // What the script says
  void at(core::Duration when, std::function<void()> then);
  void start();
  void submit(const raft::Ask& ask);
  void suffer(const sim::Cut& cut);
  void suffer(const sim::ClientCrash& crash);
  void suffer(const sim::ClientPause& pause);
  void heal();

  // net::ClientDriver
  void on_connected() override;
  void on_disconnected() override;
  void on_response(core::RequestId request, net::Called called) override;
  void turn(const core::Now& now, net::ClientOutbox& outbox) override;
  bool has_inputs() const override { return cut_ || (awake() && !inputs_.empty()); }
  std::optional<core::Instant> next_timeout() const override;

  bool awake() const { return core_.has_value() && paused_ == 0; }
  void call(const core::Now& now, const core::Call<raft::ClientProtocol>& call);
  void learn(const core::Now& now, const raft::Learned& learned);
  void close(const core::Now& now, const raft::Result& result);

  const Script& script_;
  const Scenario& scenario_;
  Surroundings surroundings_;
  Progress& progress_;
  raft::ClientApi api_;
  net::ClientLoop loop_;

  std::optional<raft::Client> core_;  // none: it has crashed
  std::uint64_t starts_ = 0;
  std::expected<void, std::string> ended_;
  std::uint32_t paused_ = 0;  // pauses that hold
  bool connected_ = false;
  bool cut_ = false;  // the connection is to be broken
  std::vector<raft::ClientInput> inputs_;
  raft::ClientReady ready_;
  std::map<core::RequestId, raft::Command> asked_;  // and not answered yet

  std::vector<Call> calls_;
  bool open_ = false;       // the last of calls_ has no outcome yet
  bool uncertain_ = false;  // and may have been carried out
  std::uint32_t fresh_left_ = 0;
  core::Prng prng_{0};  // that System::react() wants
  std::map<sim::Fault, std::uint64_t> faults_;
};

}  // namespace torture
