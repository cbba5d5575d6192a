#include "agreement.hpp"

#include <fmt/format.h>

#include <chrono>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <utility>

#include "lab/ports.hpp"
#include "net/text.hpp"

namespace torture {

namespace {

constexpr std::chrono::milliseconds patience{2'000};

/// The number behind `"name":`; the first of that name is the node's own.
std::optional<std::uint64_t> number_in(const std::string& json, const std::string& name) {
  const std::string member = "\"" + name + "\":";
  const std::size_t at = json.find(member);
  if (at == std::string::npos) return std::nullopt;
  const std::size_t begin = at + member.size();
  return net::parse_number(
      std::string_view(json).substr(begin, json.find_first_not_of("0123456789", begin) - begin));
}

/// Without what tells this answer from another: its status, its version and its body.
std::string essence(const std::string& reply) {
  static const std::regex version("\r\nETag: [^\r]*");
  std::smatch found;
  const std::size_t end = reply.find("\r\n\r\n");
  const bool has_version = std::regex_search(reply, found, version);
  return reply.substr(0, reply.find("\r\n")) + (has_version ? found.str() : "") +
         (end == std::string::npos ? "" : reply.substr(end));
}

std::string shown(const std::string& essence) {
  constexpr std::size_t longest = 200;
  std::string text;
  for (const char c : essence.substr(0, longest)) text += c == '\r' || c == '\n' ? ' ' : c;
  return text;
}

}  // namespace

bool are_level(const Nodes& nodes, const std::vector<core::NodeId>& which) {
  std::set<std::optional<std::uint64_t>> places;
  for (const core::NodeId id : which) {
    const std::string cluster = lab::http_body(nodes.port(id), "/cluster", patience);
    for (const char* place : {"last_applied", "last_log_index"}) {
      places.insert(number_in(cluster, place));
    }
  }
  return places.size() == 1 && places.begin()->has_value();
}

std::optional<std::string> find_difference(const Nodes& nodes,
                                           const std::vector<core::NodeId>& which,
                                           std::uint32_t keys) {
  for (std::uint32_t key = 0; key < keys; ++key) {
    const std::string path = fmt::format("/kv/{}?consistency=stale", raft::key_name(key));
    std::map<std::string, core::NodeId> held;
    for (const core::NodeId id : which) {
      held.emplace(essence(lab::http_reply(nodes.port(id), path, patience)), id);
    }
    if (held.size() < 2) continue;
    const auto& [one, other] = std::pair(*held.begin(), *held.rbegin());
    return fmt::format(
        "nodes {} and {} have applied the same log and hold different things as {}:\n  {}\n  {}",
        one.second.value, other.second.value, raft::key_name(key), shown(one.first),
        shown(other.first));
  }
  return std::nullopt;
}

std::optional<std::string> find_second_leader(const Nodes& nodes) {
  static const std::regex leads(R"(term (\d+)  leads the cluster)");
  std::map<std::string, core::NodeId> leaders;
  for (const core::NodeId id : nodes.all()) {
    std::ifstream log(nodes.log_of(id));
    std::string line;
    while (std::getline(log, line)) {
      std::smatch found;
      if (!std::regex_search(line, found, leads)) continue;
      const core::NodeId first = leaders.emplace(found[1].str(), id).first->second;
      if (first == id) continue;
      return fmt::format("nodes {} and {} both led in term {}: see {} and {}", first.value,
                         id.value, found[1].str(), nodes.log_of(first).string(),
                         nodes.log_of(id).string());
    }
  }
  return std::nullopt;
}

}  // namespace torture
