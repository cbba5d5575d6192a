// What requests hold: keys, versions, sessions and the bodies of /cluster. Each function gives what
// it found, or the answer to give.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "messages.hpp"
#include "net/http.hpp"

namespace raft {

template <class T>
using Read = std::expected<T, net::HttpResponse>;

/// A key as it stood in the path. It must be text: it is one in every message.
Read<std::string> key_in(const std::string& place);

/// ?consistency=linearizable or stale.
Read<Consistency> consistency_in(const net::HttpRequest& request);

/// Nothing may stand behind the '?' of this request.
Read<void> no_query_in(const net::HttpRequest& request);

/// If-Match and If-None-Match.
Read<std::optional<kv::Version>> expected_in(const net::HttpRequest& request);
/// For what takes neither: to ignore them would be to do what was not asked for.
Read<void> no_condition_in(const net::HttpRequest& request);

/// Raft-Session and Raft-Sequence.
Read<std::optional<Once>> once_in(const net::HttpRequest& request);

Read<core::NodeId> node_in(std::string_view text);
Read<ChangeMembers> member_changes_in(const net::HttpRequest& request);
Read<TransferLeadership> transfer_in(const net::HttpRequest& request);

/// {} or nothing.
Read<void> empty_body_in(const net::HttpRequest& request);

}  // namespace raft
