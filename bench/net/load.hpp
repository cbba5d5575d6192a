// A load generator: kept connections with one request under way on each.
#pragma once

#include <cstdint>
#include <expected>
#include <string>

namespace bench {

struct Load {
  std::uint32_t connections = 64;
  std::uint32_t requests = 100'000;  // over all connections
  std::string request;               // as it goes over the socket
  std::string body;                  // what every response must end with
};

/// Requests a second, or what went wrong. All connections stand before the clock starts.
std::expected<double, std::string> measure(std::uint16_t port, const Load& load);

}  // namespace bench
