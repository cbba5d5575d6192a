// What takes connections, and a port that does. Only net's own .cpp files include this.
#pragma once

#include <spdlog/spdlog.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <utility>

#include "net/options.hpp"

namespace net {

/// Hands on every connection that comes.
template <class Protocol>
class Acceptor {
 public:
  using Accepted = std::function<void(typename Protocol::socket)>;

  Acceptor(boost::asio::io_context& io, Accepted accepted)
      : acceptor_(io), accepted_(std::move(accepted)) {}

  /// To open it.
  typename Protocol::acceptor& acceptor() { return acceptor_; }
  const typename Protocol::acceptor& acceptor() const { return acceptor_; }

  /// From now on, until close(). After a failure, such as too many open files, it pauses: to try
  /// again at once would keep the loop busy with nothing else.
  void accept() {
    if (accepting_ || !acceptor_.is_open()) return;
    accepting_ = true;
    acceptor_.async_accept(
        [this](boost::system::error_code error, typename Protocol::socket socket) {
          accepting_ = false;
          if (!acceptor_.is_open()) return;
          if (error) return on_failure(error);
          failing_ = false;
          accepted_(std::move(socket));
          accept();
        });
  }

  void close() {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
  }

 private:
  void on_failure(boost::system::error_code error) {
    if (!failing_) spdlog::warn("no connections are taken for now: {}", error.message());
    failing_ = true;
  }

  typename Protocol::acceptor acceptor_;
  Accepted accepted_;
  bool accepting_ = false;
  bool failing_ = false;
};

class Port : public Acceptor<boost::asio::ip::tcp> {
 public:
  using Acceptor::Acceptor;

  /// Binds and listens. The error is a sentence that says what to do.
  std::expected<void, std::string> open(const Listen& where) {
    using boost::asio::ip::tcp;
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(where.address, error);
    if (error) {
      return std::unexpected("\"" + where.address +
                             "\" is not an IP address to listen on, such as 127.0.0.1");
    }
    const tcp::endpoint endpoint(address, where.port);
    acceptor().open(endpoint.protocol(), error);
    if (!error) acceptor().set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor().bind(endpoint, error);
    if (!error) acceptor().listen(boost::asio::socket_base::max_listen_connections, error);
    if (!error) return {};
    const std::string port = std::to_string(where.port);
    if (error == boost::asio::error::address_in_use) {
      return std::unexpected("port " + port + " of " + where.address +
                             " is in use by another program: stop it, or choose another port");
    }
    return std::unexpected("cannot listen on " + where.address + ":" + port + ": " +
                           error.message());
  }

  /// 0 when it is not open.
  std::uint16_t number() const {
    boost::system::error_code error;
    const auto at = acceptor().local_endpoint(error);
    return error ? std::uint16_t{0} : at.port();
  }
};

}  // namespace net
