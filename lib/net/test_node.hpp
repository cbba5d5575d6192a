// For tests: a node on a thread of its own, and sockets to talk to it byte by byte. Nothing here
// waits for a time: a test that fails by waiting fails by not ending.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <utility>

#include "net/node.hpp"
#include "net/toy.hpp"

namespace net {

class TestNode {
 public:
  explicit TestNode(const NodeOptions& options, const toy::Setup& setup = {}) {
    auto opened = Node<toy::Toy, toy::Api>::open(setup, options, {});
    if (!opened) {
      ADD_FAILURE() << opened.error();
      std::abort();
    }
    node_ = std::move(*opened);
    thread_ = std::thread([this] { ended_ = node_->run(); });
  }
  ~TestNode() { std::ignore = stop(); }
  TestNode(const TestNode&) = delete;
  TestNode& operator=(const TestNode&) = delete;

  void ask_to_stop() { node_->stop(); }
  /// What run() returned.
  std::expected<void, std::string> stop() {
    ask_to_stop();
    return wait();
  }
  /// The same, for a node that stops by itself.
  std::expected<void, std::string> wait() {
    if (thread_.joinable()) thread_.join();
    return ended_;
  }

  std::uint16_t port() const { return node_->http_port(); }
  std::uint16_t peer_port() const { return node_->peer_port(); }

 private:
  std::unique_ptr<Node<toy::Toy, toy::Api>> node_;
  std::thread thread_;
  std::expected<void, std::string> ended_;
};

inline sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

class RawSocket {
 public:
  explicit RawSocket(std::uint16_t port) : descriptor_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const sockaddr_in address = loopback(port);
    EXPECT_EQ(::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address),
              0);
  }
  /// To a Unix socket.
  explicit RawSocket(const std::string& path) : descriptor_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address),
              0);
  }
  struct Accepted {
    int descriptor;
  };
  explicit RawSocket(Accepted accepted) : descriptor_(accepted.descriptor) {}
  ~RawSocket() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  RawSocket(RawSocket&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)), waiting_(std::move(other.waiting_)) {}
  RawSocket& operator=(RawSocket&&) = delete;

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
      if (const auto at = waiting_.find(end); at != std::string::npos) return take(at + end.size());
      if (!receive()) return std::exchange(waiting_, {});
    }
  }

  /// So many bytes; less only when the connection ended.
  std::string read(std::size_t count) {
    while (waiting_.size() < count && receive()) {
    }
    return take(std::min(count, waiting_.size()));
  }

  /// All that still comes until the other side ends the connection.
  std::string read_to_end() {
    while (receive()) {
    }
    return std::exchange(waiting_, {});
  }

  /// The next response, by its Content-Length.
  std::string read_response() {
    const std::string head = read_to("\r\n\r\n");
    constexpr std::string_view field = "Content-Length: ";
    const std::size_t at = head.find(field);
    if (at == std::string::npos) return head;
    return head + read(std::stoul(head.substr(at + field.size())));
  }

  /// Whether something has come, or comes within so many milliseconds.
  bool has_news(int within_ms) {
    pollfd waiting{descriptor_, POLLIN, 0};
    return !waiting_.empty() || ::poll(&waiting, 1, within_ms) > 0;
  }

 private:
  std::string take(std::size_t count) {
    std::string piece = waiting_.substr(0, count);
    waiting_.erase(0, count);
    return piece;
  }

  bool receive() {
    std::array<char, 64 << 10> buffer;
    const auto count = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
    if (count > 0) waiting_.append(buffer.data(), static_cast<std::size_t>(count));
    return count > 0;
  }

  int descriptor_;
  std::string waiting_;
};

/// A port of the test's own.
class TestPort {
 public:
  explicit TestPort(int backlog = 64, std::uint16_t number = 0)
      : descriptor_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address = loopback(number);
    socklen_t size = sizeof address;
    const int yes = 1;
    ::setsockopt(descriptor_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    EXPECT_EQ(::bind(descriptor_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(descriptor_, backlog), 0);
    EXPECT_EQ(::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    number_ = ntohs(address.sin_port);
  }
  ~TestPort() { close(); }
  TestPort(const TestPort&) = delete;
  TestPort& operator=(const TestPort&) = delete;

  std::uint16_t number() const { return number_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(number_); }

  RawSocket accept() {
    return RawSocket(RawSocket::Accepted{::accept(descriptor_, nullptr, nullptr)});
  }

  void close() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  }

 private:
  int descriptor_;
  std::uint16_t number_ = 0;
};

/// A port of which nothing answers: connecting to it hangs, as to a machine that is gone.
class SilentPort {
 public:
  SilentPort() : port_(0), first_(port_.number()) {}

  std::uint16_t number() const { return port_.number(); }
  std::string address() const { return port_.address(); }

 private:
  TestPort port_;
  RawSocket first_;  // takes the one place that waits to be accepted
};

/// A folder that goes away with the test.
class TemporaryFolder {
 public:
  TemporaryFolder() : path_(std::filesystem::temp_directory_path() / "net-test-XXXXXX") {
    if (::mkdtemp(path_.data()) == nullptr) std::abort();
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
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

/// The value that stands behind the name in what /metrics answered.
inline std::uint64_t metric_in(const std::string& metrics, const std::string& name) {
  const std::size_t at = metrics.find("\n" + name + " ");
  if (at == std::string::npos) {
    ADD_FAILURE() << "no metric " << name;
    std::abort();
  }
  return std::stoull(metrics.substr(at + name.size() + 2));
}

inline std::uint64_t metric(std::uint16_t port, const std::string& name) {
  return metric_in(ask(port, "/metrics"), name);
}

/// Comes back when it holds.
inline void wait_until(const std::function<bool()>& holds) {
  while (!holds()) std::this_thread::yield();
}

}  // namespace net
