// Which requests are let in at all. A page of another site, open in a reader's browser, can send
// requests to 127.0.0.1; what gives it away is the Origin header, or, after DNS rebinding, the Host
// header.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/http.hpp"

namespace net {

class RequestGuard {
 public:
  RequestGuard(const std::string& listen, std::vector<std::string> allowed_hosts);

  /// What to answer at once; none when the request may pass.
  std::optional<HttpResponse> check(const HttpRequest& request) const;

 private:
  bool known(std::string_view host_and_port) const;

  std::vector<std::string> hosts_;
};

/// The response to a GET; 405 to anything else.
HttpResponse only_get(const HttpRequest& request, std::string content_type, std::string body);

/// 405 with the methods that the path has, such as "GET, POST".
HttpResponse method_not_allowed(std::string_view allowed);

}  // namespace net
