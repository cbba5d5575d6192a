// The socket FOLDER/control, through which ./lab orders a node to misbehave: a line in, a line out.
// Only net's own .cpp files include this.
#pragma once

#include <sys/un.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "net/clocks.hpp"
#include "net/options.hpp"
#include "net/port.hpp"

namespace net {

class LabSocket {
 public:
  using Protocol = boost::asio::local::stream_protocol;
  using Error = boost::system::error_code;
  using Answer = std::function<std::string(std::string_view order)>;

  LabSocket(boost::asio::io_context& io, const LabLimits& limits, Answer answer)
      : limits_(limits),
        answer_(std::move(answer)),
        acceptor_(io, [this](Protocol::socket socket) { on_accepted(std::move(socket)); }) {}
  LabSocket(const LabSocket&) = delete;
  LabSocket& operator=(const LabSocket&) = delete;
  ~LabSocket() { close(); }

  /// Listens in the folder, which nobody else may have in use: a socket that is there was left by a
  /// node that was killed. The error is a sentence that says what to do.
  std::expected<void, std::string> open(const std::string& folder) {
    namespace fs = std::filesystem;
    if (folder.empty()) {
      return std::unexpected("--lab needs --data-dir: its socket is a file in that folder");
    }
    const fs::path path = shortest(fs::path(folder) / "control");
    constexpr std::size_t longest = sizeof(sockaddr_un::sun_path) - 1;
    if (path.native().size() > longest) {
      return std::unexpected("the path of the socket for --lab, " + path.string() + ", has " +
                             std::to_string(path.native().size()) + " bytes, " +
                             std::to_string(longest) +
                             " are possible: choose a --data-dir with a shorter path");
    }
    if (std::error_code ignored; fs::is_socket(path, ignored)) fs::remove(path, ignored);
    const Error failed = listen(path);
    if (!failed) return {};
    return std::unexpected("cannot open the socket for --lab, " + path.string() + ": " +
                           failed.message());
  }

  void check_deadlines(SteadyTime now) {
    const std::chrono::milliseconds limit(limits_.idle_timeout_ms);
    for (auto next = callers_.begin(); next != callers_.end();) {
      const auto caller = *next++;
      if (now - caller->since > limit) leave(caller);
    }
    acceptor_.accept();
  }

  void close() {
    acceptor_.close();
    while (!callers_.empty()) leave(*callers_.begin());
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove(std::exchange(path_, {}), ignored);
  }

 private:
  struct Caller {
    explicit Caller(Protocol::socket connected) : socket(std::move(connected)) {}

    Protocol::socket socket;
    std::array<char, 256> buffer{};
    std::string unread;  // no whole line yet
    std::string answers;
    SteadyTime since = std::chrono::steady_clock::now();  // of the last line
  };
  using CallerPtr = std::shared_ptr<Caller>;

  /// As seen from where the program was started, if that is shorter: a checkout may lie deep.
  static std::filesystem::path shortest(const std::filesystem::path& path) {
    std::error_code error;
    const std::filesystem::path near = std::filesystem::proximate(path, error);
    return !error && near.native().size() < path.native().size() ? near : path;
  }

  /// Whoever may not write to the socket cannot connect, and before it listens nobody can.
  Error listen(const std::filesystem::path& path) {
    Error error;
    auto& acceptor = acceptor_.acceptor();
    acceptor.open(Protocol(), error);
    if (!error) acceptor.bind(Protocol::endpoint(path.string()), error);
    if (error) return error;
    path_ = path;
    using std::filesystem::perms;
    std::error_code failed;
    std::filesystem::permissions(path, perms::owner_read | perms::owner_write, failed);
    if (failed) return failed;
    acceptor.listen(boost::asio::socket_base::max_listen_connections, error);
    if (!error) acceptor_.accept();
    return error;
  }

  void on_accepted(Protocol::socket socket) {
    if (callers_.size() >= limits_.max_connections) return;
    const auto caller = std::make_shared<Caller>(std::move(socket));
    callers_.insert(caller);
    read(caller);
  }

  void read(const CallerPtr& caller) {
    caller->socket.async_read_some(boost::asio::buffer(caller->buffer),
                                   [this, caller](Error error, std::size_t bytes) {
                                     if (!callers_.contains(caller)) return;
                                     if (error) return leave(caller);
                                     caller->unread.append(caller->buffer.data(), bytes);
                                     answer(caller);
                                   });
  }

  /// Nothing is read while answers are on their way: their sum is bounded like what is read.
  void answer(const CallerPtr& caller) {
    std::string& unread = caller->unread;
    caller->answers.clear();
    for (auto end = unread.find('\n'); end != std::string::npos; end = unread.find('\n')) {
      caller->answers += answer_(std::string_view(unread).substr(0, end)) + "\n";
      caller->since = std::chrono::steady_clock::now();
      unread.erase(0, end + 1);
    }
    const bool too_long = unread.size() > limits_.max_line_bytes;
    if (too_long) caller->answers += "error: this line is too long: no order needs so many bytes\n";
    if (caller->answers.empty()) return read(caller);
    boost::asio::async_write(caller->socket, boost::asio::buffer(caller->answers),
                             [this, caller, too_long](Error error, std::size_t) {
                               if (!callers_.contains(caller)) return;
                               if (error || too_long) return leave(caller);
                               read(caller);
                             });
  }

  void leave(CallerPtr caller) {  // a copy: it may be that of the set
    Error ignored;
    caller->socket.close(ignored);
    callers_.erase(caller);
  }

  const LabLimits limits_;
  Answer answer_;
  Acceptor<Protocol> acceptor_;
  std::filesystem::path path_;  // empty: not open
  std::set<CallerPtr> callers_;
};

}  // namespace net
