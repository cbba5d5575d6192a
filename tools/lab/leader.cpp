#include "leader.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "catalog.hpp"
#include "ports.hpp"

namespace lab {

namespace {

constexpr std::chrono::milliseconds patience{300};

// What stands behind `"name":`, up to the end of the text. The first of that name is the node's
// own.
std::string_view behind(std::string_view json, const std::string& name) {
  const std::string member = "\"" + name + "\":";
  const std::size_t at = json.find(member);
  return at == std::string_view::npos ? std::string_view() : json.substr(at + member.size());
}

std::optional<std::uint64_t> number_in(std::string_view json, const std::string& name) {
  const std::string_view text = behind(json, name);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  return number;
}

std::optional<NodeView> view_in(std::string_view json) {
  const std::string_view role = behind(json, "role");
  const auto term = number_in(json, "term");
  const auto commit_index = number_in(json, "commit_index");
  if (!role.starts_with('"') || !term || !commit_index) return std::nullopt;
  const std::size_t end = role.find('"', 1);
  if (end == std::string_view::npos) return std::nullopt;
  return NodeView{std::string(role.substr(1, end - 1)), *term, *commit_index};
}

std::uint16_t port_of(const std::string& address) {
  const std::size_t colon = std::min(address.rfind(':'), address.size());
  std::uint16_t port = 0;
  std::from_chars(address.data() + std::min(colon + 1, address.size()),
                  address.data() + address.size(), port);
  return port;
}

}  // namespace

NodeViews ask_nodes(const Paths& paths, const RunRecord& record) {
  const auto catalog = read_catalog(paths, {});
  NodeViews views;
  if (!catalog) return views;
  std::map<std::string, std::uint64_t> most;  // committed, by system
  for (const ProcessRecord& process : record.processes) {
    const auto path = catalog->leaders.find(process.system);
    const std::uint16_t port = port_of(process.address);
    if (path == catalog->leaders.end() || port == 0) continue;
    if (state_now(process).state != "running") continue;
    const auto view = view_in(http_body(port, path->second, patience));
    if (!view) continue;
    views[process.name] = *view;
    most[process.system] = std::max(most[process.system], view->commit_index);
  }
  for (const ProcessRecord& process : record.processes) {
    const auto view = views.find(process.name);
    if (view == views.end()) continue;
    view->second.lag = most[process.system] - view->second.commit_index;
  }
  return views;
}

std::optional<std::string> leader_in(const NodeViews& views) {
  std::optional<std::string> leader;
  for (const auto& [name, view] : views) {
    if (view.role != "leader") continue;
    if (!leader || view.term > views.at(*leader).term) leader = name;
  }
  return leader;
}

}  // namespace lab
