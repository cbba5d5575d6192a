// What the Apis of several systems read from requests: numbers, and what stands behind a '?'.
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace net {

/// A decimal number without sign or leading zero; nothing if it is anything else or too large.
std::optional<std::uint64_t> parse_number(std::string_view text);

/// Whether it is "host:port" with a port from 1 to 65535, in numbers: a name of a service would be
/// looked up only when it is too late to say no.
bool is_address(std::string_view text);

/// "; the body must be ..." behind what is wrong with it, which may quote the sender at length.
std::string with_form(const std::string& wrong, std::string_view form);

/// By name, as sent.
using QueryParameters = std::map<std::string, std::string, std::less<>>;

/// What stands behind the '?' of a path, "name=value" with '&' between: only names in `known`, each
/// once at most. The error is a sentence for whoever sent it.
std::expected<QueryParameters, std::string> query_in(std::string_view query,
                                                     std::span<const std::string_view> known);

}  // namespace net
