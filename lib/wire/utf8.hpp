#pragma once

#include <string_view>

namespace wire {

/// Whether `text` is well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above
/// U+10FFFF). Whoever takes text from outside in another way than decode() or from_json() must ask
/// this first.
bool is_utf8(std::string_view text);

}  // namespace wire
