#include "http_requests.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "http_answers.hpp"
#include "messages_wire.hpp"
#include "net/text.hpp"
#include "wire/json.hpp"
#include "wire/utf8.hpp"

namespace raft {

namespace {

std::unexpected<net::HttpResponse> bad_request(std::string_view detail) {
  return std::unexpected(not_done(400, reason::bad_request, detail));
}

/// The value of the header, which may stand once.
Read<std::optional<std::string>> header_in(const net::HttpRequest& request, std::string_view name) {
  std::optional<std::string> value;
  for (const net::HttpHeader& header : request.headers) {
    if (!net::same_name(header.name, name)) continue;
    if (value) return bad_request("The header " + std::string(name) + " stands twice.");
    value = header.value;
  }
  return value;
}

/// A header that holds a number from 1 on.
Read<std::optional<std::uint64_t>> number_header_in(const net::HttpRequest& request,
                                                    std::string_view name) {
  const auto text = header_in(request, name);
  if (!text) return std::unexpected(text.error());
  if (!*text) return std::nullopt;
  const auto number = net::parse_number(**text);
  if (!number || *number == 0) {
    return bad_request("The header " + std::string(name) + " must be a number from 1 on.");
  }
  return number;
}

// ---- Bodies -------------------------------------------------------------------------------------

/// Of what comes from clients in other languages, some of which write 5.0 for 5.
constexpr wire::JsonLimits body_limits{.zero_fractions = true};

struct MemberBody {
  core::NodeId id;
  MemberRole role = MemberRole::voter;
  std::optional<std::string> address;
};

constexpr auto describe(wire::Type<MemberBody>) {
  return wire::record<120>("member", wire::field<1>("id", &MemberBody::id),
                           wire::field<2>("role", &MemberBody::role),
                           wire::field<3>("address", &MemberBody::address));
}

struct ChangesBody {
  std::vector<MemberBody> changes;
};

constexpr auto describe(wire::Type<ChangesBody>) {
  return wire::record<121>("changes", wire::field<1>("changes", &ChangesBody::changes));
}

struct TransferBody {
  core::NodeId to;
};

constexpr auto describe(wire::Type<TransferBody>) {
  return wire::record<122>("transfer", wire::field<1>("to", &TransferBody::to));
}

struct EmptyBody {};

constexpr auto describe(wire::Type<EmptyBody>) { return wire::record<123>("request"); }

constexpr std::string_view members_form =
    R"({"id": number, "role": "voter", "learner" or "none", "address"?: "host:port"})"
    R"( or {"changes": [{the same}, ...]})";
constexpr std::string_view transfer_form = R"({"to": number})";
constexpr std::string_view empty_form = "{} or empty";

template <class Body>
Read<Body> body_in(const net::HttpRequest& request, std::string_view form) {
  auto body = wire::from_json<Body>(request.body.view(), body_limits);
  if (!body) return bad_request(net::with_form(body.error().what, form));
  return std::move(*body);
}

Read<MemberChange> change_of(const MemberBody& body) {
  if (body.id.value == 0) return bad_request("A member's id is a number from 1 on.");
  if (body.role == MemberRole::none) {
    if (body.address) return bad_request("Who is to leave the cluster needs no address.");
    return MemberChange{{body.id, ""}, body.role};
  }
  if (!body.address || !net::is_address(*body.address)) {
    return bad_request(R"(A member needs an "address" for other nodes, such as "127.0.0.1:4416".)");
  }
  return MemberChange{{body.id, *body.address}, body.role};
}

bool is_absent(const std::optional<std::string>& text) { return !text; }

}  // namespace

Read<std::string> key_in(const std::string& place) {
  const std::uint32_t most = Config{}.machine.max_key_bytes;
  if (place.size() > most || !wire::is_utf8(place)) {
    return bad_request("A key is 1 to " + std::to_string(most) + " bytes of UTF-8.");
  }
  if (place == "." || place == "..") {
    return bad_request("\".\" and \"..\" are no keys: in a path they mean something else.");
  }
  return place;
}

Read<Consistency> consistency_in(const net::HttpRequest& request) {
  static constexpr std::array<std::string_view, 1> known = {"consistency"};
  const auto given = net::query_in(request.query, known);
  if (!given) return bad_request(given.error());
  const auto found = given->find(known.front());
  if (found == given->end() || found->second == "linearizable") return Consistency::linearizable;
  if (found->second == "stale") return Consistency::stale;
  return bad_request("consistency must be linearizable or stale");
}

Read<void> no_query_in(const net::HttpRequest& request) {
  const auto given = net::query_in(request.query, {});
  if (!given) return bad_request(given.error());
  return {};
}

Read<std::optional<kv::Version>> expected_in(const net::HttpRequest& request) {
  const auto match = header_in(request, "If-Match");
  const auto none_match = header_in(request, "If-None-Match");
  if (!match) return std::unexpected(match.error());
  if (!none_match) return std::unexpected(none_match.error());
  if (*match && *none_match) return bad_request("If-Match and If-None-Match exclude each other.");
  if (*none_match) {
    if (**none_match == "*") return kv::Version{0};
    return bad_request("If-None-Match must be *: only if there is no such key.");
  }
  if (!*match) return std::nullopt;
  const std::string_view text = **match;
  const bool quoted = text.size() > 2 && text.starts_with('"') && text.ends_with('"');
  const auto version = quoted ? net::parse_number(text.substr(1, text.size() - 2)) : std::nullopt;
  if (!version || *version == 0) {
    return bad_request("If-Match must be one version as ETag tells it, such as \"17\".");
  }
  return version;
}

Read<void> no_condition_in(const net::HttpRequest& request) {
  for (const std::string_view name : {"If-Match", "If-None-Match"}) {
    const auto header = header_in(request, name);
    if (!header) return std::unexpected(header.error());
    if (!is_absent(*header)) {
      return bad_request("This request takes no " + std::string(name) + ".");
    }
  }
  return {};
}

Read<std::optional<Once>> once_in(const net::HttpRequest& request) {
  const auto session = number_header_in(request, "Raft-Session");
  const auto sequence = number_header_in(request, "Raft-Sequence");
  if (!session) return std::unexpected(session.error());
  if (!sequence) return std::unexpected(sequence.error());
  if (session->has_value() != sequence->has_value()) {
    return bad_request("Raft-Session and Raft-Sequence go together: both or neither.");
  }
  if (!*session) return std::nullopt;
  return Once{Session{**session}, **sequence};
}

Read<core::NodeId> node_in(std::string_view text) {
  const auto number = net::parse_number(text);
  if (!number || *number == 0 || *number > std::numeric_limits<std::uint32_t>::max()) {
    return bad_request("A member's id is a number from 1 on.");
  }
  return core::NodeId{static_cast<std::uint32_t>(*number)};
}

Read<ChangeMembers> member_changes_in(const net::HttpRequest& request) {
  auto changes = wire::from_json<ChangesBody>(request.body.view(), body_limits);
  std::vector<MemberBody> asked;
  if (changes) {
    asked = std::move(changes->changes);
  } else {
    auto one = body_in<MemberBody>(request, members_form);
    if (!one) return std::unexpected(std::move(one).error());
    asked.push_back(std::move(*one));
  }
  const std::uint32_t most = Config{}.max_members;
  if (asked.empty() || asked.size() > most) {
    return bad_request("1 to " + std::to_string(most) + " changes at once");
  }
  ChangeMembers command;
  for (const MemberBody& body : asked) {
    auto change = change_of(body);
    if (!change) return std::unexpected(std::move(change).error());
    command.changes.push_back(std::move(*change));
  }
  return command;
}

Read<TransferLeadership> transfer_in(const net::HttpRequest& request) {
  const auto body = body_in<TransferBody>(request, transfer_form);
  if (!body) return std::unexpected(body.error());
  if (body->to.value == 0) return bad_request("A member's id is a number from 1 on.");
  return TransferLeadership{body->to};
}

Read<void> empty_body_in(const net::HttpRequest& request) {
  if (request.body.empty()) return {};
  const auto body = body_in<EmptyBody>(request, empty_form);
  if (!body) return std::unexpected(body.error());
  return {};
}

}  // namespace raft
