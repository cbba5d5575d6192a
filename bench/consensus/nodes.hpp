// A cluster of servers on this machine; what differs between systems is how a node is started,
// asked and found to lead.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cluster.hpp"
#include "rig/http.hpp"
#include "rig/server.hpp"

namespace bench {

class Nodes : public Cluster {
 public:
  std::vector<std::unique_ptr<Client>> clients(std::uint32_t count) override;
  double processor_seconds() const override;
  void require_running() const override;

 protected:
  struct Ports {
    std::uint16_t clients = 0;
    std::uint16_t peers = 0;
  };

  /// Takes free ports for all nodes, so that each can be told of the others at its start.
  explicit Nodes(const Setting& setting);

  /// Node 1 is the first.
  const std::vector<Ports>& ports() const { return ports_; }

  /// The next node, which is called `name` and takes clients at its port once it is up.
  void start(const std::string& name, const std::vector<std::string>& command);

  /// Returns when all take connections.
  void wait_for_all();

  virtual bool leads(HttpConnection& node) const = 0;
  virtual std::unique_ptr<Client> client_of(std::uint16_t port) const = 0;

 private:
  std::uint16_t leaders_port() const;

  std::string folder_;
  std::vector<Ports> ports_;
  std::vector<std::unique_ptr<Server>> servers_;
};

/// The outcome that an answer of this status has in both systems. Throws Wrong if it has none.
Outcome outcome_of(const HttpConnection::Answer& answer, int done);

}  // namespace bench
