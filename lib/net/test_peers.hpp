// For tests: nodes that are peers, and what stands on the connections between them.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>

#include "net/peer_hello.hpp"
#include "net/test_node.hpp"
#include "wire/frame.hpp"

namespace net {

inline NodeOptions options_of(std::uint32_t node, std::uint16_t peer_port = 0) {
  NodeOptions options;
  options.node = core::NodeId{node};
  options.peers = Listen{"127.0.0.1", peer_port};
  options.peer_limits.first_retry_ms = 1;
  options.peer_limits.last_retry_ms = 20;
  return options;
}

inline toy::Setup peer(std::uint32_t node, std::uint16_t port) {
  return {{{core::NodeId{node}, "127.0.0.1:" + std::to_string(port)}}};
}

inline std::string heard(const TestNode& node) { return body_of(ask(node.port(), "/heard")); }

/// Tells until it was heard: what is sent before the link stands is lost, as the contract allows.
inline void tell_until_heard(TestNode& from, TestNode& by, const std::string& text) {
  while (heard(by).find(text) == std::string::npos) ask(from.port(), "/tell/" + text);
}

template <class T>
std::string framed(PeerFrame kind, const T& value) {
  std::string bytes;
  wire::append_framed(bytes, static_cast<std::uint16_t>(kind), value);
  return bytes;
}

inline std::string hello(std::uint32_t from, std::uint32_t to,
                         core::Lane lane = core::Lane::control) {
  return framed(PeerFrame::hello, Hello{"lab", core::NodeId{from}, core::NodeId{to}, lane});
}

inline std::string message(const std::string& text) {
  return framed(PeerFrame::message, toy::Text{text});
}

/// What a node sends on one connection.
class FrameSocket {
 public:
  explicit FrameSocket(RawSocket socket) : socket_(std::move(socket)) {}

  wire::Frame next() {
    const std::string header = socket_.read(wire::frame_header_bytes);
    if (header.size() < wire::frame_header_bytes) return {};  // the connection ended
    std::uint32_t length = 0;
    for (int i = 3; i >= 0; --i)
      length = length << 8 | static_cast<std::uint8_t>(header[static_cast<std::size_t>(8 + i)]);
    reader_.feed(header + socket_.read(length));
    return reader_.next().value().value();
  }
  Hello hello() { return wire::decode<Hello>(next().payload).value(); }
  std::string text() { return wire::decode<toy::Text>(next().payload).value().text; }
  RawSocket& socket() { return socket_; }

 private:
  RawSocket socket_;
  wire::FrameReader reader_{2 << 20};
};

/// The two connections that a node opens to a peer.
inline std::map<core::Lane, FrameSocket> links_to(TestPort& port) {
  std::map<core::Lane, FrameSocket> links;
  for (int i = 0; i < 2; ++i) {
    FrameSocket socket(port.accept());
    const Hello said = socket.hello();
    EXPECT_EQ(said.cluster, "lab");
    EXPECT_EQ(said.from, core::NodeId{1});
    EXPECT_EQ(said.to, core::NodeId{2});
    links.emplace(said.lane, std::move(socket));
  }
  return links;
}

}  // namespace net
