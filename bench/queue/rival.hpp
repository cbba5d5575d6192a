// A task queue as the bench sees it. Each system is one file beside this one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "rig/server.hpp"
#include "rig/systems.hpp"
#include "rig/wrong.hpp"

namespace bench {

/// For both: one connection, used by one thread, with one request (or one batch) on its way.
class Producer {
 public:
  virtual ~Producer() = default;

  /// Returns when the server has said that it has all of these jobs. Throws Wrong.
  virtual void put(const std::vector<std::string>& jobs) = 0;
};

class Worker {
 public:
  virtual ~Worker() = default;

  /// At most `most` jobs; none when there was none for as long as the system waits at least:
  /// beanstalkd a second, the others empty_wait_ms. Throws Wrong.
  virtual std::vector<std::string> take(std::uint32_t most) = 0;

  /// Returns when the server has said that what was taken last is done; RabbitMQ, which says
  /// nothing to that, when it is sent. Throws Wrong.
  virtual void ack() = 0;
};

inline constexpr int empty_wait_ms = 200;

/// A running server; it ends with this object.
class Rival {
 public:
  virtual ~Rival() = default;
  virtual std::unique_ptr<Producer> producer() = 0;

  /// `batch` is the most that it will take at a time.
  virtual std::unique_ptr<Worker> worker(std::uint32_t number, std::uint32_t batch) = 0;

  /// Processor time of the server since it started.
  double processor_seconds() const { return server_->processor_seconds(); }

 protected:
  std::unique_ptr<Server> server_;
};

/// Where a server keeps its data, and whether it may only answer once they are on disk.
struct Setting {
  std::string folder;
  bool durable = true;
};

struct System : Listed {
  std::unique_ptr<Rival> (*start)(const std::string& program, const Setting& setting) = nullptr;
};

std::unique_ptr<Rival> start_ours(const std::string& program, const Setting& setting);
std::unique_ptr<Rival> start_beanstalkd(const std::string& program, const Setting& setting);
std::unique_ptr<Rival> start_redis(const std::string& program, const Setting& setting);
std::unique_ptr<Rival> start_rabbitmq(const std::string& program, const Setting& setting);

/// Ours first. The paths are Debian's; its own rabbitmq-server on the PATH is a script that becomes
/// another user.
inline std::vector<System> all_systems() {
  return {
      {{our_name, BROKER, ""}, start_ours},
      {{"beanstalkd", "/usr/bin/beanstalkd", "beanstalkd"}, start_beanstalkd},
      {{"redis", "/usr/bin/redis-server", "redis-server"}, start_redis},
#ifdef WITH_RABBITMQ
      {{"rabbitmq", "/usr/lib/rabbitmq/bin/rabbitmq-server", "rabbitmq-server"}, start_rabbitmq},
#else
      {{"rabbitmq", "", "rabbitmq-server librabbitmq-dev"}, nullptr},
#endif
  };
}

}  // namespace bench
