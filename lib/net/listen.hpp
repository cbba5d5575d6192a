// Opening a port, with an error that helps. Only net's own .cpp files include this.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <expected>
#include <string>

#include "net/options.hpp"

namespace net {

/// Binds and listens. `host` is a numeric address.
inline std::expected<void, std::string> open_port(boost::asio::ip::tcp::acceptor& acceptor,
                                                  const Listen& where) {
  const std::string& host = where.address;
  const std::uint16_t port = where.port;
  using boost::asio::ip::tcp;
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(host, error);
  if (error)
    return std::unexpected("\"" + host + "\" is not an IP address to listen on, such as 127.0.0.1");
  const tcp::endpoint endpoint(address, port);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(boost::asio::socket_base::max_listen_connections, error);
  if (!error) return {};
  if (error == boost::asio::error::address_in_use) {
    return std::unexpected("port " + std::to_string(port) + " of " + host +
                           " is in use by another program: stop it, or choose another port");
  }
  return std::unexpected("cannot listen on " + host + ":" + std::to_string(port) + ": " +
                         error.message());
}

}  // namespace net
