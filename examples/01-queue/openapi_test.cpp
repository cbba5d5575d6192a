// The description of the broker's HTTP: that it is served, and that it tells of every route and of
// no other. Whether each answer is as described is tried in tests/real/test_openapi.py.
#include "openapi.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "http.hpp"
#include "messages_wire.hpp"

namespace queue {
namespace {

/// What the host answers itself.
const std::vector<std::string> host_routes = {"GET /health", "GET /metrics", "GET /state"};

/// The file as it is laid out: a path stands two spaces deep, its methods four.
std::vector<std::string> described_routes() {
  std::vector<std::string> routes;
  std::istringstream in{std::string(openapi_yaml())};
  std::string path;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("  /")) path = line.substr(2, line.size() - 3);
    for (const std::string method : {"get", "put", "post", "delete", "patch", "head", "options"}) {
      if (line != "    " + method + ":") continue;
      std::string& route = routes.emplace_back(method + " " + path);
      std::ranges::transform(method, route.begin(), [](unsigned char c) { return toupper(c); });
    }
  }
  std::ranges::sort(routes);
  return routes;
}

TEST(QueueOpenApi, IsServedAsItStandsInTheFile) {
  net::HttpRequest request;
  request.path = "/openapi.yaml";
  const auto asked = Api().command(request);
  ASSERT_FALSE(asked.has_value());
  EXPECT_EQ(asked.error().status, 200U);
  EXPECT_EQ(asked.error().content_type, "application/yaml");
  std::ifstream file(std::filesystem::path(__FILE__).parent_path() / "openapi.yaml");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_TRUE(text.starts_with("# The broker's HTTP"));
  EXPECT_EQ(asked.error().body.view(), text);
}

TEST(QueueOpenApi, TellsOfEveryRouteAndOfNoOther) {
  std::vector<std::string> served = Api().routes();
  served.insert(served.end(), host_routes.begin(), host_routes.end());
  std::ranges::sort(served);
  EXPECT_EQ(described_routes(), served);
}

}  // namespace
}  // namespace queue
