// The one timer that a core has. Only net's own .cpp files include this.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <optional>

#include "core/time.hpp"
#include "net/clocks.hpp"

namespace net {

/// Whether the moment has come.
inline bool is_due(std::optional<core::Instant> at) { return at && *at <= read_clocks().mono; }

/// Wakes the loop when the core's next_timeout() comes.
class CoreTimer {
 public:
  explicit CoreTimer(boost::asio::io_context& io) : timer_(io) {}

  /// To be called before the loop waits. Costs nothing while `at` stays the same.
  void arm(std::optional<core::Instant> at) {
    if (at == armed_) return;
    armed_ = at;
    timer_.cancel();
    if (!at) return;
    timer_.expires_at(to_steady(*at));
    timer_.async_wait([this](boost::system::error_code error) {
      if (!error) armed_.reset();
    });
  }

 private:
  boost::asio::steady_timer timer_;
  std::optional<core::Instant> armed_;
};

}  // namespace net
