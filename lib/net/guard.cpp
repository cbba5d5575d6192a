#include "net/guard.hpp"

#include <algorithm>
#include <utility>

namespace net {

namespace {

/// "localhost" of "localhost:4100", "[::1]" of "[::1]:4100".
std::string_view without_port(std::string_view host) {
  const std::size_t bracket = host.rfind(']');
  const std::size_t colon = host.rfind(':');
  if (colon == std::string_view::npos) return host;
  return bracket != std::string_view::npos && colon < bracket ? host : host.substr(0, colon);
}

}  // namespace

RequestGuard::RequestGuard(const std::string& listen, std::vector<std::string> allowed_hosts)
    : hosts_(std::move(allowed_hosts)) {
  for (const char* own : {"localhost", "127.0.0.1", "[::1]"}) hosts_.emplace_back(own);
  hosts_.push_back(listen.find(':') == std::string::npos ? listen : "[" + listen + "]");
}

bool RequestGuard::known(std::string_view host_and_port) const {
  const std::string_view host = without_port(host_and_port);
  return std::ranges::any_of(hosts_,
                             [host](const std::string& known) { return same_name(known, host); });
}

std::optional<HttpResponse> RequestGuard::check(const HttpRequest& request) const {
  const auto hosts = std::ranges::count_if(
      request.headers, [](const HttpHeader& header) { return same_name(header.name, "host"); });
  if (hosts != 1) return problem(400, "Send one Host header.");
  if (!known(request.header("host"))) {
    return problem(
        421, "This node is not known by that Host. Start it with --allow-host to change that.");
  }
  const std::string_view origin = request.header("origin");
  if (origin.empty()) return std::nullopt;
  constexpr std::string_view scheme = "http://";
  if (origin.starts_with(scheme) && known(origin.substr(scheme.size()))) return std::nullopt;
  return problem(403, "Pages of that Origin may not talk to this node.");
}

HttpResponse method_not_allowed(std::string_view allowed) {
  HttpResponse response = problem(405, "This path takes " + std::string(allowed) + ".");
  response.headers.push_back({"Allow", std::string(allowed)});
  return response;
}

HttpResponse only_get(const HttpRequest& request, std::string content_type, std::string body) {
  if (request.method != "GET") return method_not_allowed("GET, HEAD");
  return {200, std::move(content_type), core::Bytes(std::move(body)), {}};
}

}  // namespace net
