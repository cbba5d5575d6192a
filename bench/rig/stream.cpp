#include "rig/stream.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "rig/wrong.hpp"

namespace bench {

namespace {

/// -1 if nobody listens there.
int connect_to(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    return socket;
  }
  ::close(socket);
  return -1;
}

}  // namespace

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool takes_connections(std::uint16_t port) {
  const int socket = connect_to(port);
  if (socket >= 0) ::close(socket);
  return socket >= 0;
}

Stream::Stream(std::uint16_t port) : socket_(connect_to(port)) {
  if (socket_ < 0) throw Wrong("a connection was refused");
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

Stream::~Stream() { ::close(socket_); }

void Stream::send(std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) throw Wrong("a connection was lost");
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::string_view Stream::line() {
  std::size_t end = buffer_.find("\r\n", begin_);
  while (end == std::string::npos) {
    receive();
    end = buffer_.find("\r\n", begin_);
  }
  const std::string_view text = std::string_view(buffer_).substr(begin_, end - begin_);
  begin_ = end + 2;
  return text;
}

std::string_view Stream::bytes(std::size_t count) {
  while (buffer_.size() - begin_ < count) receive();
  const std::string_view text = std::string_view(buffer_).substr(begin_, count);
  begin_ += count;
  return text;
}

void Stream::receive() {
  buffer_.erase(0, begin_);
  begin_ = 0;
  ssize_t received = 0;
  do {
    received = ::recv(socket_, chunk_.data(), chunk_.size(), 0);
  } while (received < 0 && errno == EINTR);
  if (received <= 0) throw Wrong("a connection was lost");
  buffer_.append(chunk_.data(), static_cast<std::size_t>(received));
}

}  // namespace bench
