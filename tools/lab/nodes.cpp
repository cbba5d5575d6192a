#include "nodes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "control.hpp"
#include "terminal.hpp"

namespace lab {

namespace {

constexpr std::string_view prefix = "node-";
constexpr std::chrono::milliseconds patience_of_status{1'000};

// 0 for what is no number of a node.
std::uint32_t number_in(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? number : 0;
}

}  // namespace

std::optional<std::string> RunningNode::ask(const std::string& order,
                                            std::chrono::milliseconds patience) const {
  return ask_in(folder, order, patience);
}

std::optional<RunningNode> as_node(const Paths& paths, const ProcessRecord& process) {
  if (!process.name.starts_with(prefix)) return std::nullopt;
  const std::uint32_t number = number_in(std::string_view(process.name).substr(prefix.size()));
  if (number == 0) return std::nullopt;
  return RunningNode{.number = number,
                     .name = process.name,
                     .state = state_now(process).state,
                     .folder = paths.data / process.system / process.name};
}

std::vector<RunningNode> nodes_of(const Paths& paths, const RunRecord& record) {
  std::vector<RunningNode> nodes;
  for (const ProcessRecord& process : record.processes) {
    if (auto node = as_node(paths, process)) nodes.push_back(std::move(*node));
  }
  std::ranges::stable_sort(nodes, {}, &RunningNode::number);
  return nodes;
}

std::expected<RunningNode, Problem> node_named(std::string_view name,
                                               const std::vector<RunningNode>& nodes) {
  std::string all;
  for (const RunningNode& node : nodes) {
    const bool is_it = name == "leader" ? node.leads : name == node.name;
    if (is_it || number_in(name) == node.number) return node;
    all += (all.empty() ? "" : ", ") + node.name;
  }
  if (name == "leader") {
    return std::unexpected(
        Problem{"no node says that it leads.", {"Ask again in a second, or name one of " + all}});
  }
  return std::unexpected(Problem{fmt::format("there is no node '{}'.", printable(name)),
                                 {"There are, by name or by number: " + all}});
}

std::string faults_of(const Paths& paths, const ProcessRecord& process) {
  const auto node = as_node(paths, process);
  if (!node || node->state != "running") return "";
  const std::string answer = node->ask("faults", patience_of_status).value_or("");
  return answer.starts_with("ok ") ? printable(answer.substr(3)) : "";
}

}  // namespace lab
