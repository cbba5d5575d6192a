#include "net/client_loop.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <random>
#include <utility>

#include "net/backoff.hpp"
#include "net/client_connection.hpp"
#include "net/turn.hpp"

namespace net {

using Error = boost::system::error_code;

namespace {

/// How often time-outs are looked at; they are longer by up to this.
constexpr std::chrono::milliseconds sweep_interval(100);

}  // namespace

class ClientLoop::Impl final : public ClientSink {
 public:
  Impl(const ClientOptions& options, ClientDriver& driver)
      : options_(options),
        driver_(driver),
        signals_(io_),
        timeout_(io_),
        sweep_(io_),
        retry_(io_),
        backoff_(options.first_retry_ms, options.last_retry_ms, std::random_device()()) {}

  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() override {
    stopped_ = true;
    close_all("the client is stopping");
  }

  std::expected<void, std::string> run();

  void stop() {
    boost::asio::post(io_, [this] { stopped_ = true; });
  }

  void on_signal(std::function<void()> act) { on_signal_ = std::move(act); }

  void after(core::Duration delay, std::function<void()> then) {
    const auto timer = std::make_shared<boost::asio::steady_timer>(io_, delay);
    timer->async_wait([timer, then = std::move(then)](Error error) {
      if (!error) then();
    });
  }

  // ClientSink
  void on_open(ClientConnection& connection) override;
  void on_answered(ClientConnection& connection, core::RequestId request, Called called) override;
  void on_gone(ClientConnection& connection, const std::string& why) override;

 private:
  using Connection = std::shared_ptr<ClientConnection>;

  void wait_for_signal();
  bool has_something_to_do() const {
    return driver_.has_inputs() || is_due(driver_.next_timeout());
  }
  void turn();
  void call(ClientOutbox::Call call);
  void send_waiting();
  void refuse(core::RequestId request, std::string why);
  void connect();
  void connect_later();
  void lost(const std::string& why);
  void refuse_waiting(const std::string& why);
  void give_up(const std::string& why);
  void sweep();
  void close_all(const std::string& why);

  const ClientOptions options_;
  ClientDriver& driver_;
  boost::asio::io_context io_{1};
  boost::asio::signal_set signals_;
  CoreTimer timeout_;
  boost::asio::steady_timer sweep_;
  boost::asio::steady_timer retry_;
  Backoff backoff_;
  std::vector<Connection> connections_;
  std::deque<ClientOutbox::Call> waiting_;
  std::function<void()> on_signal_;
  std::size_t server_ = 0;
  bool connected_ = false;  // as the core was told
  bool stopped_ = false;
};

std::expected<void, std::string> ClientLoop::Impl::run() {
  if (options_.servers.empty()) return std::unexpected("no server was named");
  for (const std::string& server : options_.servers) {
    if (server.find(':') == std::string::npos)
      return std::unexpected("\"" + server + "\" is not host:port");
  }
  wait_for_signal();
  sweep();
  connect();
  flush_log();
  while (!stopped_) {
    timeout_.arm(driver_.next_timeout());
    take_what_is_there(io_, !has_something_to_do());
    turn();
    flush_log();
  }
  close_all("the client is stopping");
  return {};
}

void ClientLoop::Impl::wait_for_signal() {
  Error ignored;
  signals_.add(SIGTERM, ignored);
  signals_.add(SIGINT, ignored);
  signals_.async_wait([this](Error error, int) {
    if (error) return;
    const auto act = std::exchange(on_signal_, nullptr);
    if (!act) {
      stopped_ = true;
      return;
    }
    act();
    wait_for_signal();
  });
}

void ClientLoop::Impl::turn() {
  if (!has_something_to_do()) return;
  ClientOutbox outbox;
  driver_.turn(read_clocks(), outbox);
  for (ClientOutbox::Call& one : outbox.calls) call(std::move(one));
  if (outbox.reconnect) give_up("the server does not answer");
}

void ClientLoop::Impl::call(ClientOutbox::Call call) {
  if (!connected_) return refuse(call.request, "there is no connection");
  if (waiting_.size() >= options_.max_waiting) return refuse(call.request, "too many calls wait");
  waiting_.push_back(std::move(call));
  send_waiting();
}

void ClientLoop::Impl::send_waiting() {
  for (std::size_t i = 0; i < connections_.size() && !waiting_.empty(); ++i) {
    const Connection connection = connections_[i];
    if (!connection->idle()) continue;
    ClientOutbox::Call next = std::move(waiting_.front());
    waiting_.pop_front();
    connection->send(std::move(next));
  }
  const auto opening = std::ranges::count_if(
      connections_, [](const Connection& connection) { return connection->opening(); });
  if (static_cast<std::size_t>(opening) < waiting_.size() &&
      connections_.size() < options_.max_connections) {
    connect();
  }
}

void ClientLoop::Impl::refuse(core::RequestId request, std::string why) {
  driver_.on_response(request,
                      std::unexpected(CallFailure{core::CallError::refused, std::move(why)}));
}

void ClientLoop::Impl::connect() {
  const auto connection = std::make_shared<ClientConnection>(
      io_, options_, options_.servers[server_ % options_.servers.size()], *this);
  connections_.push_back(connection);
  connection->open();
}

void ClientLoop::Impl::on_open(ClientConnection& connection) {
  backoff_.reset();
  if (!connected_) {
    spdlog::info("connected to {}", connection.server());
    connected_ = true;
    driver_.on_connected();
  }
  send_waiting();
}

void ClientLoop::Impl::on_answered(ClientConnection&, core::RequestId request, Called called) {
  driver_.on_response(request, std::move(called));
  if (connected_) send_waiting();
}

void ClientLoop::Impl::on_gone(ClientConnection& connection, const std::string& why) {
  std::erase_if(connections_, [&](const Connection& one) { return one.get() == &connection; });
  if (stopped_) return;
  if (connections_.empty()) return lost(why);
  // The others may be busy for long: a call that waits needs a connection of its own.
  if (!waiting_.empty()) connect_later();
}

/// The last connection is gone: the core is told, and after a while another server is tried.
void ClientLoop::Impl::lost(const std::string& why) {
  if (backoff_.fresh()) spdlog::warn("{}; trying again", why);
  refuse_waiting("the connection was lost");
  if (std::exchange(connected_, false)) driver_.on_disconnected();
  ++server_;
  connect_later();
}

void ClientLoop::Impl::refuse_waiting(const std::string& why) {
  for (const ClientOutbox::Call& call : std::exchange(waiting_, {})) refuse(call.request, why);
}

/// Ends all connections, so that lost() goes on to another server.
void ClientLoop::Impl::give_up(const std::string& why) {
  refuse_waiting(why);
  close_all(why);
}

void ClientLoop::Impl::connect_later() {
  retry_.expires_after(backoff_.next());
  retry_.async_wait([this](Error error) {
    if (error) return;
    if (connections_.empty()) return connect();
    send_waiting();
  });
}

void ClientLoop::Impl::sweep() {
  const auto connections = connections_;
  for (const Connection& connection : connections)
    connection->check_deadline(std::chrono::steady_clock::now());
  sweep_.expires_after(sweep_interval);
  sweep_.async_wait([this](Error error) {
    if (!error) sweep();
  });
}

void ClientLoop::Impl::close_all(const std::string& why) {
  const auto connections = connections_;
  for (const Connection& connection : connections) connection->close(why);
}

ClientLoop::ClientLoop(const ClientOptions& options, ClientDriver& driver)
    : impl_(std::make_unique<Impl>(options, driver)) {}
ClientLoop::~ClientLoop() = default;
std::expected<void, std::string> ClientLoop::run() { return impl_->run(); }
void ClientLoop::stop() { impl_->stop(); }
void ClientLoop::after(core::Duration delay, std::function<void()> then) {
  impl_->after(delay, std::move(then));
}
void ClientLoop::on_signal(std::function<void()> act) { impl_->on_signal(std::move(act)); }

}  // namespace net
