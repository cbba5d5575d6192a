// A kept HTTP connection with one request on its way. Its answers are read without an HTTP library,
// so that all systems cost the bench alike.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "rig/stream.hpp"

namespace bench {

class HttpConnection {
 public:
  struct Answer {
    int status = 0;
    std::string_view body;  // good until the next request
  };

  /// To 127.0.0.1:`port`. Throws Wrong.
  explicit HttpConnection(std::uint16_t port) : stream_(port) {}

  /// Waits for the answer, which must say its length unless it has no body. Throws Wrong.
  Answer ask(std::string_view method, std::string_view path, std::string_view body = {});

 private:
  int read_status();
  std::size_t read_length();

  Stream stream_;
  std::string request_;
};

}  // namespace bench
