// Links that are blocked and delayed on purpose, between nodes on real sockets.
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

#include "net/test_peers.hpp"

namespace net {
namespace {

/// A node with a folder, and so with a socket for orders.
class MisbehavingNode {
 public:
  explicit MisbehavingNode(NodeOptions options, const toy::Setup& setup = {}) {
    options.lab = true;
    options.data_dir = folder_ / "data";
    node_ = std::make_unique<TestNode>(options, setup);
  }

  TestNode& node() { return *node_; }
  std::uint16_t port() const { return node_->port(); }

  void order(const std::string& line) {
    RawSocket socket(folder_ / "data/control");
    socket.send(line + "\n");
    EXPECT_EQ(socket.read_to("\n"), "ok\n");
  }
  std::uint64_t counted(const std::string& name) const {
    return metric(port(), "lab_peer_messages_" + name);
  }

 private:
  TemporaryFolder folder_;
  std::unique_ptr<TestNode> node_;
};

class PeerFaults : public testing::Test {
 protected:
  PeerFaults()
      : listener_(options_of(2)), speaker_(options_of(1), peer(2, listener_.node().peer_port())) {
    tell_until_heard(speaker_.node(), listener_.node(), "first");
    wait_until(
        [&] { return listener_.counted("received_total") == speaker_.counted("sent_total"); });
  }

  void tell(const std::string& text) { ask(speaker_.port(), "/tell/" + text); }
  /// What was heard after the first word, which may have been said more than once.
  std::string heard_since() const {
    const std::string all = body_of(ask(listener_.port(), "/heard"));
    return all.substr(all.find_last_of('t') + 1);
  }

  MisbehavingNode listener_;
  MisbehavingNode speaker_;
};

TEST_F(PeerFaults, WhoBlocksAPeerSendsItNothingAndCountsThat) {
  speaker_.order("block 2");
  const std::uint64_t sent = speaker_.counted("sent_total");
  tell("a");
  ask(speaker_.port(), "/tell_bulk/b");
  EXPECT_EQ(speaker_.counted("blocked_total"), 2u);
  EXPECT_EQ(speaker_.counted("sent_total"), sent);
  speaker_.order("heal");
  tell("c");
  wait_until([&] { return heard_since() == "c"; });
}

TEST_F(PeerFaults, WhoBlocksAPeerHearsNothingFromItThoughThePeerWasNotTold) {
  listener_.order("block 1");
  tell("a");
  ask(speaker_.port(), "/tell_bulk/b");
  wait_until([&] { return listener_.counted("blocked_total") == 2; });
  EXPECT_EQ(heard_since(), "");
  listener_.order("heal");
  tell("c");
  wait_until([&] { return heard_since() == "c"; });
  EXPECT_EQ(speaker_.counted("blocked_total"), 0u);
}

TEST_F(PeerFaults, OthersAreHeardWhileOneIsBlocked) {
  listener_.order("block 1");
  RawSocket third(listener_.node().peer_port());
  third.send(hello(3, 2) + message("x"));
  wait_until([&] { return heard_since() == "x"; });
}

TEST_F(PeerFaults, ABlockedLinkStandsAndWorksAgainWithoutANewConnection) {
  listener_.order("block 1");
  speaker_.order("block 2");
  tell("a");
  const std::uint64_t failures = metric(speaker_.port(), "lab_peer_failures_total");
  listener_.order("heal");
  speaker_.order("heal");
  tell("b");
  wait_until([&] { return heard_since() == "b"; });
  EXPECT_EQ(metric(speaker_.port(), "lab_peer_failures_total"), failures);
}

TEST(PeerDelays, SendLaterAndInOrder) {
  TestPort port;
  MisbehavingNode speaker(options_of(1), peer(2, port.number()));
  auto links = links_to(port);
  speaker.order("delay 2 100");
  const auto begun = std::chrono::steady_clock::now();
  RawSocket socket(speaker.port());
  std::string all;
  for (int i = 0; i < 9; ++i) all += get("/tell/" + std::to_string(i));
  socket.send(all + get("/tell_bulk/snapshot"));
  FrameSocket& control = links.at(core::Lane::control);
  for (int i = 0; i < 9; ++i) EXPECT_EQ(control.text(), std::to_string(i));
  EXPECT_EQ(links.at(core::Lane::bulk).text(), "snapshot");
  EXPECT_GE(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(100));
}

TEST(PeerDelays, KeepTheOrderAndLetGoAtOnceWhenTheyEnd) {
  TestPort port;
  MisbehavingNode speaker(options_of(1), peer(2, port.number()));
  auto links = links_to(port);
  speaker.order("delay 2 60000");
  ask(speaker.port(), "/tell/before");
  ask(speaker.port(), "/tell_bulk/snapshot");
  EXPECT_EQ(speaker.counted("held"), 2u);
  speaker.order("delay 2 0");
  EXPECT_EQ(speaker.counted("held"), 0u);
  ask(speaker.port(), "/tell/after");
  EXPECT_EQ(links.at(core::Lane::control).text(), "before");
  EXPECT_EQ(links.at(core::Lane::control).text(), "after");
  EXPECT_EQ(links.at(core::Lane::bulk).text(), "snapshot");
}

TEST(PeerDelays, LoseWhatIsOnItsWayWhenTheLinkIsBlocked) {
  TestPort port;
  MisbehavingNode speaker(options_of(1), peer(2, port.number()));
  auto links = links_to(port);
  speaker.order("delay 2 60000");
  ask(speaker.port(), "/tell/lost");
  speaker.order("block 2");
  EXPECT_EQ(speaker.counted("held"), 0u);
  EXPECT_EQ(speaker.counted("blocked_total"), 1u);
  speaker.order("heal");
  ask(speaker.port(), "/tell/heard");
  EXPECT_EQ(links.at(core::Lane::control).text(), "heard");
}

TEST(PeerDelays, HoldNoMoreThanALinkMayQueueAndCountTheRest) {
  TestPort port;
  NodeOptions options = options_of(1);
  options.peer_limits.max_queued_bytes = 10'000;
  MisbehavingNode speaker(options, peer(2, port.number()));
  auto links = links_to(port);
  speaker.order("delay 2 60000");
  while (speaker.counted("dropped_total") == 0)
    ask(speaker.port(), "/tell/" + std::string(500, 'x'));
  const std::uint64_t held = speaker.counted("held");
  EXPECT_GT(held, 10u);
  EXPECT_LE(held, 20u);
  ask(speaker.port(), "/tell_bulk/other");
  EXPECT_EQ(speaker.counted("held"), held + 1);
  speaker.order("heal");
  for (std::uint64_t i = 0; i < held; ++i) {
    EXPECT_EQ(links.at(core::Lane::control).text().size(), 500u);
  }
}

TEST(PeerDelays, DoNotOutliveTheConnection) {
  TestPort port;
  MisbehavingNode speaker(options_of(1), peer(2, port.number()));
  {
    auto links = links_to(port);
    speaker.order("delay 2 60000");
    ask(speaker.port(), "/tell/old");
    EXPECT_EQ(speaker.counted("held"), 1u);
  }
  auto links = links_to(port);
  wait_until([&] { return speaker.counted("held") == 0; });
  speaker.order("heal");
  ask(speaker.port(), "/tell/new");
  EXPECT_EQ(links.at(core::Lane::control).text(), "new");
}

}  // namespace
}  // namespace net
