#include "http.hpp"

#include <utility>
#include <variant>

#include "core/overloaded.hpp"
#include "http_answers.hpp"
#include "http_requests.hpp"
#include "net/json_object.hpp"
#include "openapi.hpp"

namespace raft {

namespace {

using Asking = std::expected<Command, net::HttpResponse>;

/// Put or Delete.
Asking ask_put_or_delete(const std::string& place, const net::HttpRequest& request) {
  auto key = key_in(place);
  if (!key) return std::unexpected(key.error());
  const auto expected = expected_in(request);
  if (!expected) return std::unexpected(expected.error());
  const auto once = once_in(request);
  if (!once) return std::unexpected(once.error());
  if (request.method == "PUT") {
    return ClientRequest{kv::Put{std::move(*key), request.body, *expected}, *once};
  }
  if (*expected == kv::Version{0}) {
    return std::unexpected(
        not_done(400, reason::bad_request, "To delete a key that is not there does nothing."));
  }
  return ClientRequest{kv::Delete{std::move(*key), *expected}, *once};
}

Asking ask_append(const std::string& place, const net::HttpRequest& request) {
  auto key = key_in(place);
  if (!key) return std::unexpected(key.error());
  if (const auto none = no_condition_in(request); !none) return std::unexpected(none.error());
  const auto once = once_in(request);
  if (!once) return std::unexpected(once.error());
  return ClientRequest{kv::Append{std::move(*key), request.body}, *once};
}

Asking ask_get(const std::string& place, const net::HttpRequest& request) {
  auto key = key_in(place);
  if (!key) return std::unexpected(key.error());
  const auto consistency = consistency_in(request);
  if (!consistency) return std::unexpected(consistency.error());
  return ClientQuery{kv::Get{std::move(*key)}, *consistency};
}

Asking ask_session(const net::HttpRequest& request) {
  if (const auto empty = empty_body_in(request); !empty) return std::unexpected(empty.error());
  return OpenSession{};
}

Asking ask_removal(const std::string& place) {
  const auto node = node_in(place);
  if (!node) return std::unexpected(node.error());
  return ChangeMembers{{{{*node, ""}, MemberRole::none}}};
}

/// A command of an exact type, or the answer, as one of any type.
template <class C>
Asking widened(Read<C> read) {
  if (!read) return std::unexpected(std::move(read).error());
  return Command(std::move(*read));
}

net::HttpResponse openapi_response() {
  return {200, "application/yaml", core::Bytes(std::string(openapi_yaml())), {}};
}

/// The header that names the leader.
net::HttpResponse with_leader(const Raft& core, net::HttpResponse response) {
  if (core.leader() == core::NodeId{}) return response;
  response.headers.push_back({"Raft-Leader", std::to_string(core.leader().value)});
  return response;
}

}  // namespace

Api::Api() {
  routes_.add("PUT", "/kv/{key}", Route::put);
  routes_.add("GET", "/kv/{key}", Route::get);
  routes_.add("DELETE", "/kv/{key}", Route::erase);
  routes_.add("POST", "/kv/{key}/append", Route::append);
  routes_.add("POST", "/sessions", Route::open_session);
  routes_.add("GET", "/cluster", Route::look_at_cluster);
  routes_.add("POST", "/cluster/members", Route::change_members);
  routes_.add("DELETE", "/cluster/members/{id}", Route::remove_member);
  routes_.add("POST", "/cluster/transfer", Route::transfer);
  routes_.add("GET", "/openapi.yaml", Route::openapi);
}

std::expected<Command, net::HttpResponse> Api::command(const Raft& core,
                                                       const net::HttpRequest& request) const {
  auto command = ask(core, request);
  if (!command) return std::unexpected(with_leader(core, std::move(command).error()));
  return command;
}

std::expected<Command, net::HttpResponse> Api::ask(const Raft& core,
                                                   const net::HttpRequest& request) const {
  const auto found = routes_.find(request);
  if (!found) return std::unexpected(found.error());
  const net::PathParameters& places = found->parameters;  // the key, or the member's id
  if (found->handler != Route::get) {
    if (const auto none = no_query_in(request); !none) return std::unexpected(none.error());
  }
  switch (found->handler) {
    case Route::put:
    case Route::erase:
      return ask_put_or_delete(places[0], request);
    case Route::get:
      return ask_get(places[0], request);
    case Route::append:
      return ask_append(places[0], request);
    case Route::open_session:
      return ask_session(request);
    case Route::look_at_cluster:
      return std::unexpected(net::json_response(200, cluster_json(core) + "\n"));
    case Route::change_members:
      return widened(member_changes_in(request));
    case Route::remove_member:
      return ask_removal(places[0]);
    case Route::transfer:
      return widened(transfer_in(request));
    case Route::openapi:
      return std::unexpected(openapi_response());
  }
  return std::unexpected(net::problem(404, "There is no such path."));
}

Asked Api::asked(const Command& command) const {
  using Kind = Asked::Kind;
  return std::visit(
      core::Overloaded{
          [](const ClientRequest&) { return Asked{Kind::change, {}}; },
          [](const ClientQuery&) { return Asked{Kind::question, {}}; },
          [](const OpenSession&) { return Asked{Kind::session, {}}; },
          [](const ChangeMembers& change) {
            const MemberChange& first = change.changes.front();
            const bool removes = change.changes.size() == 1 && first.role == MemberRole::none;
            return Asked{removes ? Kind::removal : Kind::members, {}};
          },
          [](const TransferLeadership& transfer) { return Asked{Kind::transfer, transfer.to}; },
      },
      command);
}

net::HttpResponse Api::response(const Raft& core, const Asked& asked, const Result& result) const {
  return with_leader(core, response_to(core, asked, result));
}

std::string Api::state(const Raft& core) const {
  return net::ObjectText()
      .json("cluster", cluster_json(core))
      .number("voted_for", core.voted_for().value)
      .number("incarnation", core.incarnation())
      .number("keys", core.machine().size())
      .number("version", core.machine().version())
      .take();
}

}  // namespace raft
