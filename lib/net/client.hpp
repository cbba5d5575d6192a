// The client's side: ClientHost runs a client core (core/client.hpp) as Node runs a node's.
//
// An Api stands between the client core and HTTP, the reverse of a node's:
//
//   struct Api {
//     HttpRequest request(const Command& command) const;
//     // `unknown` when the response does not tell whether the command was carried out, such as 500
//     // or 503.
//     std::expected<Result, core::CallError> result(const Command& command,
//                                                   const HttpResponse& response) const;
//   };
#pragma once

#include <concepts>
#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/client.hpp"
#include "net/client_loop.hpp"
#include "net/host.hpp"
#include "net/http.hpp"
#include "net/recorder.hpp"

namespace net {

struct ClientHostOptions {
  ClientOptions client;
  std::string system;      // "queue", for the trace
  std::string record;      // the file that gets the trace; empty: none
  std::uint64_t seed = 0;  // of the core; 0: drawn from the operating system
};

/// Runs a client core, constructed from (Protocol::Config, seed), on one thread: all that is called
/// back is called on the thread of run().
template <core::ClientCore Core, class Api>
class ClientHost final : private ClientDriver {
 public:
  using P = typename Core::Protocol;
  using OnOutcome = std::function<void(const typename P::Outcome&)>;

  static std::expected<std::unique_ptr<ClientHost>, std::string> open(
      const typename P::Config& config, const ClientHostOptions& options, Api api,
      OnOutcome on_outcome) {
    const std::uint64_t seed = seed_of_core(options.seed, 1);
    auto recorder = Recorder::open(
        options.record,
        wire::TraceHeader{options.system, "client", core::Bytes(wire::encode(config)), seed});
    if (!recorder) return std::unexpected(std::move(recorder).error());
    return std::unique_ptr<ClientHost>(new ClientHost(Core(config, seed), options, std::move(api),
                                                      std::move(on_outcome), std::move(*recorder)));
  }

  /// On the thread of run(), or before it.
  void submit(typename P::Work work) { inputs_.push_back(core::Submit<P>{std::move(work)}); }
  void after(core::Duration delay, std::function<void()> then) {
    loop_.after(delay, std::move(then));
  }
  const Core& core() const { return core_; }

  /// Serves until stop(), SIGTERM or SIGINT.
  std::expected<void, std::string> run() { return loop_.run(); }
  /// From any thread.
  void stop() { loop_.stop(); }
  /// What SIGTERM and SIGINT do instead of stop(); called on the thread of run(). A second signal
  /// stops.
  void on_signal(std::function<void()> act) { loop_.on_signal(std::move(act)); }

 private:
  ClientHost(Core core, const ClientHostOptions& options, Api api, OnOutcome on_outcome,
             Recorder recorder)
      : core_(std::move(core)),
        api_(std::move(api)),
        on_outcome_(std::move(on_outcome)),
        recorder_(std::move(recorder)),
        loop_(options.client, *this) {}

  void on_connected() override { inputs_.push_back(core::Connected{}); }
  void on_disconnected() override { inputs_.push_back(core::Disconnected{}); }

  void on_response(core::RequestId request, Called called) override {
    const auto asked = asked_.extract(request);
    inputs_.push_back(core::Answer<P>{request, called ? api_.result(asked.mapped(), *called)
                                                      : std::unexpected(called.error().error)});
  }

  bool has_inputs() const override { return !inputs_.empty(); }
  std::optional<core::Instant> next_timeout() const override { return core_.next_timeout(); }

  void turn(const core::Now& now, ClientOutbox& outbox) override {
    const auto inputs = std::exchange(inputs_, {});
    for (const core::ClientInput<P>& input : inputs) step(now, input);
    if (const auto due = core_.next_timeout(); due && *due <= now.mono) step(now, core::Timeout{});
    recorder_.ready(ready_);
    const auto ready = std::exchange(ready_, {});
    outbox.reconnect = ready.reconnect;
    for (const core::Call<P>& call : ready.calls) {
      outbox.calls.push_back({call.request, api_.request(call.command)});
      asked_.emplace(call.request, call.command);
    }
    for (const typename P::Outcome& outcome : ready.outcomes) on_outcome_(outcome);
  }

  void step(const core::Now& now, const core::ClientInput<P>& input) {
    recorder_.step(now, input);
    core_.step(now, input, ready_);
  }

  Core core_;
  Api api_;
  OnOutcome on_outcome_;
  Recorder recorder_;
  std::vector<core::ClientInput<P>> inputs_;              // since the last turn
  std::map<core::RequestId, typename P::Command> asked_;  // and not answered yet
  core::ClientReady<P> ready_;
  ClientLoop loop_;
};

}  // namespace net
