// Base64 with padding (RFC 4648, section 4): arbitrary bytes inside JSON.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace wire {

void append_base64(std::string& out, std::string_view bytes);

/// The bytes; nullopt unless `text` is what append_base64() writes: no spaces, padded, unused bits
/// zero.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace wire
