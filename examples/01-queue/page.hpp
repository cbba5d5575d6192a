// The live page: what a person sees who opens the broker's address in a browser.
#pragma once

#include <string_view>

#include "net/http.hpp"

namespace queue {

/// The file at this path, one of "/", "/page.css" and "/page.js". It may load nothing from
/// elsewhere, and run no script but its own.
net::HttpResponse page_file(std::string_view path);

}  // namespace queue
