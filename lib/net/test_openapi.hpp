// For tests of what a system says of its HTTP: which routes a description tells of.
#pragma once

#include <algorithm>
#include <cctype>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace net {

/// "GET /health" and so on, in order. The file as it is laid out: a path stands two spaces deep,
/// its methods four.
inline std::vector<std::string> described_routes(std::string_view yaml) {
  std::vector<std::string> routes;
  std::istringstream in{std::string(yaml)};
  std::string path;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("  /")) path = line.substr(2, line.size() - 3);
    for (const std::string method : {"get", "put", "post", "delete", "patch", "head", "options"}) {
      if (line != "    " + method + ":") continue;
      std::string& route = routes.emplace_back(method + " " + path);
      std::ranges::transform(method, route.begin(),
                             [](unsigned char c) { return std::toupper(c); });
    }
  }
  std::ranges::sort(routes);
  return routes;
}

/// Those of an Api, in order, with what the host answers itself.
inline std::vector<std::string> served_routes(std::vector<std::string> of_api) {
  for (const char* route : {"GET /health", "GET /metrics", "GET /state"}) of_api.push_back(route);
  std::ranges::sort(of_api);
  return of_api;
}

}  // namespace net
