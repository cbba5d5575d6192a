// The nodes of a round: processes with ports and a data folder each, that stay their own over
// restarts.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <expected>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/ids.hpp"
#include "plan.hpp"
#include "scripted_client.hpp"

namespace torture {

/// How the links of a node are to be: what `./lab partition` and `./lab delay` would order.
struct Links {
  std::set<core::NodeId> blocked;
  std::map<core::NodeId, std::uint32_t> delay_ms;

  friend bool operator==(const Links&, const Links&) = default;
};

class Nodes {
 public:
  /// `program` is the node to run; `folder` gets a folder and a log for each.
  Nodes(std::filesystem::path program, std::filesystem::path folder, const Scenario& scenario);
  Nodes(const Nodes&) = delete;
  Nodes& operator=(const Nodes&) = delete;
  ~Nodes();  // kills all that run

  const std::vector<core::NodeId>& all() const { return all_; }
  bool runs(core::NodeId id) const { return node(id).pid > 0; }
  bool is_paused(core::NodeId id) const { return node(id).paused; }

  /// With `power` a later kill() also loses what the node has not synced to its disk. Waits until
  /// the process before is gone.
  std::expected<void, std::string> start(core::NodeId id, bool power);
  /// Does not wait, so that several go down at the same moment.
  void kill(core::NodeId id);
  void pause(core::NodeId id);
  void resume(core::NodeId id);

  void set_links(core::NodeId id, const Links& links) { node(id).wanted = links; }
  /// Tells every node that can hear it what its links are to be, if it was not told. True when
  /// nothing is left to tell.
  bool tell_links();

  /// Whether it takes orders, and so has opened its ports.
  bool is_ready(core::NodeId id) const;
  /// Of a node that ended unasked: how, and the end of its log.
  std::optional<std::string> find_dead();

  std::vector<std::string> servers() const;  // "host:port" of each node's HTTP
  const raft::Addresses& addresses() const { return addresses_; }
  std::uint16_t port(core::NodeId id) const { return node(id).port; }
  std::filesystem::path log_of(core::NodeId id) const;

 private:
  struct Node {
    std::uint16_t port = 0;
    pid_t pid = 0;    // 0: it does not run
    pid_t dying = 0;  // killed, and not gone yet
    bool paused = false;
    Links wanted;
    Links told;
  };

  Node& node(core::NodeId id) { return nodes_.at(id.value - 1); }
  const Node& node(core::NodeId id) const { return nodes_.at(id.value - 1); }
  void bury(core::NodeId id);
  std::filesystem::path folder_of(core::NodeId id) const;
  std::vector<std::string> command(core::NodeId id, bool power) const;
  bool tell(core::NodeId id, const std::string& order) const;
  bool tell_links_of(core::NodeId id);

  std::filesystem::path program_;
  std::filesystem::path folder_;
  raft::Options options_;
  core::Duration sync_;  // of a disk, at least
  std::vector<core::NodeId> all_;
  std::vector<Node> nodes_;
  raft::Addresses addresses_;
};

}  // namespace torture
