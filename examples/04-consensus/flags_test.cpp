#include "flags.hpp"

#include <gtest/gtest.h>

#include <string>

namespace raft {
namespace {

const std::string three = "1=127.0.0.1:4411,2=node-2:4410,3=[::1]:4413";

net::NodeOptions options_of(std::uint32_t id) {
  net::NodeOptions options;
  options.node = {id};
  options.peers.emplace();
  return options;
}

TEST(RaftFlags, ReadTheVotersAndTheirAddresses) {
  EXPECT_EQ(peers_in(""), std::vector<core::Peer>());
  EXPECT_EQ(peers_in(three),
            (std::vector<core::Peer>{
                {{1}, "127.0.0.1:4411"}, {{2}, "node-2:4410"}, {{3}, "[::1]:4413"}}));
  for (const std::string wrong : {"1", "1=", "=a:1", "0=a:1", "x=a:1", "1=a", "1=a:0", "1=a:1,",
                                  ",1=a:1", "1=a:1 2=b:1", "4294967296=a:1"}) {
    EXPECT_TRUE(!peers_in(wrong) && peers_in(wrong).error().contains("is not ID=HOST:PORT"))
        << wrong;
  }
  EXPECT_EQ(peers_in("1=a:1,1=b:1").error(), "node 1 stands twice");
}

TEST(RaftFlags, PortsFollowFromTheIdAndFromTheVoters) {
  net::NodeOptions options = options_of(2);
  Config config;
  ASSERT_TRUE(agree(*peers_in(three), {}, options, config));
  EXPECT_EQ(options.http.port, 4402);
  EXPECT_EQ(options.peers->port, 4410);
  EXPECT_EQ(config.self, core::NodeId{2});
  EXPECT_EQ(config.members.size(), 3u);
  net::NodeOptions alone = options_of(6);
  ASSERT_TRUE(agree({}, {}, alone, config));
  EXPECT_EQ(alone.http.port, 4406);
  EXPECT_EQ(alone.peers->port, 4416);
  EXPECT_TRUE(config.members.empty());
}

TEST(RaftFlags, APortThatIsSaidStays) {
  net::NodeOptions options = options_of(1);
  options.http.port = 7;
  options.peers->port = 8;
  Config config;
  ASSERT_TRUE(agree(*peers_in(three), {false, false}, options, config));
  EXPECT_EQ(options.http.port, 7);
  EXPECT_EQ(options.peers->port, 8);
}

TEST(RaftFlags, RefuseWhatDoesNotGoTogether) {
  const auto wrong = [](std::uint32_t id, const std::string& peers, Config config = {}) {
    net::NodeOptions options = options_of(id);
    const auto agreed = agree(*peers_in(peers), {}, options, config);
    return agreed ? std::string() : agreed.error();
  };
  EXPECT_EQ(wrong(1, three), "");
  EXPECT_EQ(wrong(0, three), "--id must be 1 or more");
  EXPECT_TRUE(wrong(4, three).starts_with("--peers does not name node 4 itself"));
  EXPECT_EQ(wrong(70'000, ""), "an id so large needs --port");
  Config slow;
  slow.heartbeat_ms = slow.election_timeout_ms;
  EXPECT_TRUE(wrong(1, three, slow).starts_with("--heartbeat-ms must be less"));
  std::string many = "1=a:1";
  for (int id = 2; id <= 16; ++id) many += "," + std::to_string(id) + "=a:1";
  EXPECT_EQ(wrong(1, many), "--peers: a cluster has at most 15 members");
}

}  // namespace
}  // namespace raft
