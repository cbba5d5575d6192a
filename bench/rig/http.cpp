#include "rig/http.hpp"

#include <charconv>

#include "rig/wrong.hpp"

namespace bench {

void HttpConnection::send(std::string_view method, std::string_view path, std::string_view body) {
  request_ = method;
  request_ += ' ';
  request_ += path;
  request_ += " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ";
  request_ += std::to_string(body.size());
  request_ += "\r\n\r\n";
  request_ += body;
  stream_.send(request_);
}

HttpConnection::Answer HttpConnection::receive() {
  const int status = read_status();
  return {status, stream_.bytes(read_length())};
}

int HttpConnection::read_status() {
  constexpr std::string_view begin = "HTTP/1.1 ";
  constexpr std::size_t digits = 3;
  const std::string_view line = stream_.line();
  int status = 0;
  if (line.starts_with(begin) && line.size() >= begin.size() + digits) {
    const char* first = line.data() + begin.size();
    std::from_chars(first, first + digits, status);
  }
  if (status == 0) throw Wrong("an answer that is no HTTP: " + std::string(line));
  return status;
}

/// Reads the headers: how many bytes follow them.
std::size_t HttpConnection::read_length() {
  constexpr std::string_view name = "Content-Length: ";
  std::size_t length = 0;
  for (std::string_view line = stream_.line(); !line.empty(); line = stream_.line()) {
    if (!line.starts_with(name)) continue;
    line.remove_prefix(name.size());
    std::from_chars(line.data(), line.data() + line.size(), length);
  }
  return length;
}

}  // namespace bench
