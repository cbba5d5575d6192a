// The commands that break the links between the nodes of what runs: partition, isolate, delay,
// heal.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "commands.hpp"
#include "leader.hpp"
#include "nodes.hpp"
#include "terminal.hpp"

namespace lab {

namespace {

using std::chrono::milliseconds;
using Nodes = std::vector<RunningNode>;

constexpr milliseconds answer_limit{5'000};
// A paused node finds the order when it goes on: nobody waits for its answer.
constexpr milliseconds paused_limit{50};
constexpr int wrong_usage = 2;

// What became of the orders of one command.
class Orders {
 public:
  void give(const RunningNode& node, const std::string& order) {
    if (!node.lives()) {
      notes_ += fmt::format("{} does not run, so it was not told: order it again once it runs.\n",
                            node.name);
      return;
    }
    const bool paused = node.state == "paused";
    const auto answer = node.ask(order, paused ? paused_limit : answer_limit);
    if (!answer) {
      failures_.push_back(fmt::format("{} takes no orders: it runs without --lab.", node.name));
    } else if (paused) {
      notes_ += fmt::format("{} is paused: it does so once it goes on.\n", node.name);
    } else if (answer->empty()) {
      failures_.push_back(fmt::format("{} did not answer. ./lab logs {}", node.name, node.name));
    } else if (!answer->starts_with("ok")) {
      failures_.push_back(fmt::format("{} refused: {}", node.name, printable(*answer)));
    }
  }

  // Says what has been reached, or what has not.
  int end(const std::string& reached) const {
    if (failures_.empty()) {
      show(reached + "\n" + notes_);
      return 0;
    }
    show(notes_);
    Problem problem{"not every node did as it was told:", failures_};
    problem.mend.emplace_back("The others did. ./lab heal takes it back.");
    return report(problem);
  }

 private:
  std::string notes_;
  std::vector<std::string> failures_;
};

std::expected<Nodes, Problem> nodes_that_run(const Paths& paths) {
  if (!is_up(paths.run)) return std::unexpected(nothing_runs());
  const RunRecord record = read_record(paths.run).value_or(RunRecord{});
  Nodes nodes = nodes_of(paths, record);
  if (nodes.empty()) {
    return std::unexpected(Problem{"nothing that runs has several nodes.",
                                   {"./lab down, then ./lab up consensus starts what has."}});
  }
  if (std::ranges::none_of(nodes, &RunningNode::lives)) {
    return std::unexpected(Problem{
        "no node runs.", {fmt::format("./lab restart {} starts one again.", nodes[0].name)}});
  }
  const auto leader = leader_in(ask_nodes(paths, record));
  for (RunningNode& node : nodes) node.leads = node.name == leader;
  return nodes;
}

// The words between the slashes.
std::expected<std::vector<std::vector<std::string>>, Problem> split_groups(
    const std::vector<std::string>& words) {
  std::vector<std::vector<std::string>> groups(1);
  std::string name;
  const auto end_name = [&] {
    if (!name.empty()) groups.back().push_back(std::exchange(name, {}));
  };
  for (const std::string& word : words) {
    for (const char c : word) {
      if (c != '/' && c != ',') {
        name += c;
        continue;
      }
      end_name();
      if (c == '/') groups.emplace_back();
    }
    end_name();
  }
  if (std::ranges::any_of(groups, &std::vector<std::string>::empty)) {
    return std::unexpected(Problem{
        "a group without a node.", {"For example: ./lab partition 1,2 / 3,4,5"}, wrong_usage});
  }
  return groups;
}

std::string names_of(const Nodes& nodes) {
  std::string names;
  for (const RunningNode& node : nodes) names += (names.empty() ? "" : ", ") + node.name;
  return names;
}

bool holds(const Nodes& group, const RunningNode& node) {
  return std::ranges::find(group, node.number, &RunningNode::number) != group.end();
}

// The named groups, and whom nobody named as one more.
std::expected<std::vector<Nodes>, Problem> groups_of(
    const std::vector<std::vector<std::string>>& named, const Nodes& nodes) {
  std::vector<Nodes> groups;
  Nodes rest = nodes;
  for (const std::vector<std::string>& names : named) {
    groups.emplace_back();
    for (const std::string& name : names) {
      const auto node = node_named(name, nodes);
      if (!node) return std::unexpected(node.error());
      const auto taken = std::ranges::find(rest, node->number, &RunningNode::number);
      if (taken == rest.end()) {
        return std::unexpected(
            Problem{node->name + " is named twice.", {"A node is in one group."}, wrong_usage});
      }
      rest.erase(taken);
      groups.back().push_back(*node);
    }
  }
  if (!rest.empty()) groups.push_back(std::move(rest));
  if (groups.size() > 1) return groups;
  return std::unexpected(Problem{"every node is in the one group: nothing is cut.",
                                 {"Name a part of them, or several groups with / between."},
                                 wrong_usage});
}

int cut(const std::vector<Nodes>& groups, const Nodes& nodes, const std::string& reached) {
  Orders orders;
  for (const Nodes& group : groups) {
    std::string order;
    for (const RunningNode& node : nodes) {
      if (holds(group, node)) continue;
      order += fmt::format("{}{}", order.empty() ? "block " : ",", node.number);
    }
    for (const RunningNode& node : group) orders.give(node, order);
  }
  return orders.end(reached + " ./lab heal ends that.");
}

}  // namespace

int partition(const Paths& paths, const std::vector<std::string>& words) {
  const auto named = split_groups(words);
  if (!named) return report(named.error());
  const auto nodes = nodes_that_run(paths);
  if (!nodes) return report(nodes.error());
  const auto groups = groups_of(*named, *nodes);
  if (!groups) return report(groups.error());
  std::string all;
  for (const Nodes& group : *groups) all += (all.empty() ? "" : " / ") + names_of(group);
  return cut(*groups, *nodes, all + ": no message passes between these groups.");
}

int isolate(const Paths& paths, const std::string& name) {
  const auto nodes = nodes_that_run(paths);
  if (!nodes) return report(nodes.error());
  const auto groups = groups_of({{name}}, *nodes);
  if (!groups) return report(groups.error());
  return cut(*groups, *nodes,
             fmt::format("No message passes between {} and the others ({}).",
                         groups->front().front().name, names_of(groups->back())));
}

int delay(const Paths& paths, const DelayOptions& options) {
  const auto nodes = nodes_that_run(paths);
  if (!nodes) return report(nodes.error());
  const auto one = node_named(options.one, *nodes);
  if (!one) return report(one.error());
  const auto other = node_named(options.other, *nodes);
  if (!other) return report(other.error());
  if (one->number == other->number) {
    return report({one->name + " has no link to itself.", {"Name two nodes."}, wrong_usage});
  }
  Orders orders;
  orders.give(*one, fmt::format("delay {} {}", other->number, options.ms));
  orders.give(*other, fmt::format("delay {} {}", one->number, options.ms));
  const std::string both = one->name + " and " + other->name;
  return orders.end(options.ms == 0 ? fmt::format("Between {} nothing is delayed any more.", both)
                                    : fmt::format("Each message between {} takes {} ms longer. "
                                                  "./lab heal ends that.",
                                                  both, options.ms));
}

int heal(const Paths& paths) {
  const auto nodes = nodes_that_run(paths);
  if (!nodes) return report(nodes.error());
  Orders orders;
  for (const RunningNode& node : *nodes) {
    if (node.lives()) orders.give(node, "heal");  // one that starts again has whole links
  }
  return orders.end("All links are whole.");
}

}  // namespace lab
