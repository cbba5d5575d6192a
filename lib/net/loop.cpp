#include "net/loop.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <utility>

#include "net/clocks.hpp"
#include "net/disk_thread.hpp"
#include "net/guard.hpp"
#include "net/http_session.hpp"
#include "net/lab_socket.hpp"
#include "net/link_faults.hpp"
#include "net/metrics.hpp"
#include "net/peer_links.hpp"
#include "net/port.hpp"
#include "net/turn.hpp"

namespace net {

using boost::asio::ip::tcp;
using Error = boost::system::error_code;

namespace {

/// How often time-outs of connections are looked at; they are longer by up to this.
constexpr std::chrono::milliseconds sweep_interval(100);
/// Connections beyond max_connections that are told so; beyond these they are closed without a
/// word.
constexpr std::size_t turned_away_at_once = 64;

}  // namespace

class Loop::Impl final : public HttpSink {
 public:
  Impl(const NodeOptions& options, Driver& driver, std::optional<disk::Store> store)
      : options_(options),
        driver_(driver),
        guard_(options.http.address, options.allowed_hosts),
        port_(io_, [this](tcp::socket socket) { on_accepted(std::move(socket)); }),
        signals_(io_),
        timeout_(io_),
        sweep_(io_),
        peers_(io_, options_,
               [this](core::NodeId from, const core::Bytes& payload) {
                 return driver_.on_peer(from, payload);
               }),
        lab_(io_, options.lab_limits, [this](std::string_view order) { return on_order(order); }) {
    if (!store) return;
    const std::chrono::milliseconds full_disk_retry(options.full_disk_retry_ms);
    disk_.emplace(std::move(*store), full_disk_retry, [this] { boost::asio::post(io_, [] {}); });
  }

  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() override { close_all(); }

  std::expected<void, std::string> listen() {
    auto opened = port_.open(options_.http);
    if (opened && options_.peers) opened = peers_.listen();
    if (opened && options_.lab) opened = lab_.open(options_.data_dir);
    return opened;
  }

  std::uint16_t port() const { return port_.number(); }
  std::uint16_t peer_port() const { return peers_.port(); }

  std::expected<void, std::string> run();

  void stop() {
    boost::asio::post(io_, [this] { begin_shut_down(); });
  }

  // HttpSink
  void on_request(HttpSession& session, core::RequestId request, HttpRequest http) override;
  void on_response(unsigned status) override { metrics_.count_response(status); }
  void on_write() override { ++metrics_.socket_writes; }
  void on_session_closed(HttpSession& session) override;
  void on_backlog(HttpSession& session, std::uint32_t bytes, bool full) override {
    driver_.on_backlog(session.id(), bytes, full);
  }
  void on_dirty(HttpSession& session) override { dirty_.push_back(session.shared_from_this()); }
  bool takes_requests() const override { return unsynced_bytes_ <= options_.max_unsynced_bytes; }
  SteadyTime now() const override { return std::chrono::steady_clock::now(); }

 private:
  /// `act` may close the session that it is given.
  template <class Act>
  void for_each_session(Act act) {
    for (auto next = sessions_.begin(); next != sessions_.end();) {
      const auto session = (next++)->second;
      act(*session);
    }
  }

  void on_accepted(tcp::socket socket);
  std::string on_order(std::string_view order);
  std::optional<HttpResponse> own_answer(const HttpRequest& http);
  void sweep();
  bool has_something_to_do() const {
    return driver_.has_inputs() || is_due(driver_.next_timeout());
  }
  void turn();
  void carry_out();
  void write_to_disk();
  void collect_from_disk();
  void flush();
  void begin_shut_down();
  bool may_end() const;
  void answer_the_rest();
  void close_all();

  const NodeOptions options_;
  Driver& driver_;
  RequestGuard guard_;
  boost::asio::io_context io_{1};
  Port port_;
  boost::asio::signal_set signals_;
  CoreTimer timeout_;
  boost::asio::steady_timer sweep_;
  PeerLinks peers_;
  LabSocket lab_;
  std::optional<DiskThread> disk_;

  std::map<core::SessionId, std::shared_ptr<HttpSession>> sessions_;
  /// With something to write at the end of the turn.
  std::vector<std::shared_ptr<HttpSession>> dirty_;
  std::uint64_t last_session_ = 0;
  std::uint64_t open_requests_ = 0;  // handed to the core and not answered
  std::uint64_t writes_under_way_ = 0;
  std::uint64_t unsynced_bytes_ = 0;
  Outbox outbox_;
  Metrics metrics_;
  std::optional<SteadyTime> end_by_;        // set once the loop is to stop
  std::optional<std::string> disk_failed_;  // why
};

std::expected<void, std::string> Loop::Impl::run() {
  signals_.add(SIGTERM);
  signals_.add(SIGINT);
  signals_.async_wait([this](Error error, int) {
    if (!error) begin_shut_down();
  });
  port_.accept();
  sweep();
  flush_log();
  while (!disk_failed_ && !may_end()) {
    timeout_.arm(driver_.next_timeout());
    take_what_is_there(io_, !has_something_to_do());
    if (disk_) collect_from_disk();
    turn();
    flush_log();
    flush();
  }
  answer_the_rest();
  if (disk_failed_)
    return std::unexpected("the disk failed, and the node stopped: " + *disk_failed_);
  return {};
}

void Loop::Impl::turn() {
  if (!has_something_to_do()) return;
  outbox_ = {};
  driver_.turn(read_clocks(), outbox_);
  ++metrics_.turns;
  carry_out();
}

void Loop::Impl::carry_out() {
  for (const Outbox::Response& answer : outbox_.responses) {
    const auto found = sessions_.find(answer.session);
    if (found == sessions_.end()) continue;
    if (found->second->respond(answer.request, answer.response)) --open_requests_;
  }
  for (const Outbox::PeerMessage& message : outbox_.messages) peers_.send(message);
  for (const core::SessionId id : outbox_.closes) {
    if (const auto found = sessions_.find(id); found != sessions_.end()) {
      const auto session = found->second;
      session->close();
    }
  }
  if (outbox_.peers) peers_.set_peers(*outbox_.peers);
  write_to_disk();
}

void Loop::Impl::write_to_disk() {
  metrics_.disk_writes += outbox_.writes.size();
  if (disk_) {
    writes_under_way_ += outbox_.writes.size();
    for (const disk::RawWrite& write : outbox_.writes) unsynced_bytes_ += size_of(write);
    return disk_->submit(std::move(outbox_.writes), std::move(outbox_.loads));
  }
  // In memory: as good as written.
  DiskDone done;
  for (const disk::RawWrite& write : outbox_.writes)
    done.persisted.push_back({write.lane, write.seq});
  for (const core::Load& load : outbox_.loads) {
    done.loaded.push_back({load.load, std::unexpected(core::LoadError::gone)});
  }
  if (!done.persisted.empty() || !done.loaded.empty()) driver_.on_disk(std::move(done));
}

void Loop::Impl::collect_from_disk() {
  DiskDone done = disk_->collect();
  // What was made durable before is answered all the same.
  if (done.failed) disk_failed_ = done.failed->what;
  metrics_.disk_syncs += done.syncs;
  writes_under_way_ -= done.writes;
  const bool took = takes_requests();
  unsynced_bytes_ -= done.bytes;
  if (!took && takes_requests()) for_each_session([](HttpSession& session) { session.resume(); });
  if (!done.persisted.empty() || !done.loaded.empty() || done.room)
    driver_.on_disk(std::move(done));
}

void Loop::Impl::flush() {
  peers_.flush();
  // Writing may end in a close or in the next request's answer: the list may grow while it is
  // walked.
  // NOLINTNEXTLINE(modernize-loop-convert): for that reason
  for (std::size_t i = 0; i < dirty_.size(); ++i) {
    const auto session = dirty_[i];
    session->flush();
  }
  dirty_.clear();
}

void Loop::Impl::on_accepted(tcp::socket socket) {
  if (sessions_.size() >= options_.http_limits.max_connections + turned_away_at_once) return;
  const core::SessionId id{++last_session_};
  const auto session =
      std::make_shared<HttpSession>(std::move(socket), id, options_.http_limits, *this);
  sessions_.emplace(id, session);
  ++metrics_.connections;
  if (sessions_.size() > options_.http_limits.max_connections) {
    session->refuse(503, "Too many connections: this node takes " +
                             std::to_string(options_.http_limits.max_connections) +
                             ". Try again later.");
  } else {
    session->start();
  }
}

/// An order of ./lab about the links.
std::string Loop::Impl::on_order(std::string_view order) {
  LinkFaults faults = peers_.faults();
  std::string answer = obey(order, options_.node, faults);
  if (faults != peers_.faults()) {
    spdlog::info("./lab has ordered: {}", order);
    peers_.set_faults(std::move(faults));
  }
  return answer;
}

/// What this node answers itself, without its core.
std::optional<HttpResponse> Loop::Impl::own_answer(const HttpRequest& http) {
  if (auto refusal = guard_.check(http)) return refusal;
  if (http.path == "/health") return only_get(http, "application/json", "{\"status\":\"ok\"}\n");
  if (http.path == "/state") return only_get(http, "application/json", driver_.state());
  if (http.path != "/metrics") return std::nullopt;
  metrics_.open_connections = sessions_.size();
  metrics_.open_requests = open_requests_;
  return only_get(http, "text/plain; version=0.0.4",
                  metrics_.text() + peer_metrics(peers_.counts()));
}

void Loop::Impl::on_request(HttpSession& session, core::RequestId request, HttpRequest http) {
  ++metrics_.requests;
  if (const auto answer = own_answer(http)) {
    session.respond(request, *answer);
    return;
  }
  ++open_requests_;
  driver_.on_http(session.id(), request, std::move(http));
}

void Loop::Impl::on_session_closed(HttpSession& session) {
  open_requests_ -= session.unanswered();
  driver_.on_closed(session.id());
  sessions_.erase(session.id());
}

void Loop::Impl::sweep() {
  const SteadyTime at = now();
  for_each_session([at](HttpSession& session) { session.check_deadline(at); });
  peers_.check_deadlines(at);
  lab_.check_deadlines(at);
  port_.accept();
  sweep_.expires_after(sweep_interval);
  sweep_.async_wait([this](Error error) {
    if (!error) sweep();
  });
}

void Loop::Impl::begin_shut_down() {
  if (end_by_) return;
  end_by_ = now() + std::chrono::milliseconds(options_.drain_ms);
  port_.close();
  for_each_session([](HttpSession& session) { session.shut_down(); });
}

/// Once everything that this node can still answer by itself is answered: the rest waits for
/// others.
bool Loop::Impl::may_end() const {
  if (!end_by_) return false;
  if (now() >= *end_by_) return true;
  const bool busy = driver_.has_inputs() || writes_under_way_ > 0;
  return !busy && (open_requests_ == 0 || !peers_.has_peers());
}

void Loop::Impl::answer_the_rest() {
  begin_shut_down();  // after a failure of the disk it has not begun
  peers_.close();
  const std::string_view why =
      disk_failed_ ? "The disk failed. Whether this was carried out is unknown."
                   : "The node is stopping. Whether this was carried out is unknown.";
  HttpResponse response = problem(503, why);
  response.headers.push_back({"Retry-After", "1"});
  for_each_session([&](HttpSession& session) { session.respond_to_all(response); });
  flush();
  const SteadyTime end_by = now() + std::chrono::milliseconds(options_.drain_ms);
  while (!sessions_.empty() && now() < end_by) {
    io_.run_one_until(end_by);
    flush();
  }
  close_all();
}

void Loop::Impl::close_all() {
  const auto sessions = std::exchange(sessions_, {});
  for (const auto& [id, session] : sessions) session->close();
  peers_.close();
  lab_.close();
}

Loop::Loop(const NodeOptions& options, Driver& driver, std::optional<disk::Store> store)
    : impl_(std::make_unique<Impl>(options, driver, std::move(store))) {}
Loop::~Loop() = default;
std::expected<void, std::string> Loop::listen() { return impl_->listen(); }
std::uint16_t Loop::http_port() const { return impl_->port(); }
std::uint16_t Loop::peer_port() const { return impl_->peer_port(); }
std::expected<void, std::string> Loop::run() { return impl_->run(); }
void Loop::stop() { impl_->stop(); }

}  // namespace net
