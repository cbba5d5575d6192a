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
// /health, /metrics and /state are answered here and never reach the Api.
#pragma once

#include <concepts>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>

#include "core/contract.hpp"
#include "net/http.hpp"
#include "net/options.hpp"

namespace net {

template <class A, class Core>
concept NodeApi = requires(const A& api, const HttpRequest& request, const Core& core,
                           const typename Core::Protocol::Result& result) {
  {
    api.command(request)
  } -> std::same_as<std::expected<typename Core::Protocol::Command, HttpResponse>>;
  { api.response(result) } -> std::same_as<HttpResponse>;
  { api.state(core) } -> std::same_as<std::string>;
};

template <core::ProtocolCore Core, NodeApi<Core> Api>
class Node {
 public:
  using P = typename Core::Protocol;

  /// Opens the data folder, reads it back, and listens. The error is a sentence for a person: the
  /// port in use, the folder of another version, the place of the damage.
  static std::expected<std::unique_ptr<Node>, std::string> open(const typename P::Config& config,
                                                                const NodeOptions& options,
                                                                Api api);

  /// Serves until stop(), SIGTERM or SIGINT, then ends gracefully. The error says why the node had
  /// to stop by itself: a write or a sync failed.
  std::expected<void, std::string> run();

  /// From any thread, any number of times.
  void stop();

  std::uint16_t http_port() const;
  std::uint16_t peer_port() const;  // 0: none
};

}  // namespace net
