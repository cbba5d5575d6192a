// A core on real sockets and a real disk: the host that programs run.
//
// One thread owns the core and all sockets. It works in turns: take what is ready from the kernel,
// read both clocks, step the core through all of it into one Ready, then a due Timeout, then carry
// the Ready out. A second thread owns the disk.
//
// An Api stands between HTTP and the core:
//
//   struct Api {
//     // What the request asks of the core, or the answer if the core need not be asked.
//     std::expected<Command, HttpResponse> command(const HttpRequest& request) const;
//     // The core's answer.
//     HttpResponse response(const Result& result) const;
//     // The core as JSON, for GET /state.
//     std::string state(const Core& core) const;
//   };
//
// One whose answers depend on more than the result may have these in place of the first two:
//
//     std::expected<Command, HttpResponse> command(const Core& core, const HttpRequest&) const;
//     // What of a command its response depends on. Kept until the core has answered.
//     Asked asked(const Command& command) const;
//     HttpResponse response(const Core& core, const Asked& asked, const Result& result) const;
//
// /health, /metrics and /state are answered here and never reach the Api.
#pragma once

#include <concepts>
#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/contract.hpp"
#include "core/require.hpp"
#include "disk/typed.hpp"
#include "net/driver.hpp"
#include "net/host.hpp"
#include "net/http.hpp"
#include "net/loop.hpp"
#include "net/options.hpp"
#include "net/recorder.hpp"
#include "wire/wire.hpp"

namespace net {

template <class Core>
using AskedOf = std::expected<typename Core::Protocol::Command, HttpResponse>;

template <class A, class Core>
concept PlainApi = requires(const A& api, const HttpRequest& request,
                            const typename Core::Protocol::Result& result) {
  { api.command(request) } -> std::same_as<AskedOf<Core>>;
  { api.response(result) } -> std::same_as<HttpResponse>;
};

template <class A, class Core>
concept LookingApi = requires(const A& api, const HttpRequest& request, const Core& core,
                              const typename Core::Protocol::Command& command,
                              const typename Core::Protocol::Result& result) {
  { api.command(core, request) } -> std::same_as<AskedOf<Core>>;
  { api.response(core, api.asked(command), result) } -> std::same_as<HttpResponse>;
};

template <class A, class Core>
concept NodeApi =
    (PlainApi<A, Core> || LookingApi<A, Core>) && requires(const A& api, const Core& core) {
      { api.state(core) } -> std::same_as<std::string>;
    };

/// What was asked of the core and is not answered yet, for a LookingApi.
template <class Api, class Core>
class OpenQuestions {};

template <class Api, class Core>
  requires LookingApi<Api, Core>
class OpenQuestions<Api, Core> {
 public:
  using P = typename Core::Protocol;
  using Id = std::pair<core::SessionId, core::RequestId>;

  void add(Id id, const Api& api, const typename P::Command& command) {
    open_.insert({id, api.asked(command)});
  }
  void forget(core::SessionId session) {
    const auto first = open_.lower_bound({session, core::RequestId{}});
    auto last = first;
    while (last != open_.end() && last->first.first == session) ++last;
    open_.erase(first, last);
  }
  /// Nothing: whoever asked it is gone.
  std::optional<HttpResponse> answer(const Core& core, const Api& api,
                                     const core::Reply<P>& reply) {
    const auto question = open_.extract({reply.session, reply.request});
    if (question.empty()) return {};
    return api.response(core, question.mapped(), reply.result);
  }

 private:
  using Asked =
      decltype(std::declval<const Api&>().asked(std::declval<const typename P::Command&>()));
  std::map<Id, Asked> open_;
};

/// A core behind the Driver that the loop drives.
template <core::ProtocolCore Core, NodeApi<Core> Api>
class CoreDriver final : public Driver {
 public:
  using P = typename Core::Protocol;

  CoreDriver(Core core, Api api, core::Start<P> start, Recorder recorder)
      : core_(std::move(core)), api_(std::move(api)), recorder_(std::move(recorder)) {
    inputs_.push_back(std::move(start));
  }

  void on_http(core::SessionId session, core::RequestId request, HttpRequest http) override {
    auto command = command_of(http);
    if (!command) {
      refusals_.push_back({session, request, std::move(command).error()});
      return;
    }
    if constexpr (looks) questions_.add({session, request}, api_, *command);
    inputs_.push_back(core::Request<P>{session, request, std::move(*command)});
  }

  void on_closed(core::SessionId session) override {
    if constexpr (looks) questions_.forget(session);
    inputs_.push_back(core::Closed{session});
  }

  void on_backlog(core::SessionId session, std::uint32_t bytes, bool full) override {
    inputs_.push_back(core::Backlog{session, bytes, full});
  }

  bool on_peer(core::NodeId from, const core::Bytes& payload) override {
    auto message = wire::decode<typename P::Message>(payload);
    if (message) inputs_.push_back(core::Receive<P>{from, std::move(*message)});
    return message.has_value();
  }

  void on_disk(DiskDone done) override {
    for (const core::Persisted& persisted : done.persisted) inputs_.push_back(persisted);
    if (done.room) inputs_.push_back(core::Room{*done.room});
    for (LoadedRaw& loaded : done.loaded) inputs_.push_back(to_typed(std::move(loaded)));
  }

  void turn(const core::Now& now, Outbox& outbox) override {
    for (const core::Input<P>& input : inputs_) step(now, input);
    inputs_.clear();
    if (const auto due = core_.next_timeout(); due && *due <= now.mono) step(now, core::Timeout{});
    recorder_.ready(ready_);
    carry_out(outbox);
    ready_ = {};
  }

  bool has_inputs() const override { return !inputs_.empty() || !refusals_.empty(); }
  std::optional<core::Instant> next_timeout() const override { return core_.next_timeout(); }
  std::string state() const override { return api_.state(core_); }

 private:
  static constexpr bool looks = LookingApi<Api, Core>;

  AskedOf<Core> command_of(const HttpRequest& http) const {
    if constexpr (looks) {
      return api_.command(core_, http);
    } else {
      return api_.command(http);
    }
  }

  std::optional<HttpResponse> response_to(const core::Reply<P>& reply) {
    if constexpr (looks) {
      return questions_.answer(core_, api_, reply);
    } else {
      return api_.response(reply.result);
    }
  }

  void step(const core::Now& now, const core::Input<P>& input) {
    recorder_.step(now, input);
    core_.step(now, input, ready_);
  }

  void carry_out(Outbox& outbox) {
    core::require(ready_.pushes.empty(), "this host has no connection that it could push on");
    outbox.responses = std::exchange(refusals_, {});
    for (auto& reply : ready_.replies) {
      auto response = response_to(reply);
      if (response)
        outbox.responses.push_back({reply.session, reply.request, std::move(*response)});
    }
    for (auto& send : ready_.messages) {
      outbox.messages.push_back({send.to, send.lane, wire::encode(send.message)});
    }
    for (const auto& write : ready_.writes) outbox.writes.push_back(disk::to_raw(write));
    outbox.loads = std::move(ready_.loads);
    outbox.closes = std::move(ready_.closes);
    outbox.peers = std::move(ready_.peers);
  }

  static core::Loaded<P> to_typed(LoadedRaw loaded) {
    if (!loaded.writes) return {loaded.load, std::unexpected(loaded.writes.error())};
    auto writes = disk::from_raw<P>(*loaded.writes);
    if (!writes) return {loaded.load, std::unexpected(core::LoadError::damaged)};
    return {loaded.load, std::move(*writes)};
  }

  Core core_;
  Api api_;
  Recorder recorder_;
  OpenQuestions<Api, Core> questions_;
  std::vector<core::Input<P>> inputs_;      // since the last turn
  std::vector<Outbox::Response> refusals_;  // likewise: requests that the Api answered
  core::Ready<P> ready_;
};

template <core::ProtocolCore Core, NodeApi<Core> Api>
class Node {
 public:
  using P = typename Core::Protocol;

  /// Opens the data folder, reads it back, and listens. The error is a sentence for a person: the
  /// port in use, the folder of another version, the place of the damage.
  static std::expected<std::unique_ptr<Node>, std::string> open(const typename P::Config& config,
                                                                const NodeOptions& options,
                                                                Api api) {
    auto folder = open_folder(options);
    if (!folder) return std::unexpected(std::move(folder).error());
    auto recovered = disk::from_raw<P>(folder->recovered);
    if (!recovered) return std::unexpected(std::move(recovered).error().what);
    const std::uint64_t seed = seed_of_core(options.seed, folder->incarnation);
    auto recorder = Recorder::open(
        options.record,
        wire::TraceHeader{options.system, "node", core::Bytes(wire::encode(config)), seed});
    if (!recorder) return std::unexpected(std::move(recorder).error());
    auto driver = std::make_unique<CoreDriver<Core, Api>>(
        Core(config, seed), std::move(api),
        core::Start<P>{std::move(*recovered), folder->incarnation}, std::move(*recorder));
    std::unique_ptr<Node> node(new Node(options, std::move(*folder), std::move(driver)));
    auto listening = node->loop_.listen();
    if (!listening) return std::unexpected(std::move(listening).error());
    return node;
  }

  /// Serves until stop(), SIGTERM or SIGINT, then ends gracefully. The error says why the node had
  /// to stop by itself: a write or a sync failed.
  std::expected<void, std::string> run() { return loop_.run(); }

  /// From any thread, any number of times.
  void stop() { loop_.stop(); }

  std::uint16_t http_port() const { return loop_.http_port(); }
  std::uint16_t peer_port() const { return loop_.peer_port(); }  // 0: none

 private:
  Node(const NodeOptions& options, Folder folder, std::unique_ptr<CoreDriver<Core, Api>> driver)
      : files_(std::move(folder.files)),
        driver_(std::move(driver)),
        loop_(options, *driver_, std::move(folder.store)) {}

  FileSystems files_;  // outlives the store, which the loop's disk thread owns
  std::unique_ptr<CoreDriver<Core, Api>> driver_;
  Loop loop_;
};

}  // namespace net
