// What the loop counts, as Prometheus reads it (text format 0.0.4).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace net {

struct Metrics {
  std::uint64_t connections = 0;
  std::uint64_t requests = 0;
  std::array<std::uint64_t, 6> responses{};  // by the status's first digit
  std::uint64_t socket_writes = 0;
  std::uint64_t turns = 0;
  std::uint64_t disk_writes = 0;
  std::uint64_t disk_syncs = 0;
  std::uint64_t open_connections = 0;
  std::uint64_t open_requests = 0;

  void count_response(std::uint32_t status) { ++responses[status / 100 < 6 ? status / 100 : 5]; }
  std::string text() const;
};

/// One metric: its help, its type and its value.
void append_metric(std::string& out, std::string_view name, std::string_view type,
                   std::string_view help, std::uint64_t value);

}  // namespace net
