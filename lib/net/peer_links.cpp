#include "net/peer_links.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/steady_timer.hpp>
#include <utility>

#include "net/backoff.hpp"
#include "net/metrics.hpp"
#include "net/peer_hello.hpp"
#include "net/socket_writer.hpp"
#include "wire/frame.hpp"

namespace net {

using boost::asio::ip::tcp;
using Error = boost::system::error_code;

namespace {

constexpr std::size_t read_bytes = 64 << 10;
/// Whoever has not said hello yet is a stranger: nobody keeps more than this for it.
constexpr std::size_t max_hello_bytes = 4 << 10;

}  // namespace

/// A link to a peer: connects, says hello, sends; connects again when the connection is lost.
class PeerSender : public std::enable_shared_from_this<PeerSender> {
 public:
  PeerSender(PeerLinks& links, const core::Peer& peer, core::Lane lane)
      : links_(&links),
        peer_(peer),
        lane_(lane),
        backoff_(limits().first_retry_ms, limits().last_retry_ms,
                 core::mix64(links.options_.node.value) ^ core::mix64(peer.id.value) ^
                     static_cast<std::uint64_t>(lane)),
        resolver_(links.io_),
        socket_(links.io_),
        retry_(links.io_),
        release_(links.io_) {}

  const core::Peer& peer() const { return peer_; }

  void connect() {
    const std::size_t colon = peer_.address.rfind(':');
    if (colon == std::string::npos) {
      return spdlog::error("peer {}: \"{}\" is not host:port", peer_.id.value, peer_.address);
    }
    state_ = State::connecting;
    since_ = std::chrono::steady_clock::now();
    resolver_.async_resolve(
        peer_.address.substr(0, colon), peer_.address.substr(colon + 1),
        [self = shared_from_this()](Error error, const tcp::resolver::results_type& found) {
          if (!self->links_) return;
          if (error) return self->try_again();
          boost::asio::async_connect(self->socket_, found,
                                     [self](Error failed, const tcp::endpoint&) {
                                       if (self->links_)
                                         failed ? self->try_again() : self->on_connected();
                                     });
        });
  }

  /// False when there is no connection or the queue is at its limit, and the message was dropped.
  bool send(std::string_view payload) {
    if (state_ != State::connected || payload.size() > limits().max_message_bytes) return false;
    if (writer_.bytes() + held_.bytes() + payload.size() > limits().max_queued_bytes) return false;
    const auto delay = links_->faults_.delay_to(peer_.id);
    if (delay.count() == 0) {
      queue(payload);
    } else {
      hold(payload, delay);
    }
    return true;
  }

  std::size_t held() const { return held_.size(); }

  /// What is held when its link is blocked is lost; else it waits for the new delay at most.
  void on_faults() {
    if (links_->faults_.blocks(peer_.id)) {
      links_->counts_.blocked += held_.size();
      held_.clear();
    }
    held_.hurry(std::chrono::steady_clock::now() + links_->faults_.delay_to(peer_.id));
    release();
  }

  void flush() {
    if (state_ != State::connected || writer_.writing() || writer_.queue().empty()) return;
    const auto at_once = writer_.write(
        socket_, [self = shared_from_this()](Error error) { self->on_written(error); });
    if (at_once) on_written(*at_once);
  }

  void check_deadline(SteadyTime now) {
    const bool late = now - since_ > std::chrono::milliseconds(limits().connect_timeout_ms);
    if (state_ == State::connecting && late) give_up_connecting();
    if (state_ == State::connected && writer_.stuck(now, limits().write_timeout_ms)) on_lost();
  }

  void close() {
    links_ = nullptr;
    give_up_connecting();
    retry_.cancel();
    release_.cancel();
  }

 private:
  enum class State : std::uint8_t { connecting, connected, waiting };

  const PeerLimits& limits() const { return links_->options_.peer_limits; }

  void queue(std::string_view payload) {
    wire::append_frame(writer_.queue(), static_cast<std::uint16_t>(PeerFrame::message), payload);
  }

  void hold(std::string_view payload, std::chrono::milliseconds delay) {
    const bool first = held_.empty();
    held_.add(payload, std::chrono::steady_clock::now() + delay);
    if (first) release();
  }

  /// Queues what has been held for long enough, and comes back for the rest.
  void release() {
    const SteadyTime now = std::chrono::steady_clock::now();
    while (const auto payload = held_.take(now)) queue(*payload);
    if (held_.empty()) return;
    release_.expires_at(held_.next());
    release_.async_wait([self = shared_from_this()](Error error) {
      if (!error && self->links_) self->release();
    });
  }

  void on_connected() {
    Error ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    socket_.non_blocking(true, ignored);
    state_ = State::connected;
    since_ = std::chrono::steady_clock::now();
    wire::append_framed(writer_.queue(), static_cast<std::uint16_t>(PeerFrame::hello),
                        Hello{links_->options_.cluster, links_->options_.node, peer_.id, lane_});
    watch_for_close();
    flush();
  }

  /// A receiver never sends: what ends this read is the end of the connection.
  void watch_for_close() {
    socket_.async_read_some(boost::asio::buffer(&unused_, 1),
                            [self = shared_from_this()](Error, std::size_t) {
                              if (self->links_) self->on_lost();
                            });
  }

  void on_written(Error error) {
    if (!links_) return;
    error ? on_lost() : flush();
  }

  /// A connection that ended soon was no success: a peer that refuses this node lets it connect
  /// first, and must not be asked again and again.
  void on_lost() {
    if (state_ != State::connected) return;
    const std::chrono::milliseconds long_enough(limits().last_retry_ms);
    if (std::chrono::steady_clock::now() - since_ > long_enough) backoff_.reset();
    try_again();
  }

  /// Whoever waits for the connection is told that it failed.
  void give_up_connecting() {
    Error ignored;
    resolver_.cancel();
    socket_.close(ignored);
  }

  void try_again() {
    state_ = State::waiting;
    ++links_->counts_.failed;
    Error ignored;
    socket_.close(ignored);
    socket_ = tcp::socket(links_->io_);
    // It is old by the time there is a connection: peers send again what still matters then.
    writer_.drop_queue();
    held_.clear();
    retry_.expires_after(backoff_.next());
    retry_.async_wait([self = shared_from_this()](Error error) {
      if (!error && self->links_) self->connect();
    });
  }

  PeerLinks* links_;  // null once closed
  core::Peer peer_;
  core::Lane lane_;
  Backoff backoff_;
  tcp::resolver resolver_;
  tcp::socket socket_;
  boost::asio::steady_timer retry_;
  State state_ = State::waiting;
  SteadyTime since_;  // when that state began
  char unused_ = 0;
  SocketWriter writer_;
  DelayLine held_;  // what a fault delays
  boost::asio::steady_timer release_;
};

/// A connection that a peer opened.
class PeerReceiver : public std::enable_shared_from_this<PeerReceiver> {
 public:
  PeerReceiver(PeerLinks& links, tcp::socket socket)
      : links_(&links),
        socket_(std::move(socket)),
        frames_(links.options_.peer_limits.max_message_bytes),
        buffer_(read_bytes, '\0') {}

  void read() {
    socket_.async_read_some(boost::asio::buffer(buffer_),
                            [self = shared_from_this()](Error error, std::size_t bytes) {
                              if (!self->links_) return;
                              if (error || !self->take(bytes)) return self->leave();
                              self->read();
                            });
  }

  void check_deadline(SteadyTime now) {
    const std::chrono::milliseconds limit(links_->options_.peer_limits.hello_timeout_ms);
    if (!link_ && now - since_ > limit) leave();
  }

  /// Whose link this is, once it has said so.
  const std::optional<PeerLinks::LinkId>& link() const { return link_; }

  void leave() {
    PeerLinks* links = links_;
    close();
    links->receivers_.erase(shared_from_this());
  }

  void close() {
    links_ = nullptr;
    Error ignored;
    socket_.close(ignored);
  }

 private:
  bool take(std::size_t bytes) {
    frames_.feed(std::string_view(buffer_).substr(0, bytes));
    while (true) {
      auto frame = frames_.next();
      if (!frame) return refuse(wire::describe_error(frame.error()));
      if (!*frame) break;
      if (!take(**frame)) return false;
    }
    return link_ || frames_.waiting() <= max_hello_bytes || refuse("its hello is too long");
  }

  bool take(const wire::Frame& frame) {
    if (!link_)
      return frame.kind == static_cast<std::uint16_t>(PeerFrame::hello)
                 ? greet(frame)
                 : refuse("it did not say hello");
    if (frame.kind != static_cast<std::uint16_t>(PeerFrame::message)) {
      return refuse("it sent a frame of an unknown kind");
    }
    if (links_->faults_.blocks(link_->first)) {
      ++links_->counts_.blocked;
      return true;
    }
    ++links_->counts_.received;
    return links_->received_(link_->first, frame.payload) || refuse("it sent what is no message");
  }

  bool greet(const wire::Frame& frame) {
    const auto hello = wire::decode<Hello>(frame.payload);
    if (!hello) return refuse("its hello cannot be read");
    const NodeOptions& own = links_->options_;
    if (hello->cluster != own.cluster)
      return refuse("it belongs to cluster \"" + hello->cluster + "\"");
    if (hello->to != own.node) return refuse("it looks for another node");
    if (hello->from == own.node) return refuse("it goes by the number of this node");
    link_.emplace(hello->from, hello->lane);
    links_->end_others(*this);
    return true;
  }

  bool refuse(std::string_view why) {
    links_->on_refused(why);
    return false;
  }

  PeerLinks* links_;  // null once closed
  tcp::socket socket_;
  wire::FrameReader frames_;
  std::string buffer_;
  std::optional<PeerLinks::LinkId> link_;
  SteadyTime since_ = std::chrono::steady_clock::now();
};

std::string peer_metrics(const PeerCounts& counts) {
  std::string out;
  append_metric(out, "lab_peer_messages_sent_total", "counter", "Messages queued for a peer.",
                counts.sent);
  append_metric(out, "lab_peer_messages_received_total", "counter", "Messages of peers.",
                counts.received);
  append_metric(out, "lab_peer_messages_dropped_total", "counter",
                "Messages dropped: the link was down or full.", counts.dropped);
  append_metric(out, "lab_peer_failures_total", "counter",
                "Failed tries to reach a peer, and links that were lost.", counts.failed);
  append_metric(out, "lab_peer_refused_total", "counter", "Connections of peers refused.",
                counts.refused);
  append_metric(out, "lab_peer_messages_blocked_total", "counter",
                "Messages to and from peers dropped because ./lab has blocked their link.",
                counts.blocked);
  append_metric(out, "lab_peer_messages_held", "gauge",
                "Messages that wait because ./lab has delayed their link.", counts.held);
  return out;
}

PeerLinks::PeerLinks(boost::asio::io_context& io, const NodeOptions& options, Received received)
    : io_(io),
      options_(options),
      received_(std::move(received)),
      port_(io, [this](tcp::socket socket) { on_accepted(std::move(socket)); }) {}

PeerLinks::~PeerLinks() { close(); }

std::expected<void, std::string> PeerLinks::listen() {
  auto opened = port_.open(*options_.peers);
  if (opened) port_.accept();
  return opened;
}

void PeerLinks::on_accepted(tcp::socket socket) {
  if (receivers_.size() >= options_.peer_limits.max_incoming) return;
  const auto receiver = std::make_shared<PeerReceiver>(*this, std::move(socket));
  receivers_.insert(receiver);
  receiver->read();
}

/// Counts all of them, and tells of one a second at most: whoever is refused can come again.
void PeerLinks::on_refused(std::string_view why) {
  ++counts_.refused;
  const SteadyTime now = std::chrono::steady_clock::now();
  if (now < tell_refusals_at_) return;
  tell_refusals_at_ = now + std::chrono::seconds(1);
  spdlog::warn("refused a peer's connection: {}", why);
}

/// A peer that connects again has lost the connection before, even if nothing has told so here: its
/// machine may have gone without a word.
void PeerLinks::end_others(const PeerReceiver& newest) {
  for (auto next = receivers_.begin(); next != receivers_.end();) {
    const auto receiver = *next++;
    if (receiver.get() != &newest && receiver->link() == newest.link()) receiver->leave();
  }
}

void PeerLinks::set_peers(const std::vector<core::Peer>& peers) {
  std::erase_if(senders_, [&](auto& link) {
    const bool stays = std::ranges::find(peers, link.second->peer()) != peers.end();
    if (!stays) link.second->close();
    return !stays;
  });
  for (const core::Peer& peer : peers) {
    for (const core::Lane lane : {core::Lane::control, core::Lane::bulk}) {
      auto& sender = senders_[{peer.id, lane}];
      if (sender) continue;
      sender = std::make_shared<PeerSender>(*this, peer, lane);
      sender->connect();
    }
  }
}

void PeerLinks::send(const Outbox::PeerMessage& message) {
  if (faults_.blocks(message.to)) {
    ++counts_.blocked;
    return;
  }
  const auto found = senders_.find({message.to, message.lane});
  const bool sent = found != senders_.end() && found->second->send(message.payload);
  ++(sent ? counts_.sent : counts_.dropped);
}

void PeerLinks::set_faults(LinkFaults faults) {
  faults_ = std::move(faults);
  for (const auto& [id, sender] : senders_) sender->on_faults();
}

PeerCounts PeerLinks::counts() const {
  PeerCounts counts = counts_;
  for (const auto& [id, sender] : senders_) counts.held += sender->held();
  return counts;
}

void PeerLinks::flush() {
  for (const auto& [id, sender] : senders_) sender->flush();
}

void PeerLinks::check_deadlines(SteadyTime now) {
  for (const auto& [id, sender] : senders_) sender->check_deadline(now);
  for (auto next = receivers_.begin(); next != receivers_.end();) {
    const auto receiver = *next++;  // it may leave
    receiver->check_deadline(now);
  }
  port_.accept();
}

void PeerLinks::close() {
  port_.close();
  for (const auto& [id, sender] : senders_) sender->close();
  for (const auto& receiver : receivers_) receiver->close();
  senders_.clear();
  receivers_.clear();
}

}  // namespace net
