// A key-value store on several nodes as the bench sees it. Each system is one file beside this one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "rig/systems.hpp"
#include "rig/wrong.hpp"

namespace bench {

/// What became of a request.
enum class Outcome : std::uint8_t {
  done,
  no_such_key,
  unavailable  // the cluster has no leader, or lost it: a put may have been done, or be done yet
};

/// One connection to one node, with one request on its way. Throws Wrong for every answer that is
/// none of these outcomes.
class Client {
 public:
  virtual ~Client() = default;

  virtual void send_put(const std::string& key, std::string_view value) = 0;

  /// Waits for the answer. Done: a majority has it on disk.
  virtual Outcome receive_put() = 0;

  /// Linearizable.
  virtual void send_get(const std::string& key) = 0;

  /// Waits for the answer. The value is only touched if there is one.
  virtual Outcome receive_get(std::string& value) = 0;

  /// Readable when an answer is there.
  virtual int descriptor() const = 0;
};

/// Nodes that run; they end with this object.
class Cluster {
 public:
  virtual ~Cluster() = default;

  /// Looks up who leads, waits for a leader if there is none, and connects to it. Throws Wrong.
  virtual std::vector<std::unique_ptr<Client>> clients(std::uint32_t count) = 0;

  /// Processor time of all nodes since they started.
  virtual double processor_seconds() const = 0;

  /// Throws Wrong if a node has ended.
  virtual void require_running() const = 0;
};

/// Where the nodes keep their data, each in a folder of its own, and how many they are.
struct Setting {
  std::string folder;
  std::uint32_t nodes = 3;
};

struct System : Listed {
  std::unique_ptr<Cluster> (*start)(const std::string& program, const Setting& setting) = nullptr;
};

std::unique_ptr<Cluster> start_ours(const std::string& program, const Setting& setting);
std::unique_ptr<Cluster> start_etcd(const std::string& program, const Setting& setting);

}  // namespace bench
