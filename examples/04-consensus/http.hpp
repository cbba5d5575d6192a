// The cluster's HTTP as each node speaks it: how requests become commands, and results responses.
// '?' marks what may be left out.
//
//   PUT    /kv/{key}                 bytes             204, ETag: "version"
//   POST   /kv/{key}/append          bytes             the same
//   DELETE /kv/{key}                                   204, there or not
//   GET    /kv/{key}?consistency=C                     200 bytes, ETag: "version"; or 404
//                                    C is linearizable, as without it, or stale
//   POST   /sessions                                   201 {"session": 17}
//   GET    /cluster                                    200 what this node knows of it
//   POST   /cluster/members          {"id", "role", "address"?} or {"changes": [{the same}, ...]}
//                                    204; the role is voter, learner or none
//   DELETE /cluster/members/{id}                       204, member or not
//   POST   /cluster/transfer         {"to": 2}         204, another node leads
//   GET    /openapi.yaml                               200 all of this, exactly
//
// A PUT or DELETE with If-Match: "version" is carried out only if the key has that version, a PUT
// with If-None-Match: * only if it is not there; otherwise 412. A change with the headers
// Raft-Session and Raft-Sequence is carried out once, however often it is sent.
//
// The header Raft-Leader names the leader, if the node that answers knows one. An error is
// application/problem+json with two members more: "reason", and "outcome", which is "not_done" or
// "unknown". An error without an outcome is the host's: below 500 the cluster has not seen the
// request; from there on take it for unknown.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "net/http.hpp"
#include "net/routes.hpp"
#include "raft.hpp"

namespace raft {

/// What of a command its response depends on.
struct Asked {
  enum class Kind : std::uint8_t { change, question, session, members, removal, transfer };
  Kind kind = Kind::change;
  core::NodeId node;  // of a transfer
};

/// Between HTTP and the core (net/node.hpp). It looks at the core for what only that knows: who
/// leads.
class Api {
 public:
  Api();

  std::expected<Command, net::HttpResponse> command(const Raft& core,
                                                    const net::HttpRequest& request) const;
  Asked asked(const Command& command) const;
  net::HttpResponse response(const Raft& core, const Asked& asked, const Result& result) const;

  /// What GET /cluster tells, and a little more.
  std::string state(const Raft& core) const;

  /// "GET /kv/{key}" and so on: every route.
  std::vector<std::string> routes() const { return routes_.names(); }

 private:
  enum class Route {
    put,
    get,
    erase,
    append,
    open_session,
    look_at_cluster,
    change_members,
    remove_member,
    transfer,
    openapi,
  };
  std::expected<Command, net::HttpResponse> ask(const Raft& core,
                                                const net::HttpRequest& request) const;

  net::Routes<Route> routes_;
};

}  // namespace raft
