// Nodes that talk to each other.
#include <gtest/gtest.h>

#include <string>

#include "net/test_node.hpp"
#include "wire/frame.hpp"

namespace net {
namespace {

NodeOptions options_of(std::uint32_t node, std::uint16_t peer_port) {
  NodeOptions options;
  options.node = core::NodeId{node};
  options.peers = Listen{"127.0.0.1", peer_port};
  options.peer_limits.last_retry_ms = 100;
  return options;
}

toy::Setup to(std::uint32_t node, std::uint16_t port) {
  return {{{core::NodeId{node}, "127.0.0.1:" + std::to_string(port)}}};
}

/// Tells until it was heard: what is sent before the link stands is lost, as the contract allows.
void tell_until_heard(TestNode& from, TestNode& by, const std::string& text) {
  while (body_of(ask(by.port(), "/heard")).find(text) == std::string::npos)
    ask(from.port(), "/tell/" + text);
}

TEST(PeerLinks, CarryMessages) {
  TestNode listener(options_of(2, 0));
  TestNode speaker(options_of(1, 0), to(2, listener.peer_port()));
  tell_until_heard(speaker, listener, "hello");
}

TEST(PeerLinks, ConnectAgainAfterThePeerWasAway) {
  std::uint16_t port = 0;
  auto first = std::make_unique<TestNode>(options_of(2, 0));
  port = first->peer_port();
  TestNode speaker(options_of(1, 0), to(2, port));
  tell_until_heard(speaker, *first, "before");
  first.reset();
  TestNode second(options_of(2, port));
  tell_until_heard(speaker, second, "after");
}

TEST(PeerLinks, DropWhatIsBeyondTheLimitAndCountIt) {
  NodeOptions options = options_of(1, 0);
  options.peer_limits.max_queued_bytes = 50;
  TestNode nobody(options_of(2, 0));
  const std::uint16_t port = nobody.peer_port();
  nobody.stop();
  TestNode speaker(options, to(2, port));
  for (int i = 0; i < 10; ++i) ask(speaker.port(), "/tell/0123456789");
  const std::string metrics = ask(speaker.port(), "/metrics");
  EXPECT_EQ(metrics.find("lab_peer_messages_dropped_total 0\n"), std::string::npos) << metrics;
}

TEST(PeerLinks, RefuseANodeOfAnotherCluster) {
  TestNode listener(options_of(2, 0));
  NodeOptions other = options_of(1, 0);
  other.cluster = "another";
  TestNode speaker(other, to(2, listener.peer_port()));
  while (ask(listener.port(), "/metrics").find("lab_peer_refused_total 0\n") != std::string::npos) {
  }
  ask(speaker.port(), "/tell/spy");
  EXPECT_EQ(body_of(ask(listener.port(), "/heard")), "");
}

TEST(PeerLinks, RefuseWhatIsNoFrame) {
  TestNode listener(options_of(2, 0));
  RawSocket socket(listener.peer_port());
  socket.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(socket.read_to_end(), "");
}

TEST(PeerLinks, GiveUpOnAConnectionThatSaysNothing) {
  NodeOptions options = options_of(2, 0);
  options.peer_limits.hello_timeout_ms = 50;
  TestNode listener(options);
  RawSocket socket(listener.peer_port());
  EXPECT_EQ(socket.read_to_end(), "");
}

}  // namespace
}  // namespace net
