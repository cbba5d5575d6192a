#include "net/text.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace net {

std::optional<std::uint64_t> parse_number(std::string_view text) {
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return {};
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stopped != end) return {};
  return number;
}

bool is_address(std::string_view text) {
  constexpr std::string_view in_hosts =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]";
  constexpr std::size_t most_bytes = 255;
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || text.size() > most_bytes) return false;
  if (text.find_first_not_of(in_hosts) != std::string_view::npos) return false;
  const auto port = parse_number(text.substr(colon + 1));
  return port && *port >= 1 && *port <= std::numeric_limits<std::uint16_t>::max();
}

std::string with_form(const std::string& wrong, std::string_view form) {
  constexpr std::size_t most_bytes = 200;
  const std::string what = wrong.size() <= most_bytes ? wrong : wrong.substr(0, most_bytes) + "...";
  return what + "; the body must be " + std::string(form);
}

std::expected<QueryParameters, std::string> query_in(std::string_view query,
                                                     std::span<const std::string_view> known) {
  QueryParameters parameters;
  if (query.empty()) return parameters;
  while (true) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view one = query.substr(0, end);
    const std::size_t equals = std::min(one.find('='), one.size());
    const std::string name(one.substr(0, equals));
    if (std::ranges::find(known, name) == known.end()) {
      std::string taken;
      for (const std::string_view of_known : known) {
        taken += (taken.empty() ? "" : ", ") + std::string(of_known);
      }
      return std::unexpected("behind the '?' this path takes " +
                             (taken.empty() ? "nothing" : "only " + taken));
    }
    const std::string value(one.substr(std::min(equals + 1, one.size())));
    if (!parameters.emplace(name, value).second) {
      return std::unexpected(name + " stands twice behind the '?'");
    }
    if (end == query.size()) return parameters;
    query.remove_prefix(end + 1);
  }
}

}  // namespace net
