#include "rig/http.hpp"

#include <charconv>
#include <system_error>

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
  const Framing framing = read_headers();
  return {status, framing.in_chunks ? read_chunks() : stream_.bytes(framing.length)};
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

HttpConnection::Framing HttpConnection::read_headers() {
  constexpr std::string_view name = "Content-Length: ";
  Framing framing;
  for (std::string_view line = stream_.line(); !line.empty(); line = stream_.line()) {
    if (line == "Transfer-Encoding: chunked") framing.in_chunks = true;
    if (!line.starts_with(name)) continue;
    line.remove_prefix(name.size());
    std::from_chars(line.data(), line.data() + line.size(), framing.length);
  }
  return framing;
}

/// Each with its length before it; the last is empty.
std::string_view HttpConnection::read_chunks() {
  constexpr int hexadecimal = 16;
  chunks_.clear();
  std::size_t length = 0;
  do {
    const std::string_view line = stream_.line();
    const auto read = std::from_chars(line.data(), line.data() + line.size(), length, hexadecimal);
    if (read.ec != std::errc()) throw Wrong("a chunk without a length: " + std::string(line));
    chunks_ += stream_.bytes(length);
    stream_.line();
  } while (length > 0);
  return chunks_;
}

}  // namespace bench
