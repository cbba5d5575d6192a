// One blocking connection to a server on this machine, for all that begin with lines of text.
#pragma once

#include <netinet/in.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace bench {

sockaddr_in loopback(std::uint16_t port);

bool takes_connections(std::uint16_t port);

class Stream {
 public:
  /// Throws Wrong.
  explicit Stream(std::uint16_t port);
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream();

  /// To wait for it with others.
  int descriptor() const { return socket_; }

  /// All of it, in one write where the kernel takes that much. Throws Wrong.
  void send(std::string_view text);

  /// The next line without its CR LF; good until the next call. Throws Wrong.
  std::string_view line();

  /// The next `count` bytes; good until the next call. Throws Wrong.
  std::string_view bytes(std::size_t count);

 private:
  void receive();

  int socket_ = -1;
  std::array<char, 16'384> chunk_{};
  std::string buffer_;
  std::size_t begin_ = 0;  // of what has not been handed out
};

}  // namespace bench
