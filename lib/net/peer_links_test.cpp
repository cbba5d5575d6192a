// Nodes that talk to each other, and what else may come to a peer's port.
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "net/test_peers.hpp"
#include "wire/crc32c.hpp"
#include "wire/golden_test.hpp"

namespace net {
namespace {

TEST(PeerLinks, SayHelloInTheFormThatOtherVersionsKnow) {
  wire::Golden golden("peer");
  golden.add("a hello", Hello{"lab", core::NodeId{1}, core::NodeId{2}, core::Lane::bulk});
  golden.add_bytes("the frame with a hello", hello(1, 2));
  golden.add_bytes("the frame with a message", message("hi"));
  golden.check();
}

TEST(PeerLinks, CarryMessagesFromNodeToNode) {
  TestNode listener(options_of(2));
  TestNode speaker(options_of(1), peer(2, listener.peer_port()));
  tell_until_heard(speaker, listener, "hello");
}

TEST(PeerLinks, UseTwoConnectionsSoThatBulkDelaysNoControl) {
  TestPort port;
  TestNode speaker(options_of(1), peer(2, port.number()));
  auto links = links_to(port);
  ASSERT_EQ(links.size(), 2u);
  ask(speaker.port(), "/tell_bulk/snapshot");
  ask(speaker.port(), "/tell/vote");
  EXPECT_EQ(links.at(core::Lane::bulk).text(), "snapshot");
  EXPECT_EQ(links.at(core::Lane::control).text(), "vote");
}

TEST(PeerLinks, WriteWhatOneTurnSaysInOnePieceAndInOrder) {
  TestPort port;
  TestNode speaker(options_of(1), peer(2, port.number()));
  auto links = links_to(port);
  RawSocket socket(speaker.port());
  std::string all;
  for (int i = 0; i < 9; ++i) all += get("/tell/" + std::to_string(i));
  socket.send(all);
  for (int i = 0; i < 9; ++i) {
    EXPECT_EQ(links.at(core::Lane::control).text(), std::to_string(i));
  }
}

TEST(PeerLinks, OpenAndCloseAsTheCoreSays) {
  TestPort port;
  TestNode speaker(options_of(1));
  EXPECT_EQ(metric(speaker.port(), "lab_peer_messages_sent_total"), 0u);
  RawSocket socket(speaker.port());
  socket.send(post("/peers", "2@" + port.address()));
  auto links = links_to(port);
  socket.send(post("/peers", ""));
  for (auto& [lane, link] : links) EXPECT_EQ(link.socket().read_to_end(), "");
}

TEST(PeerLinks, ConnectAgainAfterThePeerWasAway) {
  std::uint16_t port = 0;
  auto first = std::make_unique<TestNode>(options_of(2));
  port = first->peer_port();
  TestNode speaker(options_of(1), peer(2, port));
  tell_until_heard(speaker, *first, "before");
  first.reset();
  TestNode second(options_of(2, port));
  tell_until_heard(speaker, second, "after");
}

TEST(PeerLinks, WaitLongerAndLongerForAPeerThatClosesEveryConnection) {
  TestPort port;
  NodeOptions options = options_of(1);
  options.peer_limits.last_retry_ms = 3'600'000;
  const auto begun = std::chrono::steady_clock::now();
  TestNode speaker(options, peer(2, port.number()));
  // Two links: the 16th connection is at least the 8th of one of them, and before it that link has
  // waited at least half of 1, 2, 4, 8, 16, 32 and 64 ms.
  for (int i = 0; i < 16; ++i) port.accept();
  const auto waited = std::chrono::steady_clock::now() - begun;
  EXPECT_GE(waited, std::chrono::milliseconds(1 + 2 + 4 + 8 + 16 + 32));
}

TEST(PeerLinks, GiveUpOnAConnectThatHangs) {
  const SilentPort port;
  NodeOptions options = options_of(1);
  options.peer_limits.connect_timeout_ms = 20;
  TestNode speaker(options, peer(2, port.number()));
  wait_until([&] { return metric(speaker.port(), "lab_peer_failures_total") >= 4; });
}

TEST(PeerLinks, DropWhatIsSaidWithoutAConnectionAndCountIt) {
  const SilentPort port;
  TestNode speaker(options_of(1), peer(2, port.number()));
  ask(speaker.port(), "/echo/the-core-has-named-its-peer");
  ask(speaker.port(), "/tell/unheard");
  EXPECT_EQ(metric(speaker.port(), "lab_peer_messages_dropped_total"), 1u);
  EXPECT_EQ(metric(speaker.port(), "lab_peer_messages_sent_total"), 0u);
}

TEST(PeerLinks, DropWhatIsBeyondTheLimitOfTheQueueAndCountIt) {
  TestPort port;
  NodeOptions options = options_of(1);
  options.peer_limits.max_queued_bytes = 2 << 20;
  TestNode speaker(options, peer(2, port.number()));
  auto links = links_to(port);  // nobody reads on from here
  RawSocket socket(speaker.port());
  const auto counted = [&](const std::string& name) {
    return metric(speaker.port(), "lab_peer_messages_" + name + "_total");
  };
  while (counted("dropped") == 0) {
    socket.send(post("/tell", std::string(1 << 20, 'x')));
    EXPECT_EQ(body_of(socket.read_response()), "told");
  }
  const std::uint64_t sent = counted("sent");
  EXPECT_LE(sent, 32u);  // the kernel's buffers hold some
  ask(speaker.port(), "/tell_bulk/other");
  EXPECT_EQ(links.at(core::Lane::bulk).text(), "other");
  for (std::uint64_t i = 0; i < sent; ++i) {
    EXPECT_EQ(links.at(core::Lane::control).text().size(), 1u << 20);
  }
}

TEST(PeerLinks, DropAMessageThatIsTooLargeForAnyPeer) {
  TestPort port;
  NodeOptions options = options_of(1);
  options.peer_limits.max_message_bytes = 100;
  TestNode speaker(options, peer(2, port.number()));
  auto links = links_to(port);
  ask(speaker.port(), "/tell/" + std::string(200, 'x'));
  ask(speaker.port(), "/tell/short");
  EXPECT_EQ(links.at(core::Lane::control).text(), "short");
  EXPECT_EQ(metric(speaker.port(), "lab_peer_messages_dropped_total"), 1u);
}

TEST(PeerLinks, ConnectAgainWhenAPeerTakesNoBytes) {
  TestPort port;
  NodeOptions options = options_of(1);
  options.peer_limits.write_timeout_ms = 50;
  TestNode speaker(options, peer(2, port.number()));
  auto links = links_to(port);
  RawSocket socket(speaker.port());
  for (int i = 0; i < 16; ++i) {
    socket.send(post("/tell", std::string(1 << 20, 'x')));
    socket.read_response();
  }
  FrameSocket again(port.accept());
  EXPECT_EQ(again.hello().lane, core::Lane::control);
}

TEST(PeerLinks, BelieveTheNewestConnectionOfAPeer) {
  TestNode listener(options_of(2));
  RawSocket older(listener.peer_port());
  older.send(hello(1, 2) + message("older "));
  RawSocket bulk(listener.peer_port());
  bulk.send(hello(1, 2, core::Lane::bulk) + message("bulk "));
  wait_until([&] { return heard(listener).size() == 11; });
  RawSocket newer(listener.peer_port());
  newer.send(hello(1, 2) + message("newer "));
  EXPECT_EQ(older.read_to_end(), "");
  bulk.send(message("bulk "));
  wait_until([&] { return heard(listener).size() == 22; });
  EXPECT_FALSE(newer.has_news(0));
}

TEST(PeerLinks, TakeFramesThatComeByteByByte) {
  TestNode listener(options_of(2));
  RawSocket socket(listener.peer_port());
  for (const char c : hello(1, 2) + message("slow")) socket.send(std::string(1, c));
  wait_until([&] { return heard(listener) == "slow"; });
}

struct Hostile {
  const char* name;
  std::string sent;
};

/// The same frame with one byte turned around.
std::string turned(std::string frame, std::size_t at) {
  frame[at] = static_cast<char>(~frame[at]);
  return frame;
}

/// A sound frame of a format version that does not exist yet.
std::string of_another_version(std::string frame) {
  frame[4] = 9;
  const std::uint32_t sum = wire::crc32c(std::string_view(frame).substr(0, 16));
  for (std::size_t i = 0; i < 4; ++i) frame[16 + i] = static_cast<char>(sum >> (8 * i));
  return frame;
}

Hello of_cluster(const std::string& cluster) {
  return {cluster, core::NodeId{1}, core::NodeId{2}, core::Lane::control};
}

class HostilePeer : public testing::TestWithParam<Hostile> {};

TEST_P(HostilePeer, LosesItsConnectionAndNothingElseHappens) {
  NodeOptions options = options_of(2);
  options.peer_limits.max_message_bytes = 64 << 10;
  TestNode listener(options);
  RawSocket honest(listener.peer_port());
  honest.send(hello(3, 2));
  RawSocket socket(listener.peer_port());
  socket.send(GetParam().sent);
  EXPECT_EQ(socket.read_to_end(), "");
  EXPECT_EQ(metric(listener.port(), "lab_peer_refused_total"), 1u);
  honest.send(message("still here"));
  wait_until([&] { return heard(listener) == "still here"; });
}

INSTANTIATE_TEST_SUITE_P(
    PeerLinks, HostilePeer,
    testing::Values(
        Hostile{"NoFrame", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"},
        Hostile{"NoHello", message("spy")},
        Hostile{"AnotherCluster", framed(PeerFrame::hello, of_cluster("another"))},
        Hostile{"AnotherNode", hello(1, 7)}, Hostile{"ThisNodesOwnNumber", hello(2, 2)},
        Hostile{"AnotherVersion", of_another_version(hello(1, 2))},
        Hostile{"AHelloThatCannotBeRead", framed(PeerFrame::hello, toy::Text{"lab"})},
        Hostile{"ADamagedHeader", turned(hello(1, 2), 9)},
        Hostile{"ADamagedPayload", turned(hello(1, 2), 25)},
        Hostile{"TheBeginningOfAVeryLongHello",
                framed(PeerFrame::hello, of_cluster(std::string(60'000, 'x'))).substr(0, 5'000)},
        Hostile{"ASecondHello", hello(1, 2) + hello(1, 2)},
        Hostile{"AnUnknownKind", hello(1, 2) + framed(PeerFrame{3}, toy::Text{"spy"})},
        Hostile{"WhatIsNoMessage", hello(1, 2) + framed(PeerFrame::message, toy::Ask{})},
        Hostile{"AMessageThatIsTooLarge", hello(1, 2) + message(std::string(70'000, 'x'))}),
    [](const auto& test) { return test.param.name; });

TEST(PeerLinks, GiveUpOnAConnectionThatSaysNothing) {
  NodeOptions options = options_of(2);
  options.peer_limits.hello_timeout_ms = 50;
  TestNode listener(options);
  RawSocket socket(listener.peer_port());
  EXPECT_EQ(socket.read_to_end(), "");
}

TEST(PeerLinks, TakeNoMoreConnectionsThanTheyMay) {
  NodeOptions options = options_of(2);
  options.peer_limits.max_incoming = 2;
  options.peer_limits.hello_timeout_ms = 3'600'000;
  TestNode listener(options);
  std::vector<RawSocket> peers;
  for (std::uint32_t from : {3u, 4u}) {
    peers.emplace_back(listener.peer_port()).send(hello(from, 2) + message("x"));
  }
  wait_until([&] { return heard(listener) == "xx"; });
  EXPECT_EQ(RawSocket(listener.peer_port()).read_to_end(), "");
  peers.front().send(message("x"));
  wait_until([&] { return heard(listener) == "xxx"; });
}

}  // namespace
}  // namespace net
