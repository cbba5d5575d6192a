#include "net/routes.hpp"

#include <algorithm>
#include <optional>

namespace net {

namespace {

std::optional<std::uint32_t> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::uint32_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint32_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<std::uint32_t>(c - 'A' + 10);
  return std::nullopt;
}

/// None when an escape is malformed or stands for a zero byte.
std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    const auto high = hex_digit(text[i + 1]);
    const auto low = hex_digit(text[i + 2]);
    if (!high || !low || (*high == 0 && *low == 0)) return std::nullopt;
    out += static_cast<char>(*high * 16 + *low);
    i += 2;
  }
  return out;
}

bool is_place(std::string_view part) { return part.starts_with('{') && part.ends_with('}'); }

/// What stands in the places, or nothing if the path is another.
std::optional<PathParameters> match(const std::vector<std::string>& pattern,
                                    const std::vector<std::string>& path) {
  if (pattern.size() != path.size()) return std::nullopt;
  PathParameters parameters;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (is_place(pattern[i]) && !path[i].empty()) {
      parameters.push_back(path[i]);
    } else if (pattern[i] != path[i]) {
      return std::nullopt;
    }
  }
  return parameters;
}

}  // namespace

std::expected<std::vector<std::string>, HttpResponse> split_path(std::string_view path) {
  std::vector<std::string> parts;
  while (path.starts_with('/')) {
    path.remove_prefix(1);
    const std::size_t end = std::min(path.find('/'), path.size());
    std::optional<std::string> part = percent_decoded(path.substr(0, end));
    if (!part) return std::unexpected(problem(400, "The path holds a broken percent-escape."));
    parts.push_back(std::move(*part));
    path.remove_prefix(end);
  }
  return parts;
}

void RouteTable::add(std::string_view method, std::string_view pattern) {
  Route& route = routes_.emplace_back(Route{std::string(method), {}});
  while (pattern.starts_with('/')) {
    pattern.remove_prefix(1);
    const std::size_t end = std::min(pattern.find('/'), pattern.size());
    route.parts.emplace_back(pattern.substr(0, end));
    pattern.remove_prefix(end);
  }
}

std::expected<RouteTable::Found, HttpResponse> RouteTable::find(const HttpRequest& request) const {
  auto path = split_path(request.path);
  if (!path) return std::unexpected(std::move(path).error());
  std::string methods;
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    auto parameters = match(routes_[i].parts, *path);
    if (!parameters) continue;
    if (routes_[i].method == request.method) return Found{i, std::move(*parameters)};
    methods += (methods.empty() ? "" : ", ") + routes_[i].method;
    if (routes_[i].method == "GET") methods += ", HEAD";
  }
  if (methods.empty()) return std::unexpected(problem(404, "There is nothing at this path."));
  HttpResponse refused = problem(405, "This path takes " + methods + ".");
  refused.headers.push_back({"Allow", methods});
  return std::unexpected(std::move(refused));
}

std::vector<std::string> RouteTable::names() const {
  std::vector<std::string> names;
  for (const Route& route : routes_) {
    std::string& name = names.emplace_back(route.method + " ");
    for (const std::string& part : route.parts) name += "/" + part;
  }
  return names;
}

}  // namespace net
