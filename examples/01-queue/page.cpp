#include "page.hpp"

#include <string>

#include "page_files.hpp"

namespace queue {

namespace {

constexpr std::string_view policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

net::HttpResponse file(std::string_view type, std::string_view text) {
  net::HttpResponse response;
  response.content_type = std::string(type) + "; charset=utf-8";
  response.body = core::Bytes(std::string(text));
  response.headers = {{"Content-Security-Policy", std::string(policy)},
                      {"X-Content-Type-Options", "nosniff"},
                      {"Cache-Control", "no-cache"}};
  return response;
}

}  // namespace

net::HttpResponse page_file(std::string_view path) {
  if (path == "/page.css") return file("text/css", page_css());
  if (path == "/page.js") return file("text/javascript", page_js());
  return file("text/html", page_html());
}

}  // namespace queue
