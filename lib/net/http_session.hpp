// One HTTP connection: reads requests, keeps their responses in order, writes once per turn. Only
// net's own .cpp files include this.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "core/ids.hpp"
#include "net/clocks.hpp"
#include "net/http.hpp"
#include "net/options.hpp"
#include "net/socket_writer.hpp"

namespace net {

class HttpSession;

/// What a session tells the loop.
class HttpSink {
 public:
  virtual ~HttpSink() = default;
  /// A whole request. It is answered by HttpSession::respond, now or later.
  virtual void on_request(HttpSession& session, core::RequestId request, HttpRequest http) = 0;
  /// What a request is answered, by whomever.
  virtual void on_response(unsigned status) = 0;
  /// Something was given to the socket.
  virtual void on_write() = 0;
  /// Gone; the loop forgets it.
  virtual void on_session_closed(HttpSession& session) = 0;
  virtual void on_backlog(HttpSession& session, std::uint32_t bytes, bool full) = 0;
  /// It has bytes to write: flush() will be called at the end of the turn.
  virtual void on_dirty(HttpSession& session) = 0;
  /// False while the disk is too far behind.
  virtual bool takes_requests() const = 0;
  virtual SteadyTime now() const = 0;
};

class HttpSession : public std::enable_shared_from_this<HttpSession> {
 public:
  HttpSession(boost::asio::ip::tcp::socket socket, core::SessionId id, const HttpLimits& limits,
              HttpSink& sink);

  core::SessionId id() const { return id_; }
  void start();

  /// The response to `request`. Written after those of the requests before it. False when that
  /// request has its response already, or will get none because the connection is closed.
  bool respond(core::RequestId request, const HttpResponse& response);
  /// The same response to all that have none yet.
  void respond_to_all(const HttpResponse& response);
  /// Answers what cannot be read on, after the requests before it, and closes.
  void refuse(std::uint32_t status, std::string_view detail);
  /// Starts to write what has been answered. One write per call, and none while one is under way.
  void flush();
  /// Closes when something has taken too long.
  void check_deadline(SteadyTime now);
  /// Reads on after takes_requests() was false.
  void resume();
  /// Reads no more requests; closes once those under way are answered.
  void shut_down();
  void close();

  /// Requests without a response.
  std::size_t unanswered() const;

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

  /// A request that waits for its response, or a response that waits for those before it.
  struct Slot {
    core::RequestId request;
    bool head = false;
    bool keep_alive = true;
    std::optional<std::string> response;
  };

  void read();
  void on_read(boost::system::error_code error, std::size_t bytes);
  void parse();
  bool parse_some();
  bool may_read() const;
  void accept_request();
  void on_header();
  void refuse(boost::beast::error_code error);
  void pop_answered();
  bool idle() const { return slots_.empty() && writer_.empty() && !draining_; }
  void append_response(const Slot& slot, const HttpResponse& response, std::string& out) const;
  void on_written(boost::system::error_code error);
  void drain();
  void report_backlog();

  boost::asio::ip::tcp::socket socket_;
  core::SessionId id_;
  const HttpLimits& limits_;
  HttpSink& sink_;

  boost::beast::flat_buffer in_;
  std::optional<Parser> parser_;
  std::uint64_t last_request_ = 0;
  bool reading_ = false;
  bool stop_reading_ = false;  // after a `Connection: close`, a refusal or a shut-down
  bool header_seen_ = false;

  std::deque<Slot> slots_;
  SocketWriter writer_;
  bool full_ = false;  // above the high mark
  bool close_after_write_ = false;
  bool draining_ = false;  // all is written; waiting for the client to end its half
  bool closed_ = false;

  /// When what is being read (header, body) began, or when the last request ended.
  SteadyTime request_since_;
  SteadyTime draining_since_;
};

}  // namespace net
