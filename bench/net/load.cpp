#include "load.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <list>
#include <string_view>

namespace bench {

using boost::asio::ip::tcp;
using Error = boost::system::error_code;

namespace {

/// What all connections share.
struct Run {
  const Load& load;
  std::uint32_t begun = 0;
  std::uint32_t answered = 0;
  std::string wrong;  // empty while all is well
};

/// The responses to one request are all of one length, so that after the first nothing needs to be
/// parsed: the generator shares the machine with what it measures and must cost little.
class Connection {
 public:
  Connection(boost::asio::io_context& io, std::uint16_t port, Run& run) : socket_(io), run_(run) {
    socket_.connect({boost::asio::ip::address_v4::loopback(), port});
    socket_.set_option(tcp::no_delay(true));
  }

  void ask() {
    if (run_.begun == run_.load.requests || !run_.wrong.empty()) return;
    ++run_.begun;
    received_ = 0;
    boost::asio::async_write(socket_, boost::asio::buffer(run_.load.request),
                             [this](Error error, std::size_t) {
                               if (error) return fail(error.message());
                               read();
                             });
  }

 private:
  void read() {
    socket_.async_read_some(boost::asio::buffer(buffer_) + received_,
                            [this](Error error, std::size_t bytes) {
                              if (error) return fail(error.message());
                              received_ += bytes;
                              if (length_ == 0) find_length();
                              if (length_ == 0 || received_ < length_) return read();
                              check();
                            });
  }

  /// Of the whole response, once its end is there.
  void find_length() {
    const std::string_view text(buffer_.data(), received_);
    const std::size_t end = text.find("\r\n\r\n");
    if (end == std::string_view::npos) return;
    length_ = end + 4 + run_.load.body.size();
  }

  void check() {
    const std::string_view text(buffer_.data(), received_);
    if (received_ != length_ || !text.starts_with("HTTP/1.1 200") ||
        !text.ends_with(run_.load.body)) {
      return fail("an answer that was not expected: " + std::string(text));
    }
    ++run_.answered;
    ask();
  }

  void fail(const std::string& why) { run_.wrong = why; }

  tcp::socket socket_;
  Run& run_;
  std::array<char, 4096> buffer_{};
  std::size_t received_ = 0;
  std::size_t length_ = 0;
};

}  // namespace

std::expected<double, std::string> measure(std::uint16_t port, const Load& load) {
  boost::asio::io_context io(1);
  Run run{load, 0, 0, {}};
  std::list<Connection> connections;
  for (std::uint32_t i = 0; i < load.connections; ++i) connections.emplace_back(io, port, run);
  const auto begun = std::chrono::steady_clock::now();
  for (Connection& connection : connections) connection.ask();
  io.run();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  if (!run.wrong.empty()) return std::unexpected(run.wrong);
  return run.answered / took.count();
}

}  // namespace bench
