// How results become responses, and errors problem documents.
#pragma once

#include <string>
#include <string_view>

#include "http.hpp"
#include "net/http.hpp"
#include "raft.hpp"

namespace raft {

/// The reasons of problems that no Refusal names.
namespace reason {
inline constexpr std::string_view bad_request = "bad_request";
inline constexpr std::string_view no_such_key = "no_such_key";
inline constexpr std::string_view conflict = "conflict";
inline constexpr std::string_view too_large = "too_large";
inline constexpr std::string_view unknown = "unknown";
}  // namespace reason

/// An error after which it is sure that nothing was done, nor will be.
net::HttpResponse not_done(unsigned status, std::string_view reason, std::string_view detail);

net::HttpResponse response_to(const Raft& core, const Asked& asked, const Result& result);

/// What this node knows of the cluster, as JSON.
std::string cluster_json(const Raft& core);

/// "\"17\"".
std::string etag(kv::Version version);

}  // namespace raft
