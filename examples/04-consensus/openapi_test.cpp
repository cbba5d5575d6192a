// The description of a node's HTTP: that it is served, and that it tells of every route and of no
// other. Whether each answer is as described is tried in tests/real/test_cluster_openapi.py.
#include "openapi.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "http.hpp"
#include "net/test_openapi.hpp"

namespace raft {
namespace {

TEST(RaftOpenApi, IsServedAsItStandsInTheFile) {
  net::HttpRequest request;
  request.path = "/openapi.yaml";
  const auto asked = Api().command(Raft({}, 0), request);
  ASSERT_FALSE(asked.has_value());
  EXPECT_EQ(asked.error().status, 200U);
  EXPECT_EQ(asked.error().content_type, "application/yaml");
  std::ifstream file(std::filesystem::path(__FILE__).parent_path() / "openapi.yaml");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_TRUE(text.starts_with("# A node's HTTP"));
  EXPECT_EQ(asked.error().body.view(), text);
}

TEST(RaftOpenApi, TellsOfEveryRouteAndOfNoOther) {
  EXPECT_EQ(net::described_routes(openapi_yaml()), net::served_routes(Api().routes()));
}

}  // namespace
}  // namespace raft
