#include "net/routes.hpp"

#include <gtest/gtest.h>

namespace net {
namespace {

RouteTable table() {
  RouteTable table;
  table.add("GET", "/queues/{q}");
  table.add("PUT", "/queues/{q}");
  table.add("POST", "/queues/{q}/tasks/{id}/ack");
  return table;
}

HttpRequest request(std::string method, std::string path) {
  HttpRequest request;
  request.method = std::move(method);
  request.path = std::move(path);
  return request;
}

TEST(Routes, FindTheHandlerAndWhatStandsInThePlaces) {
  const auto found = table().find(request("POST", "/queues/a%2Fb/tasks/17/ack"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->route, 2u);
  EXPECT_EQ(found->parameters, (PathParameters{"a/b", "17"}));
}

TEST(Routes, TellAWrongPathFromAWrongMethodAndABrokenEscape) {
  EXPECT_EQ(table().find(request("GET", "/queue/x")).error().status, 404u);
  EXPECT_EQ(table().find(request("GET", "/queues/")).error().status, 404u);
  EXPECT_EQ(table().find(request("GET", "/queues/x/")).error().status, 404u);
  const auto method = table().find(request("DELETE", "/queues/x"));
  EXPECT_EQ(method.error().status, 405u);
  EXPECT_EQ(method.error().header("allow"), "GET, HEAD, PUT");
  for (const char* path : {"/queues/%", "/queues/%4", "/queues/%zz", "/queues/%00"}) {
    EXPECT_EQ(table().find(request("GET", path)).error().status, 400u) << path;
  }
}

TEST(Routes, TellTheirNamesAsTheyWereAdded) {
  EXPECT_EQ(table().names(), (std::vector<std::string>{"GET /queues/{q}", "PUT /queues/{q}",
                                                       "POST /queues/{q}/tasks/{id}/ack"}));
}

TEST(Problem, IsJsonWhateverItsDetail) {
  EXPECT_EQ(problem(404, "a \"b\"\n\xff").body.view(),
            "{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404,"
            "\"detail\":\"a \\\"b\\\"\\u000a?\"}\n");
}

}  // namespace
}  // namespace net
