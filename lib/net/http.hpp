// An HTTP request and a response as plain values: what a system's Api sees. No socket and no
// library type is in here, so that an Api can be tested without either.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/bytes.hpp"

namespace net {

struct HttpHeader {
  std::string name;
  std::string value;
};

struct HttpRequest {
  std::string method = "GET";
  std::string path = "/";  // as sent, without the query; Routes takes it apart
  std::string query;       // what followed the first '?', as sent
  std::vector<HttpHeader> headers;
  core::Bytes body;

  /// The value of the first header of that name, whatever its letters' case; empty if there is
  /// none.
  std::string_view header(std::string_view name) const;
};

struct HttpResponse {
  unsigned status = 200;
  std::string content_type;  // empty only without a body
  core::Bytes body;
  std::vector<HttpHeader> headers;  // beside Content-Type, Content-Length and Connection

  /// As above.
  std::string_view header(std::string_view name) const;
};

/// A response that carries JSON text.
HttpResponse json_response(unsigned status, std::string json);

/// A name and a text.
using TextMember = std::pair<std::string_view, std::string_view>;

/// An error as application/problem+json (RFC 9457): type, title, status, detail. The title follows
/// from the status. `detail` is one sentence for a person: what was wrong and, where it helps, what
/// to do. `more` is for programs.
HttpResponse problem(unsigned status, std::string_view detail,
                     std::initializer_list<TextMember> more = {});

/// "Not Found" for 404; "Unknown" for a status that is not known here.
std::string_view status_title(unsigned status);

/// Whether two header names, or two host names, are the same: ASCII letters match in either case.
bool same_name(std::string_view a, std::string_view b);

}  // namespace net
