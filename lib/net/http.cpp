#include "net/http.hpp"

#include <algorithm>
#include <utility>

#include "net/json_object.hpp"

namespace net {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string_view find_header(const std::vector<HttpHeader>& headers, std::string_view name) {
  const auto found = std::ranges::find_if(
      headers, [name](const HttpHeader& header) { return same_name(header.name, name); });
  return found == headers.end() ? std::string_view() : std::string_view(found->value);
}

}  // namespace

std::string_view HttpRequest::header(std::string_view name) const {
  return find_header(headers, name);
}

std::string_view HttpResponse::header(std::string_view name) const {
  return find_header(headers, name);
}

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::string_view status_title(unsigned status) {
  struct Known {
    unsigned status;
    std::string_view reason;
  };
  static constexpr Known known[] = {
      {200, "OK"},
      {201, "Created"},
      {204, "No Content"},
      {304, "Not Modified"},
      {400, "Bad Request"},
      {403, "Forbidden"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {408, "Request Timeout"},
      {409, "Conflict"},
      {410, "Gone"},
      {412, "Precondition Failed"},
      {413, "Content Too Large"},
      {415, "Unsupported Media Type"},
      {417, "Expectation Failed"},
      {421, "Misdirected Request"},
      {422, "Unprocessable Content"},
      {429, "Too Many Requests"},
      {431, "Request Header Fields Too Large"},
      {500, "Internal Server Error"},
      {501, "Not Implemented"},
      {503, "Service Unavailable"},
      {504, "Gateway Timeout"},
      {505, "HTTP Version Not Supported"},
      {507, "Insufficient Storage"},
  };
  const auto found = std::ranges::find(known, status, &Known::status);
  return found == std::end(known) ? "Unknown" : found->reason;
}

HttpResponse json_response(unsigned status, std::string json) {
  return {status, "application/json", core::Bytes(std::move(json)), {}};
}

HttpResponse problem(unsigned status, std::string_view detail,
                     std::initializer_list<TextMember> more) {
  ObjectText body;
  body.text("type", "about:blank")
      .text("title", status_title(status))
      .number("status", status)
      .text("detail", detail);
  for (const auto& [name, text] : more) body.text(name, text);
  return {status, "application/problem+json", core::Bytes(body.take() + "\n"), {}};
}

}  // namespace net
