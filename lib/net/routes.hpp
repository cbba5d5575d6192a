// Which handler serves which path: a table of methods and patterns such as "/queues/{queue}/tasks".
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/http.hpp"

namespace net {

/// What stood in a pattern's {places}, in order, percent-decoded.
using PathParameters = std::vector<std::string>;

/// The table without its handlers.
class RouteTable {
 public:
  /// A place in braces matches one part of a path, of one character or more.
  void add(std::string_view method, std::string_view pattern);

  struct Found {
    std::size_t route = 0;  // in the order of add()
    PathParameters parameters;
  };

  /// The first route that matches. Otherwise the answer to give: 404, 405 with Allow, or 400 for a
  /// path whose percent-encoding is broken.
  std::expected<Found, HttpResponse> find(const HttpRequest& request) const;

  /// "GET /queues/{queue}" and so on, in the order of add().
  std::vector<std::string> names() const;

 private:
  struct Route {
    std::string method;
    std::vector<std::string> parts;
  };
  std::vector<Route> routes_;
};

/// Handler is whatever the Api wants: a function pointer, an enum value. HEAD needs no routes of
/// its own: it reaches an Api as GET.
template <class Handler>
class Routes {
 public:
  Routes& add(std::string_view method, std::string_view pattern, Handler handler) {
    table_.add(method, pattern);
    handlers_.push_back(std::move(handler));
    return *this;
  }

  struct Found {
    const Handler& handler;
    PathParameters parameters;
  };

  std::expected<Found, HttpResponse> find(const HttpRequest& request) const {
    auto found = table_.find(request);
    if (!found) return std::unexpected(std::move(found).error());
    return Found{handlers_[found->route], std::move(found->parameters)};
  }

  std::vector<std::string> names() const { return table_.names(); }

 private:
  RouteTable table_;
  std::vector<Handler> handlers_;
};

/// The parts of a path between its slashes, percent-decoded; nothing if the encoding is broken or
/// hides a zero byte.
std::expected<std::vector<std::string>, HttpResponse> split_path(std::string_view path);

}  // namespace net
