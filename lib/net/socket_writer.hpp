// Bytes on their way out of a socket: one write for all that is queued, and none while one is under
// way. Only net's own .cpp files include this.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "net/clocks.hpp"

namespace net {

class SocketWriter {
 public:
  using Error = boost::system::error_code;

  /// To append to.
  std::string& queue() { return queued_; }
  void drop_queue() { queued_.clear(); }

  bool writing() const { return writing_; }
  bool empty() const { return queued_.empty() && !writing_; }
  /// What the operating system has not taken yet.
  std::size_t bytes() const { return queued_.size() + under_way_.size() - taken_; }
  /// Whether it has taken nothing for longer than that.
  bool stuck(SteadyTime now, std::uint32_t limit_ms) const {
    return writing_ && now - since_ > std::chrono::milliseconds(limit_ms);
  }

  /// Writes all that is queued. What came of it is returned when it is known at once, which is
  /// almost always; otherwise `done` gets it later, and has to keep this writer and the socket
  /// alive. The socket must be non-blocking. To be called when something is queued and no write is
  /// under way.
  template <class Done>
  std::optional<Error> write(boost::asio::ip::tcp::socket& socket, Done done) {
    under_way_.swap(queued_);
    Error error;
    take(socket.write_some(boost::asio::buffer(under_way_), error));
    const bool full = error == boost::asio::error::would_block;
    if ((error && !full) || all_taken()) {
      finish();
      return error;
    }
    writing_ = true;
    write_rest(socket, std::move(done));
    return std::nullopt;
  }

 private:
  static constexpr std::size_t kept_bytes = 64 << 10;

  void take(std::size_t bytes) {
    taken_ += bytes;
    since_ = std::chrono::steady_clock::now();
  }

  bool all_taken() const { return taken_ == under_way_.size(); }

  template <class Done>
  void write_rest(boost::asio::ip::tcp::socket& socket, Done done) {
    socket.async_write_some(
        boost::asio::buffer(under_way_) + taken_,
        [this, &socket, done = std::move(done)](Error error, std::size_t bytes) mutable {
          take(bytes);
          if (!error && !all_taken()) return write_rest(socket, std::move(done));
          finish();
          done(error);
        });
  }

  /// An exceptionally long text does not keep its memory for the life of the connection.
  void finish() {
    writing_ = false;
    taken_ = 0;
    under_way_.clear();
    if (under_way_.capacity() > kept_bytes) under_way_.shrink_to_fit();
  }

  std::string queued_;
  std::string under_way_;
  std::size_t taken_ = 0;  // of what is under way
  bool writing_ = false;
  SteadyTime since_;  // when something was taken last
};

}  // namespace net
