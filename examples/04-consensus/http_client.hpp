// The client's half of the cluster's HTTP (http.hpp): how commands become requests, and responses
// results. With lib/net's ClientLoop it puts the client's core on real sockets.
#pragma once

#include <expected>
#include <map>
#include <string>
#include <utility>

#include "core/client.hpp"
#include "messages.hpp"
#include "net/http.hpp"

namespace raft {

/// Where nodes take messages of others, as "host:port". Who adds a member must tell the cluster.
using Addresses = std::map<core::NodeId, std::string>;

class ClientApi {
 public:
  /// `addresses` are for members that are named without one.
  explicit ClientApi(Addresses addresses = {}) : addresses_(std::move(addresses)) {}

  net::HttpRequest request(const Command& command) const;
  /// `refused` and `unknown` are for answers of the host, which does not know the cluster.
  std::expected<Result, core::CallError> result(const Command& command,
                                                const net::HttpResponse& response) const;

 private:
  std::string body_of(const ChangeMembers& change) const;

  Addresses addresses_;
};

}  // namespace raft
