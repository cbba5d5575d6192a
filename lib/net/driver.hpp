// The line between sockets and a core. Below it (loop.cpp, http_session.cpp, peer_links.cpp) bytes
// come and go and nobody knows a protocol; above it (node.hpp) stands a core and nobody knows a
// socket.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/bytes.hpp"
#include "core/contract.hpp"
#include "disk/error.hpp"
#include "disk/raw.hpp"
#include "net/http.hpp"

namespace net {

/// What the disk thread has done; at most one of each lane's Persisted per batch.
struct LoadedRaw {
  core::LoadId load;
  std::expected<std::vector<disk::RawWrite>, core::LoadError> writes;
};
/// Of its records.
std::uint64_t size_of(const disk::RawWrite& write);

struct DiskDone {
  std::vector<core::Persisted> persisted;
  std::vector<LoadedRaw> loaded;
  std::optional<bool> room;           // when it changed
  std::optional<disk::Error> failed;  // nothing more will be done
  std::uint64_t syncs = 0;
  std::uint64_t writes = 0;  // that are durable now
  std::uint64_t bytes = 0;   // of those writes
};

/// What a turn wants done on the outside.
struct Outbox {
  struct Response {
    core::SessionId session;
    core::RequestId request;
    HttpResponse response;
  };
  struct PeerMessage {
    core::NodeId to;
    core::Lane lane = core::Lane::control;
    std::string payload;
  };
  std::vector<Response> responses;
  std::vector<PeerMessage> messages;
  std::vector<core::SessionId> closes;
  std::optional<std::vector<core::Peer>> peers;
  std::vector<disk::RawWrite> writes;
  std::vector<core::Load> loads;
};

/// A core and its Api as the loop sees them. The on_ calls of a turn come first, then one turn().
class Driver {
 public:
  virtual ~Driver() = default;

  virtual void on_http(core::SessionId session, core::RequestId request, HttpRequest http) = 0;
  virtual void on_closed(core::SessionId session) = 0;
  virtual void on_backlog(core::SessionId session, std::uint32_t bytes, bool full) = 0;
  /// False when the payload is no message of this protocol.
  virtual bool on_peer(core::NodeId from, const core::Bytes& payload) = 0;
  virtual void on_disk(DiskDone done) = 0;

  /// Hands all that came since the last turn to the core, then a due Timeout.
  virtual void turn(const core::Now& now, Outbox& outbox) = 0;
  virtual bool has_inputs() const = 0;
  virtual std::optional<core::Instant> next_timeout() const = 0;

  /// The core as JSON, for /state.
  virtual std::string state() const = 0;
};

}  // namespace net
