#include "net/client_connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace net {

namespace http = boost::beast::http;
using boost::asio::ip::tcp;
using Error = boost::system::error_code;

namespace {

constexpr std::size_t read_bytes = 16 << 10;

std::string to_text(const HttpRequest& request, const std::string& server) {
  std::string text = request.method + ' ' + request.path;
  if (!request.query.empty()) text += '?' + request.query;
  text += " HTTP/1.1\r\nHost: " + server + "\r\n";
  for (const HttpHeader& header : request.headers)
    text += header.name + ": " + header.value + "\r\n";
  if (!request.body.empty() || request.method != "GET") {
    text += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  }
  text += "\r\n";
  text += request.body.view();
  return text;
}

HttpResponse to_response(http::response<http::string_body>&& message) {
  HttpResponse response;
  response.status = message.result_int();
  response.content_type = std::string(message[http::field::content_type]);
  for (const auto& field : message) {
    response.headers.push_back({std::string(field.name_string()), std::string(field.value())});
  }
  response.body = core::Bytes(std::move(message.body()));
  return response;
}

}  // namespace

ClientConnection::ClientConnection(boost::asio::io_context& io, const ClientOptions& options,
                                   std::string server, ClientSink& sink)
    : resolver_(io), socket_(io), options_(options), server_(std::move(server)), sink_(sink) {}

void ClientConnection::open() {
  const std::size_t colon = server_.rfind(':');
  resolver_.async_resolve(
      server_.substr(0, colon), server_.substr(colon + 1),
      [self = shared_from_this()](Error error, const tcp::resolver::results_type& found) {
        if (self->closed_) return;
        if (error) return self->close("cannot find " + self->server_ + ": " + error.message());
        boost::asio::async_connect(
            self->socket_, found, [self](Error failed, const tcp::endpoint&) {
              if (self->closed_) return;
              if (failed)
                return self->close("cannot reach " + self->server_ + ": " + failed.message());
              Error ignored;
              self->socket_.set_option(tcp::no_delay(true), ignored);
              self->open_ = true;
              self->read();
              self->sink_.on_open(*self);
            });
      });
}

void ClientConnection::send(ClientOutbox::Call call) {
  call_ = call.request;
  since_ = std::chrono::steady_clock::now();
  parser_.emplace();
  parser_->eager(true);
  parser_->body_limit(options_.max_response_bytes);
  out_ = to_text(call.http, server_);
  writing_ = true;
  boost::asio::async_write(socket_, boost::asio::buffer(out_),
                           [self = shared_from_this()](Error error, std::size_t) {
                             self->writing_ = false;
                             if (self->closed_) return;
                             if (error) return self->lose(error);
                             self->finish_call();
                           });
}

/// Always waiting for bytes: between calls that shows at once that the server has gone.
void ClientConnection::read() {
  socket_.async_read_some(in_.prepare(read_bytes),
                          [self = shared_from_this()](Error error, std::size_t bytes) {
                            if (self->closed_) return;
                            if (error) return self->lose(error);
                            self->in_.commit(bytes);
                            std::string why;
                            if (!self->parse(why)) return self->close(self->server_ + ": " + why);
                            self->finish_call();
                            if (!self->closed_) self->read();
                          });
}

bool ClientConnection::parse(std::string& why) {
  while (in_.size() > 0) {
    if (!parser_ || parser_->is_done()) {
      why = "it sent more than it was asked for";
      return false;
    }
    Error error;
    in_.consume(parser_->put(in_.data(), error));
    if (error == http::error::need_more) return true;
    if (error) {
      why = error.message();
      return false;
    }
  }
  return true;
}

/// A response may be here before the last byte of its request has been sent; both must have ended.
void ClientConnection::finish_call() {
  if (writing_ || !call_ || !parser_ || !parser_->is_done()) return;
  auto message = parser_->release();
  parser_.reset();
  const core::RequestId request = *std::exchange(call_, std::nullopt);
  const bool keep_alive = message.keep_alive();
  const auto self = shared_from_this();
  sink_.on_answered(*this, request, to_response(std::move(message)));
  if (!keep_alive) close(server_ + " ended the connection");
}

void ClientConnection::check_deadline(SteadyTime now) {
  const std::uint32_t limit_ms = open_ ? options_.call_timeout_ms : options_.connect_timeout_ms;
  if ((open_ && !call_) || now - since_ <= std::chrono::milliseconds(limit_ms)) return;
  close(server_ + " did not answer within " + std::to_string(limit_ms) + " ms");
}

void ClientConnection::lose(const Error& error) {
  const bool ended = error == boost::asio::error::eof;
  close("lost the connection to " + server_ + (ended ? "" : ": " + error.message()));
}

void ClientConnection::close(const std::string& why) {
  if (closed_) return;
  closed_ = true;
  open_ = false;
  const auto self = shared_from_this();
  Error ignored;
  resolver_.cancel();
  socket_.close(ignored);
  if (call_) {
    sink_.on_answered(*this, *std::exchange(call_, std::nullopt),
                      std::unexpected(CallFailure{core::CallError::unknown, why}));
  }
  sink_.on_gone(*this, why);
}

}  // namespace net
