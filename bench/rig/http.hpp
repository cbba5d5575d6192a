// A kept HTTP connection with one request on its way. Its answers are read without an HTTP library,
// so that all systems cost the bench alike.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "rig/stream.hpp"

namespace bench {

/// Everything throws Wrong when the connection is lost, or what comes is no HTTP.
class HttpConnection {
 public:
  struct Answer {
    int status = 0;
    std::string_view body;  // good until the next request
  };

  /// To 127.0.0.1:`port`.
  explicit HttpConnection(std::uint16_t port) : stream_(port) {}

  void send(std::string_view method, std::string_view path, std::string_view body = {});

  /// Waits for the answer to what was sent last. Without a length it has no body, or comes in
  /// chunks.
  Answer receive();

  Answer ask(std::string_view method, std::string_view path, std::string_view body = {}) {
    send(method, path, body);
    return receive();
  }

  /// Readable when an answer is there.
  int descriptor() const { return stream_.descriptor(); }

 private:
  /// How the body is told from what follows it.
  struct Framing {
    std::size_t length = 0;
    bool in_chunks = false;
  };

  int read_status();
  Framing read_headers();
  std::string_view read_chunks();

  Stream stream_;
  std::string request_;
  std::string chunks_;  // of the answer
};

}  // namespace bench
