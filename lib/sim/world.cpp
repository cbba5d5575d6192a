#include "sim/world.hpp"

namespace sim {
namespace {

bool is_node(core::NodeId id, const Cluster& cluster) {
  return id.value >= 1 && id.value <= cluster.nodes;
}

template <class A>
std::string misfit_of(const A& action, const Cluster& cluster) {
  bool nodes_fit = true;
  if constexpr (requires { action.node; }) nodes_fit = is_node(action.node, cluster);
  if constexpr (requires { action.middle; }) nodes_fit = is_node(action.middle, cluster);
  if constexpr (requires { action.left; }) {
    for (const core::NodeId id : action.left) nodes_fit = nodes_fit && is_node(id, cluster);
  }
  if constexpr (requires { action.nodes; }) {
    for (const core::NodeId id : action.nodes) nodes_fit = nodes_fit && is_node(id, cluster);
    if (action.nodes.empty()) return "heals no node";
  }
  if (!nodes_fit) return "there are only nodes 1 to " + std::to_string(cluster.nodes);
  if constexpr (requires { action.client; }) {
    if (action.client.value < 1 || action.client.value > cluster.clients) {
      return "there are only clients 1 to " + std::to_string(cluster.clients);
    }
  }
  return {};
}

}  // namespace

std::string misfit(const Cluster& cluster) {
  constexpr std::uint32_t max_nodes = 100;
  constexpr std::uint32_t max_clients = 1'000;
  if (cluster.nodes < 1 || cluster.nodes > max_nodes) {
    return "they ask for " + std::to_string(cluster.nodes) + " nodes; 1 to " +
           std::to_string(max_nodes) + " can be run";
  }
  if (cluster.clients < 1 || cluster.clients > max_clients) {
    return "they ask for " + std::to_string(cluster.clients) + " clients; 1 to " +
           std::to_string(max_clients) + " can be run";
  }
  return {};
}

std::string misfit(const Line& line, const Cluster& cluster) {
  return std::visit([&](const auto& action) { return misfit_of(action, cluster); }, line.action);
}

}  // namespace sim
