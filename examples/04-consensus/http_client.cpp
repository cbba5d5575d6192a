#include "http_client.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "core/overloaded.hpp"
#include "http_answers.hpp"
#include "messages_wire.hpp"
#include "net/json_object.hpp"
#include "net/text.hpp"
#include "wire/json_value.hpp"

namespace raft {

namespace {

// ---- Requests -----------------------------------------------------------------------------------

net::HttpRequest request_of(std::string method, std::string path, core::Bytes body = {}) {
  net::HttpRequest request;
  request.method = std::move(method);
  request.path = std::move(path);
  request.body = std::move(body);
  return request;
}

net::HttpRequest with_json(net::HttpRequest request) {
  request.headers.push_back({"Content-Type", "application/json"});
  return request;
}

/// Bytes of a path that mean something else, or nothing, are written as %41.
std::string path_of(const std::string& key) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string path = "/kv/";
  for (const char byte : key) {
    const bool is_plain = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
                          (byte >= 'A' && byte <= 'Z') || byte == '-' || byte == '_';
    if (is_plain) {
      path += byte;
      continue;
    }
    const auto value = static_cast<unsigned char>(byte);
    path += '%';
    path += digits[value >> 4];
    path += digits[value & 15];
  }
  return path;
}

net::HttpRequest if_expected(net::HttpRequest request, std::optional<kv::Version> expected) {
  if (!expected) return request;
  const bool is_new = *expected == 0;
  request.headers.push_back(is_new ? net::HttpHeader{"If-None-Match", "*"}
                                   : net::HttpHeader{"If-Match", etag(*expected)});
  return request;
}

net::HttpRequest request_of(const Operation& operation) {
  return std::visit(
      core::Overloaded{
          [](const kv::Put& put) {
            return if_expected(request_of("PUT", path_of(put.key), put.value), put.expected);
          },
          [](const kv::Delete& erase) {
            return if_expected(request_of("DELETE", path_of(erase.key)), erase.expected);
          },
          [](const kv::Append& append) {
            return request_of("POST", path_of(append.key) + "/append", append.value);
          },
      },
      operation);
}

net::HttpRequest request_of(const ClientRequest& change) {
  net::HttpRequest request = request_of(change.operation);
  if (!change.once) return request;
  request.headers.push_back({"Raft-Session", std::to_string(change.once->session.value)});
  request.headers.push_back({"Raft-Sequence", std::to_string(change.once->sequence)});
  return request;
}

net::HttpRequest request_of(const ClientQuery& query) {
  net::HttpRequest request = request_of("GET", path_of(query.query.key));
  if (query.consistency == Consistency::stale) request.query = "consistency=stale";
  return request;
}

// ---- Answers ------------------------------------------------------------------------------------

using Known = std::expected<Result, core::CallError>;

std::optional<std::uint64_t> version_in(const net::HttpResponse& response) {
  std::string_view tag = response.header("ETag");
  if (tag.size() < 2 || !tag.starts_with('"') || !tag.ends_with('"')) return std::nullopt;
  return net::parse_number(tag.substr(1, tag.size() - 2));
}

/// A member of the JSON object in the response's body.
template <class T>
std::optional<T> member_in(const net::HttpResponse& response, std::string_view name) {
  const auto tree = wire::parse_json(response.body.view(), {});
  const auto* object = tree ? std::get_if<wire::JsonObject>(&tree->held) : nullptr;
  if (object == nullptr) return std::nullopt;
  const auto member = std::ranges::find(*object, name, &wire::JsonMember::name);
  const T* held = member == object->end() ? nullptr : std::get_if<T>(&member->value.held);
  return held == nullptr ? std::nullopt : std::optional(*held);
}

std::optional<Refusal> refusal_named(std::string_view name) {
  for (const auto& known : wire::description<Refusal>.values) {
    if (known.name == name) return known.value;
  }
  return std::nullopt;
}

/// An answer that no node of this cluster gives.
Known nonsense() { return std::unexpected(core::CallError::unknown); }

Known success(const Command& command, const net::HttpResponse& response) {
  const auto version = version_in(response);
  if (std::holds_alternative<OpenSession>(command)) {
    const auto session = member_in<std::int64_t>(response, "session");
    if (!session || *session <= 0) return nonsense();
    return SessionOpened{Session{static_cast<std::uint64_t>(*session)}};
  }
  if (std::holds_alternative<ClientQuery>(command)) {
    return version ? Known(Executed{kv::Found{response.body, *version}}) : nonsense();
  }
  const auto* change = std::get_if<ClientRequest>(&command);
  if (change == nullptr) return Done{};
  if (std::holds_alternative<kv::Delete>(change->operation)) return Executed{kv::Missing{}};
  return version ? Known(Executed{kv::Stored{*version}}) : nonsense();
}

/// What the state machine answered, as far as that is an error in HTTP.
std::optional<Answer> answer_named(std::string_view why, const net::HttpResponse& response) {
  if (why == reason::no_such_key) return kv::Missing{};
  if (why == reason::conflict) return kv::Conflict{version_in(response).value_or(0)};
  if (why == reason::too_large) return kv::TooLarge{};
  return std::nullopt;
}

/// The host's, which does not know the cluster. Below 500 the request was not carried out, and what
/// is wrong with it (an empty key has no path, a value is too long for a body) every node would say
/// of it, at any time; but for what this node alone was told to refuse (403, 421), and what comes
/// too slowly or with too many others.
Known failure_of_host(unsigned status) {
  if (status >= 500) return std::unexpected(core::CallError::unknown);
  const bool may_pass = status == 403 || status == 408 || status == 421 || status == 429;
  if (may_pass) return std::unexpected(core::CallError::refused);
  return Refused{Refusal::invalid};
}

Known failure(const net::HttpResponse& response) {
  const auto outcome = member_in<std::string>(response, "outcome");
  if (outcome == "unknown") return Unknown{};
  if (outcome != "not_done") return failure_of_host(response.status);
  const std::string why = member_in<std::string>(response, "reason").value_or("");
  if (const auto answer = answer_named(why, response)) return Executed{*answer};
  return Refused{refusal_named(why).value_or(Refusal::invalid)};
}

}  // namespace

std::string ClientApi::body_of(const ChangeMembers& change) const {
  const auto one = [this](const MemberChange& wanted) {
    net::ObjectText out;
    out.number("id", wanted.member.id.value).text("role", wire::name_of(wanted.role));
    if (wanted.role == MemberRole::none) return out.take();
    const auto known = addresses_.find(wanted.member.id);
    const bool is_named = !wanted.member.address.empty() || known == addresses_.end();
    return out.text("address", is_named ? wanted.member.address : known->second).take();
  };
  return net::ObjectText().json("changes", net::array_text(change.changes, one)).take();
}

net::HttpRequest ClientApi::request(const Command& command) const {
  return std::visit(
      core::Overloaded{
          [](const ClientRequest& change) { return request_of(change); },
          [](const ClientQuery& query) { return request_of(query); },
          [](const OpenSession&) { return request_of("POST", "/sessions"); },
          [this](const ChangeMembers& change) {
            return with_json(request_of("POST", "/cluster/members", core::Bytes(body_of(change))));
          },
          [](const TransferLeadership& transfer) {
            const std::string to = net::ObjectText().number("to", transfer.to.value).take();
            return with_json(request_of("POST", "/cluster/transfer", core::Bytes(to)));
          },
      },
      command);
}

std::expected<Result, core::CallError> ClientApi::result(const Command& command,
                                                         const net::HttpResponse& response) const {
  return response.status < 300 ? success(command, response) : failure(response);
}

}  // namespace raft
