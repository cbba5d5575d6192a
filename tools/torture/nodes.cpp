#include "nodes.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <utility>

#include "lab/control.hpp"
#include "lab/log_file.hpp"
#include "lab/ports.hpp"
#include "lab/process.hpp"

namespace torture {

namespace fs = std::filesystem;

namespace {

constexpr std::chrono::milliseconds answer_limit{1'000};  // to an order; then it is given again
constexpr std::size_t shown_lines = 8;

/// One that stays free while its node is down: below those that the system hands out by itself.
std::uint16_t free_port(const std::set<std::uint16_t>& taken) {
  std::random_device chance;
  while (true) {
    const auto port = static_cast<std::uint16_t>(10'000 + chance() % 22'000);
    if (!taken.contains(port) && !lab::holder_of(port)) return port;
  }
}

std::string local(std::uint16_t port) { return fmt::format("127.0.0.1:{}", port); }

}  // namespace

Nodes::Nodes(fs::path program, fs::path folder, const Scenario& scenario)
    : program_(std::move(program)),
      folder_(std::move(folder)),
      options_(scenario.options),
      sync_(scenario.plan.conditions.sync_min) {
  std::set<std::uint16_t> taken;
  const auto next_port = [&] { return *taken.insert(free_port(taken)).first; };
  for (std::uint32_t id = 1; id <= options_.nodes; ++id) {
    all_.push_back({id});
    nodes_.emplace_back().port = next_port();
    addresses_[{id}] = local(next_port());
    fs::create_directories(folder_of({id}));
  }
}

Nodes::~Nodes() {
  for (const core::NodeId id : all_) kill(id);
  for (const core::NodeId id : all_) bury(id);
}

fs::path Nodes::folder_of(core::NodeId id) const {
  return folder_ / fmt::format("node-{}", id.value);
}

fs::path Nodes::log_of(core::NodeId id) const {
  return folder_ / fmt::format("node-{}.log", id.value);
}

/// The flags that make a node what raft::System::config() makes of it in the simulator.
std::vector<std::string> Nodes::command(core::NodeId id, bool power) const {
  const raft::Config config = raft::System::config(options_, id);
  std::string peers;
  for (const core::Peer& peer : config.members) {
    peers +=
        fmt::format("{}{}={}", peers.empty() ? "" : ",", peer.id.value, addresses_.at(peer.id));
  }
  const std::string& address = addresses_.at(id);
  std::vector<std::string> words = {program_.string(), "--lab", "--data-dir",
                                    folder_of(id).string()};
  const auto flag = [&](const char* name, std::uint64_t value) {
    words.emplace_back(name);
    words.push_back(std::to_string(value));
  };
  flag("--id", id.value);
  flag("--port", port(id));
  flag("--peer-port", std::stoul(address.substr(address.rfind(':') + 1)));
  flag("--election-timeout-ms", config.election_timeout_ms);
  flag("--heartbeat-ms", config.heartbeat_ms);
  flag("--request-timeout-ms", config.request_timeout_ms);
  flag("--max-waiting", config.max_waiting);
  flag("--max-entries", config.max_entries);
  flag("--max-in-flight", config.max_in_flight);
  flag("--max-message-bytes", config.max_message_bytes);
  flag("--max-sessions", config.max_sessions);
  flag("--snapshot-bytes", config.snapshot_bytes);
  flag("--keep-entries", config.keep_entries);
  flag("--sync-us", static_cast<std::uint64_t>(sync_.count()));
  if (!peers.empty()) words.insert(words.end(), {"--peers", peers});
  if (!config.pre_vote) words.emplace_back("--no-pre-vote");
  if (!config.check_quorum) words.emplace_back("--no-check-quorum");
  if (config.lease_reads) words.emplace_back("--lease-reads");
  if (power) words.emplace_back("--lose-unsynced");
  return words;
}

std::expected<void, std::string> Nodes::start(core::NodeId id, bool power) {
  bury(id);
  const int log = open(log_of(id).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const auto pid = lab::spawn({.command = command(id, power), .directory = folder_, .output = log});
  close(log);
  if (!pid) return std::unexpected(pid.error());
  node(id).pid = *pid;
  node(id).paused = false;
  node(id).told = {};
  return {};
}

void Nodes::kill(core::NodeId id) {
  const pid_t pid = std::exchange(node(id).pid, 0);
  node(id).paused = false;
  if (pid == 0) return;
  ::kill(pid, SIGKILL);
  node(id).dying = pid;
}

void Nodes::bury(core::NodeId id) {
  const pid_t pid = std::exchange(node(id).dying, 0);
  while (pid != 0 && waitpid(pid, nullptr, 0) < 0 && errno == EINTR) continue;
}

void Nodes::pause(core::NodeId id) {
  if (!runs(id)) return;
  ::kill(node(id).pid, SIGSTOP);
  node(id).paused = true;
}

void Nodes::resume(core::NodeId id) {
  if (!runs(id)) return;
  ::kill(node(id).pid, SIGCONT);
  node(id).paused = false;
}

// ---- Orders -------------------------------------------------------------------------------------

bool Nodes::tell(core::NodeId id, const std::string& order) const {
  const auto answer = lab::ask_in(folder_of(id), order, answer_limit);
  return answer && answer->starts_with("ok");
}

bool Nodes::is_ready(core::NodeId id) const { return runs(id) && tell(id, "faults"); }

bool Nodes::tell_links_of(core::NodeId id) {
  Node& node = this->node(id);
  std::vector<std::string> orders;
  if (node.wanted.blocked != node.told.blocked) {
    std::string blocked;
    for (const core::NodeId other : node.wanted.blocked) {
      blocked += fmt::format("{}{}", blocked.empty() ? "" : ",", other.value);
    }
    orders.push_back(blocked.empty() ? "heal" : "block " + blocked);
    if (blocked.empty()) node.told.delay_ms.clear();  // that ends delays, too
  }
  for (const auto& [other, told] : node.told.delay_ms) {
    if (!node.wanted.delay_ms.contains(other))
      orders.push_back(fmt::format("delay {} 0", other.value));
  }
  for (const auto& [other, wanted] : node.wanted.delay_ms) {
    const auto told = node.told.delay_ms.find(other);
    if (told != node.told.delay_ms.end() && told->second == wanted) continue;
    orders.push_back(fmt::format("delay {} {}", other.value, wanted));
  }
  for (const std::string& order : orders) {
    if (!tell(id, order)) return false;
  }
  node.told = node.wanted;
  return true;
}

bool Nodes::tell_links() {
  bool all_know = true;
  for (const core::NodeId id : all_) {
    const Node& node = this->node(id);
    if (node.pid == 0 || node.wanted == node.told) continue;
    const bool knows = !node.paused && tell_links_of(id);
    all_know = all_know && knows;
  }
  return all_know;
}

// ---- Looking ------------------------------------------------------------------------------------

std::optional<std::string> Nodes::find_dead() {
  for (const core::NodeId id : all_) {
    Node& node = this->node(id);
    int status = 0;
    if (node.pid == 0 || waitpid(node.pid, &status, WNOHANG) != node.pid) continue;
    node.pid = 0;
    std::string told =
        fmt::format("node {} ended unasked, by {}", id.value, lab::how_it_ended(status));
    for (const std::string& line : lab::last_lines(log_of(id), shown_lines))
      told += "\n  | " + line;
    return told;
  }
  return std::nullopt;
}

std::vector<std::string> Nodes::servers() const {
  std::vector<std::string> servers;
  for (const core::NodeId id : all_) servers.push_back(local(port(id)));
  return servers;
}

}  // namespace torture
