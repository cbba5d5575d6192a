#include "net/peer_links.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <utility>

#include "core/prng.hpp"
#include "net/listen.hpp"
#include "net/metrics.hpp"
#include "wire/contract.hpp"
#include "wire/frame.hpp"

namespace net {

using boost::asio::ip::tcp;
using Error = boost::system::error_code;

/// The first frame of a link: who speaks. The format version stands in every frame's header.
struct Hello {
  std::string cluster;
  core::NodeId from;
  core::NodeId to;
  core::Lane lane = core::Lane::control;
};

constexpr auto describe(wire::Type<Hello>) {
  return wire::record<1>("hello", wire::field<1>("cluster", &Hello::cluster),
                         wire::field<2>("from", &Hello::from), wire::field<3>("to", &Hello::to),
                         wire::field<4>("lane", &Hello::lane));
}

namespace {

enum class PeerFrame : std::uint16_t { hello = 1, message = 2 };

constexpr std::size_t read_bytes = 64 << 10;

}  // namespace

/// A link to a peer: connects, says hello, sends; connects again when the connection is lost.
class PeerSender : public std::enable_shared_from_this<PeerSender> {
 public:
  PeerSender(PeerLinks& links, const core::Peer& peer, core::Lane lane)
      : links_(&links),
        peer_(peer),
        lane_(lane),
        prng_(core::mix64(links.options_.node.value) ^ core::mix64(peer.id.value) ^
              static_cast<std::uint64_t>(lane)),
        resolver_(links.io_),
        socket_(links.io_),
        retry_(links.io_) {}

  const core::Peer& peer() const { return peer_; }

  void connect() {
    const std::size_t colon = peer_.address.rfind(':');
    if (colon == std::string::npos) {
      return spdlog::error("peer {}: \"{}\" is not host:port", peer_.id.value, peer_.address);
    }
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

  /// False when the queue is at its limit and the message was dropped.
  bool send(std::string_view payload) {
    if (payload.size() > links_->options_.peer_limits.max_message_bytes) return false;
    if (queued_.size() + payload.size() > links_->options_.peer_limits.max_queued_bytes)
      return false;
    wire::append_frame(queued_, static_cast<std::uint16_t>(PeerFrame::message), payload);
    return true;
  }

  void flush() {
    if (!connected_ || writing_ || queued_.empty()) return;
    writing_ = true;
    write_since_ = std::chrono::steady_clock::now();
    under_way_.clear();
    under_way_.swap(queued_);
    boost::asio::async_write(socket_, boost::asio::buffer(under_way_),
                             [self = shared_from_this()](Error error, std::size_t) {
                               self->writing_ = false;
                               if (!self->links_) return;
                               error ? self->on_lost() : self->flush();
                             });
  }

  void check_deadline(SteadyTime now) {
    const std::chrono::milliseconds limit(links_->options_.peer_limits.write_timeout_ms);
    if (writing_ && connected_ && now - write_since_ > limit) on_lost();
  }

  void close() {
    links_ = nullptr;
    Error ignored;
    resolver_.cancel();
    socket_.close(ignored);
    retry_.cancel();
  }

 private:
  void on_connected() {
    Error ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    retries_ = 0;
    connected_ = true;
    // What was queued while there was no connection is old by now: peers send again what still
    // matters.
    queued_.clear();
    wire::append_framed(queued_, static_cast<std::uint16_t>(PeerFrame::hello),
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

  void on_lost() {
    if (!connected_) return;
    connected_ = false;
    try_again();
  }

  void try_again() {
    Error ignored;
    socket_.close(ignored);
    socket_ = tcp::socket(links_->io_);
    const PeerLimits& limits = links_->options_.peer_limits;
    const std::uint64_t grown = std::uint64_t{limits.first_retry_ms} << std::min(retries_++, 16u);
    const auto wait =
        static_cast<std::int64_t>(std::min<std::uint64_t>(grown, limits.last_retry_ms));
    retry_.expires_after(std::chrono::milliseconds(prng_.between(wait / 2, wait)));
    retry_.async_wait([self = shared_from_this()](Error error) {
      if (!error && self->links_) self->connect();
    });
  }

  PeerLinks* links_;  // null once closed
  core::Peer peer_;
  core::Lane lane_;
  core::Prng prng_;
  tcp::resolver resolver_;
  tcp::socket socket_;
  boost::asio::steady_timer retry_;
  std::uint32_t retries_ = 0;
  bool connected_ = false;
  bool writing_ = false;
  SteadyTime write_since_;
  char unused_ = 0;
  std::string queued_;
  std::string under_way_;
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
    if (!from_ && now - since_ > limit) leave();
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
      if (!*frame) return true;
      if (!take(**frame)) return false;
    }
  }

  bool take(const wire::Frame& frame) {
    if (!from_)
      return frame.kind == static_cast<std::uint16_t>(PeerFrame::hello)
                 ? greet(frame)
                 : refuse("it did not say hello");
    if (frame.kind != static_cast<std::uint16_t>(PeerFrame::message)) {
      return refuse("it sent a frame of an unknown kind");
    }
    ++links_->counts_.received;
    return links_->received_(*from_, frame.payload) || refuse("it sent what is no message");
  }

  bool greet(const wire::Frame& frame) {
    const auto hello = wire::decode<Hello>(frame.payload);
    if (!hello) return refuse("its hello cannot be read");
    const NodeOptions& own = links_->options_;
    if (hello->cluster != own.cluster)
      return refuse("it belongs to cluster \"" + hello->cluster + "\"");
    if (hello->to != own.node) return refuse("it looks for another node");
    from_ = hello->from;
    return true;
  }

  bool refuse(std::string_view why) {
    ++links_->counts_.refused;
    spdlog::warn("refused a peer's connection: {}", why);
    return false;
  }

  void leave() {
    PeerLinks* links = links_;
    close();
    links->receivers_.erase(shared_from_this());
  }

  PeerLinks* links_;  // null once closed
  tcp::socket socket_;
  wire::FrameReader frames_;
  std::string buffer_;
  std::optional<core::NodeId> from_;
  SteadyTime since_ = std::chrono::steady_clock::now();
};

std::string peer_metrics(const PeerCounts& counts) {
  std::string out;
  append_metric(out, "lab_peer_messages_sent_total", "counter", "Messages queued for a peer.",
                counts.sent);
  append_metric(out, "lab_peer_messages_received_total", "counter", "Messages of peers.",
                counts.received);
  append_metric(out, "lab_peer_messages_dropped_total", "counter",
                "Messages dropped: the link was full.", counts.dropped);
  append_metric(out, "lab_peer_refused_total", "counter", "Connections of peers refused.",
                counts.refused);
  return out;
}

PeerLinks::PeerLinks(boost::asio::io_context& io, const NodeOptions& options, Received received)
    : io_(io), options_(options), received_(std::move(received)), acceptor_(io) {}

PeerLinks::~PeerLinks() { close(); }

std::expected<void, std::string> PeerLinks::listen() {
  auto opened = open_port(acceptor_, *options_.peers);
  if (opened) accept();
  return opened;
}

std::uint16_t PeerLinks::port() const {
  Error error;
  const tcp::endpoint at = acceptor_.local_endpoint(error);
  return error ? std::uint16_t{0} : at.port();
}

void PeerLinks::accept() {
  acceptor_.async_accept([this](Error error, tcp::socket socket) {
    if (error == boost::asio::error::operation_aborted) return;
    if (!error && receivers_.size() < options_.peer_limits.max_incoming) {
      const auto receiver = std::make_shared<PeerReceiver>(*this, std::move(socket));
      receivers_.insert(receiver);
      receiver->read();
    }
    accept();
  });
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
  const auto found = senders_.find({message.to, message.lane});
  const bool sent = found != senders_.end() && found->second->send(message.payload);
  ++(sent ? counts_.sent : counts_.dropped);
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
}

void PeerLinks::close() {
  Error ignored;
  acceptor_.close(ignored);
  for (const auto& [id, sender] : senders_) sender->close();
  for (const auto& receiver : receivers_) receiver->close();
  senders_.clear();
  receivers_.clear();
}

}  // namespace net
