// What both loops, a node's and a client's, do between two turns of their core. Only net's own .cpp
// files include this.
#pragma once

#include <spdlog/spdlog.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <optional>

#include "core/time.hpp"
#include "net/clocks.hpp"

namespace net {

/// Waits until something is there, or not at all, then takes what is there, up to a limit that
/// keeps turns short.
inline void take_what_is_there(boost::asio::io_context& io, bool wait) {
  constexpr std::uint32_t max_turn_inputs = 1'024;
  if (wait) io.run_one();
  for (std::uint32_t taken = 0; taken < max_turn_inputs && io.poll_one() > 0; ++taken) {
  }
}

/// What was logged is kept together until here: see start_log().
inline void flush_log() { spdlog::default_logger_raw()->flush(); }

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
