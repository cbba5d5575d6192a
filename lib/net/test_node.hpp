// For tests: a node on a thread of its own, and a socket to talk to it byte by byte.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "net/node.hpp"
#include "net/toy.hpp"

namespace net {

class TestNode {
 public:
  explicit TestNode(const NodeOptions& options, toy::Setup setup = {}) {
    auto opened = Node<toy::Toy, toy::Api>::open(setup, options, {});
    if (!opened) {
      ADD_FAILURE() << opened.error();
      std::abort();
    }
    node_ = std::move(*opened);
    thread_ = std::thread([this] { ended_ = node_->run(); });
  }
  ~TestNode() { stop(); }

  /// What run() returned.
  std::expected<void, std::string> stop() {
    node_->stop();
    return wait();
  }
  /// The same, for a node that stops by itself.
  std::expected<void, std::string> wait() {
    if (thread_.joinable()) thread_.join();
    return ended_;
  }

  std::uint16_t port() const { return node_->http_port(); }
  std::uint16_t peer_port() const { return node_->peer_port(); }
  Node<toy::Toy, toy::Api>& node() { return *node_; }

 private:
  std::unique_ptr<Node<toy::Toy, toy::Api>> node_;
  std::thread thread_;
  std::expected<void, std::string> ended_;
};

class RawSocket {
 public:
  explicit RawSocket(std::uint16_t port) : descriptor_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  ~RawSocket() { ::close(descriptor_); }
  RawSocket(const RawSocket&) = delete;
  RawSocket& operator=(const RawSocket&) = delete;

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  /// Reads on until `end` has been read; less only when the connection ended.
  std::string read_to(std::string_view end) {
    while (true) {
      if (const auto at = waiting_.find(end); at != std::string::npos) {
        std::string piece = waiting_.substr(0, at + end.size());
        waiting_.erase(0, at + end.size());
        return piece;
      }
      if (!receive()) return std::exchange(waiting_, {});
    }
  }

  /// All that still comes until the node ends the connection.
  std::string read_to_end() {
    while (receive()) {
    }
    return std::exchange(waiting_, {});
  }

 private:
  bool receive() {
    std::array<char, 4096> buffer;
    const auto count = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
    if (count > 0) waiting_.append(buffer.data(), static_cast<std::size_t>(count));
    return count > 0;
  }

  int descriptor_;
  std::string waiting_;
};

inline std::string get(std::string_view path, std::string_view headers = "Host: localhost\r\n") {
  return "GET " + std::string(path) + " HTTP/1.1\r\n" + std::string(headers) + "\r\n";
}

inline std::string post(std::string_view path, std::string_view body) {
  return "POST " + std::string(path) +
         " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + std::string(body);
}

/// The whole answer to one request on a connection of its own, which the node ends.
inline std::string ask(std::uint16_t port, std::string_view path) {
  RawSocket socket(port);
  socket.send(get(path, "Host: localhost\r\nConnection: close\r\n"));
  return socket.read_to_end();
}

inline std::string body_of(const std::string& response) {
  const std::size_t end = response.find("\r\n\r\n");
  return end == std::string::npos ? "" : response.substr(end + 4);
}

}  // namespace net
