// Base64 with padding (RFC 4648, section 4), in which etcd's JSON has its bytes.
#pragma once

#include <string>
#include <string_view>

namespace bench {

/// Appends it to `out`.
void append_base64(std::string_view bytes, std::string& out);

/// Throws Wrong if it is none.
void read_base64(std::string_view text, std::string& bytes);

}  // namespace bench
