#include "net/program.hpp"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace net {
namespace {

/// None when the flags were taken; otherwise what is said about them.
template <class Add, class Options>
std::string told(Add add, Options& options, std::vector<std::string> flags) {
  CLI::App app;
  add(app, options);
  try {
    std::ranges::reverse(flags);  // as CLI11 wants them
    app.parse(flags);
  } catch (const CLI::ParseError& error) {
    return error.what();
  }
  return "";
}

TEST(Program, TakesTheFlagsThatEveryNodeHas) {
  NodeOptions options;
  EXPECT_EQ(told(add_node_flags, options,
                 {"--port", "4100", "--listen", "0.0.0.0", "--allow-host", "broker", "--allow-host",
                  "queue", "--data-dir", "data", "--lose-unsynced", "--sync-us", "900", "--record",
                  "trace", "--seed", "7", "--drain-ms", "5"}),
            "");
  EXPECT_EQ(options.http.port, 4100);
  EXPECT_EQ(options.http.address, "0.0.0.0");
  EXPECT_EQ(options.allowed_hosts, (std::vector<std::string>{"broker", "queue"}));
  EXPECT_EQ(options.data_dir, "data");
  EXPECT_TRUE(options.lose_unsynced);
  EXPECT_EQ(options.sync_us, 900u);
  EXPECT_EQ(options.record, "trace");
  EXPECT_EQ(options.seed, 7u);
  EXPECT_EQ(options.drain_ms, 5u);
}

TEST(Program, TakesFlagsAboutPeersOnlyWhereThereArePeers) {
  NodeOptions alone;
  EXPECT_NE(told(add_node_flags, alone, {"--id", "2"}), "");
  EXPECT_NE(told(add_node_flags, alone, {"--lab"}), "");
  NodeOptions member;
  member.peers.emplace();
  EXPECT_EQ(told(add_node_flags, member,
                 {"--id", "2", "--cluster", "blue", "--peer-port", "4201", "--peer-listen",
                  "0.0.0.0", "--lab"}),
            "");
  EXPECT_EQ(member.node, core::NodeId{2});
  EXPECT_EQ(member.cluster, "blue");
  EXPECT_EQ(member.peers->port, 4201);
  EXPECT_EQ(member.peers->address, "0.0.0.0");
  EXPECT_TRUE(member.lab);
}

TEST(Program, RefusesValuesThatMakeNoSense) {
  NodeOptions options;
  for (const char* port : {"65536", "-1", "http"}) {
    EXPECT_NE(told(add_node_flags, options, {"--port", port}), "") << port;
  }
  EXPECT_NE(told(add_node_flags, options, {"--prot", "1"}), "");
}

TEST(Program, TakesTheFlagsThatEveryClientHas) {
  ClientHostOptions options;
  options.client.servers = {"127.0.0.1:4100"};
  EXPECT_EQ(told(add_client_flags, options,
                 {"--server", "a:1", "--server", "b:2", "--record", "trace", "--seed", "7"}),
            "");
  EXPECT_EQ(options.client.servers, (std::vector<std::string>{"a:1", "b:2"}));
  EXPECT_EQ(options.record, "trace");
  EXPECT_EQ(options.seed, 7u);
}

TEST(Program, ExitsWithOneAfterAnError) {
  EXPECT_EQ(exit_code({}), 0);
  EXPECT_EQ(exit_code(std::unexpected("it failed")), 1);
}

}  // namespace
}  // namespace net
