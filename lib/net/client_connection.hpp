// One connection of a client to a server: one call at a time. Only net's own .cpp files include
// this.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <memory>
#include <optional>
#include <string>

#include "net/client_loop.hpp"
#include "net/clocks.hpp"

namespace net {

class ClientConnection;

/// What a connection tells its owner.
class ClientSink {
 public:
  virtual ~ClientSink() = default;
  virtual void on_open(ClientConnection& connection) = 0;
  virtual void on_answered(ClientConnection& connection, core::RequestId request,
                           Called called) = 0;
  /// It has answered its call, if it had one. The owner forgets it.
  virtual void on_gone(ClientConnection& connection, const std::string& why) = 0;
};

class ClientConnection : public std::enable_shared_from_this<ClientConnection> {
 public:
  ClientConnection(boost::asio::io_context& io, const ClientOptions& options, std::string server,
                   ClientSink& sink);

  void open();
  const std::string& server() const { return server_; }
  bool opening() const { return !open_ && !closed_; }
  bool idle() const { return open_ && !call_; }

  /// Only while idle().
  void send(ClientOutbox::Call call);
  void check_deadline(SteadyTime now);
  void close(const std::string& why);

 private:
  using Parser = boost::beast::http::response_parser<boost::beast::http::string_body>;

  void read();
  bool parse(std::string& why);
  void finish_call();
  void lose(const boost::system::error_code& error);

  boost::asio::ip::tcp::resolver resolver_;
  boost::asio::ip::tcp::socket socket_;
  const ClientOptions& options_;
  std::string server_;
  ClientSink& sink_;

  bool open_ = false;
  bool closed_ = false;
  bool writing_ = false;
  SteadyTime since_ = std::chrono::steady_clock::now();  // connecting, or the call
  std::optional<core::RequestId> call_;
  std::string out_;
  boost::beast::flat_buffer in_;
  std::optional<Parser> parser_;
};

}  // namespace net
