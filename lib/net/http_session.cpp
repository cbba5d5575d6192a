#include "net/http_session.hpp"

#include <algorithm>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <utility>

namespace net {

namespace http = boost::beast::http;

namespace {

constexpr std::size_t read_bytes = 16 << 10;

HttpRequest to_request(http::request<http::string_body>&& message) {
  HttpRequest request;
  request.method = message.method_string();
  if (request.method == "HEAD") request.method = "GET";
  const std::string_view target(message.target().data(), message.target().size());
  const std::size_t question = target.find('?');
  request.path = target.substr(0, question);
  if (question != std::string_view::npos) request.query = target.substr(question + 1);
  for (const auto& field : message) {
    request.headers.push_back({std::string(field.name_string()), std::string(field.value())});
  }
  request.body = core::Bytes(std::move(message.body()));
  return request;
}

}  // namespace

HttpSession::HttpSession(boost::asio::ip::tcp::socket socket, core::SessionId id,
                         const HttpLimits& limits, HttpSink& sink)
    : socket_(std::move(socket)),
      id_(id),
      limits_(limits),
      sink_(sink),
      request_since_(sink.now()) {
  boost::system::error_code ignored;
  socket_.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
}

void HttpSession::start() { read(); }

bool HttpSession::may_read() const {
  return !closed_ && !stop_reading_ && !full_ && sink_.takes_requests() &&
         slots_.size() < limits_.max_outstanding;
}

void HttpSession::read() {
  if (reading_ || !may_read()) return;
  reading_ = true;
  socket_.async_read_some(
      in_.prepare(read_bytes),
      [self = shared_from_this()](auto error, auto bytes) { self->on_read(error, bytes); });
}

void HttpSession::on_read(boost::system::error_code error, std::size_t bytes) {
  reading_ = false;
  if (closed_) return;
  if (error)
    return close();  // the client is gone, or has ended its half: then it wants nothing more
  if (draining_) return drain();
  in_.commit(bytes);
  parse();
}

void HttpSession::parse() {
  while (may_read() && in_.size() > 0 && parse_some()) {
  }
  read();
}

/// False when more bytes are needed, or none are wanted any more.
bool HttpSession::parse_some() {
  if (!parser_) {
    parser_.emplace();
    parser_->eager(true);
    parser_->header_limit(limits_.max_header_bytes);
    parser_->body_limit(limits_.max_body_bytes);
    header_seen_ = false;
    request_since_ = sink_.now();
  }
  boost::beast::error_code error;
  in_.consume(parser_->put(in_.data(), error));
  if (error && error != http::error::need_more) {
    refuse(error);
    return false;
  }
  if (!parser_->is_done()) {
    if (parser_->is_header_done() && !header_seen_) on_header();
    // need_more: the bytes that are left are the beginning of something that is not complete.
    return !error && in_.size() > 0 && !stop_reading_;
  }
  accept_request();
  return true;
}

void HttpSession::on_header() {
  header_seen_ = true;
  request_since_ = sink_.now();
  const auto expect = parser_->get()[http::field::expect];
  if (expect.empty()) return;
  if (!boost::beast::iequals(expect, "100-continue")) {
    return refuse(417, "The only expectation that is understood here is 100-continue.");
  }
  if (!slots_.empty())
    return;  // responses come first; a client sends its body after a while anyway
  writer_.queue() += "HTTP/1.1 100 Continue\r\n\r\n";
  sink_.on_dirty(*this);
}

void HttpSession::accept_request() {
  auto message = parser_->release();
  parser_.reset();
  request_since_ = sink_.now();
  // Where its body ends nobody knows.
  if (message.count(http::field::transfer_encoding) > 0 && !message.chunked()) {
    return refuse(501, "The only transfer encoding that is understood here is chunked.");
  }
  const core::RequestId request{++last_request_};
  const bool keep_alive = message.keep_alive();
  slots_.push_back({request, message.method() == http::verb::head, keep_alive, std::nullopt});
  if (!keep_alive) stop_reading_ = true;
  sink_.on_request(*this, request, to_request(std::move(message)));
}

void HttpSession::refuse(boost::beast::error_code error) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return refuse(431, "The request line and headers may have " +
                           std::to_string(limits_.max_header_bytes) + " bytes together.");
  }
  if (error == http::error::body_limit) {
    return refuse(413, "The body may have " + std::to_string(limits_.max_body_bytes) + " bytes.");
  }
  if (error == http::error::bad_version) return refuse(505, "Use HTTP/1.1.");
  refuse(400, "The request is not well-formed HTTP: " + error.message() + ".");
}

void HttpSession::refuse(std::uint32_t status, std::string_view detail) {
  stop_reading_ = true;
  parser_.reset();
  const core::RequestId request{++last_request_};
  slots_.push_back({request, false, false, std::nullopt});
  respond(request, problem(status, detail));
}

void HttpSession::append_response(const Slot& slot, const HttpResponse& response,
                                  std::string& out) const {
  out += "HTTP/1.1 ";
  out += std::to_string(response.status);
  out += ' ';
  out += status_title(response.status);
  out += "\r\n";
  for (const auto& [name, value] : response.headers) {
    out += name;
    out += ": ";
    out += value;
    out += "\r\n";
  }
  if (!slot.keep_alive) out += "Connection: close\r\n";
  if (response.status != 204) {
    out += "Content-Type: ";
    out += response.content_type;
    out += "\r\nContent-Length: ";
    out += std::to_string(response.body.size());
    out += "\r\n";
  }
  out += "\r\n";
  if (!slot.head && response.status != 204) out += response.body.view();
}

bool HttpSession::respond(core::RequestId request, const HttpResponse& response) {
  if (closed_ || slots_.empty()) return false;
  const std::uint64_t place = request.value - slots_.front().request.value;
  if (place >= slots_.size() || slots_[place].response) return false;
  sink_.on_response(response.status);
  Slot& slot = slots_[place];
  if (stop_reading_ && place + 1 == slots_.size()) slot.keep_alive = false;
  if (place > 0) {
    append_response(slot, response, slot.response.emplace());
    return true;
  }
  append_response(slot, response, writer_.queue());
  pop_answered();
  while (!slots_.empty() && slots_.front().response) {
    writer_.queue() += *slots_.front().response;
    pop_answered();
  }
  sink_.on_dirty(*this);
  return true;
}

void HttpSession::pop_answered() {
  if (!slots_.front().keep_alive) close_after_write_ = true;
  slots_.pop_front();
}

std::size_t HttpSession::unanswered() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(slots_, [](const Slot& slot) { return !slot.response; }));
}

void HttpSession::respond_to_all(const HttpResponse& response) {
  const std::deque<Slot> open = slots_;
  for (const Slot& slot : open) respond(slot.request, response);
}

void HttpSession::flush() {
  if (closed_ || writer_.writing() || writer_.queue().empty()) return report_backlog();
  sink_.on_write();
  const auto at_once = writer_.write(
      socket_,
      [self = shared_from_this()](boost::system::error_code error) { self->on_written(error); });
  if (at_once) return on_written(*at_once);
  report_backlog();
}

void HttpSession::on_written(boost::system::error_code error) {
  if (closed_) return;
  if (error) return close();
  report_backlog();
  if (closed_) return;
  if (writer_.queue().empty() && close_after_write_) return drain();
  request_since_ = sink_.now();
  if (!writer_.queue().empty()) flush();
  parse();
}

/// Ends our half and throws away what still comes, until the client ends its half too: to close at
/// once would reset the connection, and the client might lose the last response.
void HttpSession::drain() {
  if (!draining_) {
    draining_ = true;
    stop_reading_ = true;
    draining_since_ = sink_.now();
    boost::system::error_code ignored;
    socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
  }
  in_.clear();
  if (reading_) return;
  reading_ = true;
  socket_.async_read_some(in_.prepare(read_bytes),
                          [self = shared_from_this()](auto error, std::size_t) {
                            self->reading_ = false;
                            if (self->closed_) return;
                            if (error) return self->close();
                            self->drain();
                          });
}

void HttpSession::report_backlog() {
  const std::size_t bytes = writer_.bytes();
  if (bytes > limits_.send_cap_bytes) return close();
  const bool full = full_ ? bytes > limits_.send_low_bytes : bytes > limits_.send_high_bytes;
  if (full == full_) return;
  full_ = full;
  sink_.on_backlog(*this, static_cast<std::uint32_t>(bytes), full);
}

void HttpSession::check_deadline(SteadyTime now) {
  using std::chrono::milliseconds;
  if (closed_) return;
  if (writer_.stuck(now, limits_.write_timeout_ms)) return close();
  if (draining_ && now - draining_since_ > milliseconds(limits_.linger_timeout_ms)) return close();
  if (!may_read() || !slots_.empty() || !writer_.empty()) return;
  if (parser_) {
    const bool body = parser_->is_header_done();
    const std::uint32_t limit_ms = body ? limits_.body_timeout_ms : limits_.header_timeout_ms;
    if (now - request_since_ > milliseconds(limit_ms)) {
      refuse(408, std::string(body ? "The body" : "The header") + " did not arrive whole within " +
                      std::to_string(limit_ms) + " ms.");
    }
  } else if (now - request_since_ > milliseconds(limits_.idle_timeout_ms)) {
    close();
  }
}

void HttpSession::resume() {
  request_since_ = sink_.now();  // what is late is late because it was not read
  if (!closed_ && !draining_) parse();
}

void HttpSession::shut_down() {
  if (parser_) return refuse(503, "The node is stopping. Nothing of this request was carried out.");
  stop_reading_ = true;
  if (idle()) return close();
  if (slots_.empty()) {
    close_after_write_ = true;
  } else {
    slots_.back().keep_alive = false;
  }
}

void HttpSession::close() {
  if (closed_) return;
  closed_ = true;
  boost::system::error_code ignored;
  socket_.close(ignored);
  sink_.on_session_closed(*this);
}

}  // namespace net
