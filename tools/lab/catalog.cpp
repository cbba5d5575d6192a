#include "catalog.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>

namespace lab {

namespace fs = std::filesystem;

namespace {

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port < 1024) return std::nullopt;
  return port;
}

std::string rest_of(std::istringstream& line) {
  std::string rest;
  std::getline(line >> std::ws, rest);
  return rest;
}

void replace_all(std::string& text, std::string_view what, const std::string& with) {
  for (std::size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

class Reader {
 public:
  Reader(const Paths& paths, const Ports& moved) : paths_(paths), moved_(moved) {}

  // False when the line makes no sense.
  bool take(const std::string& text) {
    std::istringstream line(text);
    std::string kind;
    if (!(line >> kind) || kind.starts_with('#')) return true;
    if (kind == "system") return take_system(line);
    if (kind == "later") return take_later(line);
    if (kind == "simulator") return take_simulator(catalog_.simulators, line);
    if (kind == "any-core") return take_simulator(catalog_.any_cores, line);
    if (kind == "leader") return take_leader(line);
    if (catalog_.systems.empty()) return false;
    if (kind == "server") return take_process(line, Role::server);
    if (kind == "client") return take_process(line, Role::client);
    if (kind == "try") return take_try(line);
    return false;
  }

  Catalog catalog() { return std::move(catalog_); }

 private:
  bool take_system(std::istringstream& line) {
    SystemSpec system;
    std::string port;
    line >> system.name >> port;
    const auto number = parse_port(port);
    if (!number) return false;
    const auto moved = moved_.find(system.name);
    system.port = moved == moved_.end() ? *number : moved->second;
    system.ports = {system.port};
    system.about = rest_of(line);
    last_named_ = system.name;
    catalog_.systems.push_back(std::move(system));
    return true;
  }

  bool take_try(std::istringstream& line) {
    SystemSpec& system = catalog_.systems.back();
    std::string words = rest_of(line);
    if (!replace_ports(words, system)) return false;
    system.tries.push_back(std::move(words));
    return true;
  }

  bool take_later(std::istringstream& line) {
    std::string name;
    line >> name;
    catalog_.later[name] = rest_of(line);
    last_named_ = name;
    return !name.empty();
  }

  bool take_simulator(std::map<std::string, std::string>& simulators, std::istringstream& line) {
    return !last_named_.empty() && !(simulators[last_named_] = rest_of(line)).empty();
  }

  bool take_leader(std::istringstream& line) {
    return !last_named_.empty() && !(catalog_.leaders[last_named_] = rest_of(line)).empty();
  }

  // {port} and {port+N}, which the system then uses. False when there is no such port.
  static bool replace_ports(std::string& text, SystemSpec& system) {
    constexpr std::string_view begin = "{port";
    for (std::size_t at = text.find(begin); at != std::string::npos; at = text.find(begin, at)) {
      const std::size_t end = text.find('}', at);
      if (end == std::string::npos) return false;
      const auto port = port_at(std::string_view(text).substr(at, end - at), begin, system.port);
      if (!port) return false;
      system.ports.insert(*port);
      text.replace(at, end + 1 - at, std::to_string(*port));
    }
    return true;
  }

  // What `first` and the "+N" behind `before` come to; `first` when nothing stands there.
  static std::optional<std::uint16_t> port_at(std::string_view text, std::string_view before,
                                              std::uint16_t first) {
    text.remove_prefix(before.size());
    if (text.empty()) return first;
    unsigned more = 0;
    const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), more);
    const bool good = text[0] == '+' && error == std::errc() && end == text.data() + text.size();
    if (!good || more > 65'535u - first) return std::nullopt;
    return static_cast<std::uint16_t>(first + more);
  }

  bool take_process(std::istringstream& line, Role role) {
    SystemSpec& system = catalog_.systems.back();
    ProcessSpec process{
        .name = {}, .system = system.name, .role = role, .health_path = {}, .command = {}};
    line >> process.name;
    if (role == Role::server) {
      line >> process.health_path;
      const std::size_t slash = std::min(process.health_path.find('/'), process.health_path.size());
      const auto port =
          port_at(std::string_view(process.health_path).substr(0, slash), "", system.port);
      if (!port) return false;
      process.port = *port;
      process.health_path.erase(0, slash);
      system.ports.insert(*port);
    }
    std::string word;
    while (line >> word) {
      replace_all(word, "{root}", paths_.root.string());
      replace_all(word, "{build}", paths_.build.string());
      replace_all(word, "{data}", (paths_.data / system.name / process.name).string());
      if (!replace_ports(word, system)) return false;
      process.command.push_back(word);
    }
    system.processes.push_back(process);
    return !process.command.empty();
  }

  const Paths& paths_;
  const Ports& moved_;
  Catalog catalog_;
  std::string last_named_;  // the system that the lines are about
};

// What the system's own core has kept is not for another.
void move_data(ProcessSpec& process, const std::string& of) {
  const auto flag = std::ranges::find(process.command, "--data-dir");
  if (flag != process.command.end()) *std::next(flag) += "-" + of;
}

}  // namespace

std::expected<Catalog, Problem> read_catalog(const Paths& paths, const Ports& moved) {
  const char* told = std::getenv("LAB_SYSTEMS");  // the tests bring their own
  const fs::path file = told != nullptr ? fs::path(told) : paths.root / "tools/lab/systems.txt";
  std::ifstream in(file);
  if (!in) return std::unexpected(Problem{"cannot read " + file.string(), {}});
  Reader reader(paths, moved);
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    if (!reader.take(line)) {
      return std::unexpected(
          Problem{fmt::format("{}:{}: not understood: {}", file.string(), number, line), {}});
    }
  }
  Catalog catalog = reader.catalog();
  for (const auto& [name, port] : moved) {
    const auto known = [&](const SystemSpec& system) { return system.name == name; };
    if (std::ranges::none_of(catalog.systems, known)) {
      return std::unexpected(
          Problem{fmt::format("--port names '{}', which has no port", name), {}, 2});
    }
  }
  return catalog;
}

std::expected<std::vector<SystemSpec>, Problem> choose(const Catalog& catalog,
                                                       const std::vector<std::string>& names) {
  std::string all;
  for (const SystemSpec& system : catalog.systems) all += (all.empty() ? "" : ", ") + system.name;
  for (const std::string& name : names) {
    if (const auto later = catalog.later.find(name); later != catalog.later.end()) {
      return std::unexpected(
          Problem{fmt::format("'{}' comes later in the course ({}).", name, later->second),
                  {"What runs today: " + all}});
    }
    const auto same = [&](const SystemSpec& system) { return system.name == name; };
    if (std::ranges::none_of(catalog.systems, same)) {
      return std::unexpected(
          Problem{fmt::format("there is no system '{}'.", name), {"What runs today: " + all}, 2});
    }
  }
  std::vector<SystemSpec> chosen;
  for (const SystemSpec& system : catalog.systems) {
    if (names.empty() || std::ranges::find(names, system.name) != names.end())
      chosen.push_back(system);
  }
  return chosen;
}

std::expected<std::string, Problem> simulator_of(const Paths& paths, const std::string& system,
                                                 CoreKind core) {
  const auto catalog = read_catalog(paths, {});
  if (!catalog) return std::unexpected(catalog.error());
  std::string all;
  for (const auto& [name, simulator] :
       core == CoreKind::own ? catalog->simulators : catalog->any_cores) {
    if (name == system) return simulator;
    all += " " + name;
  }
  return std::unexpected(
      Problem{fmt::format("there is no simulator of '{}'{}.", system,
                          core == CoreKind::own ? "" : " for a core of your own"),
              {"There is one of:" + all},
              2});
}

std::expected<void, Problem> may_have_core(const Catalog& catalog,
                                           const std::vector<SystemSpec>& systems,
                                           const std::string& flag) {
  if (systems.size() == 1 && catalog.any_cores.contains(systems.front().name)) return {};
  std::string all;
  for (const auto& [name, simulator] : catalog.any_cores) all += " " + name;
  return std::unexpected(
      Problem{flag + " is for one system that can have a core of yours.",
              {"There is:" + all, "./lab up queue --core 'python3 examples/01-queue/queue.py'",
               "./lab up queue --mine NAME, after ./lab exercise start NAME"},
              2});
}

void use_core(SystemSpec& system, const std::string& command) {
  std::string from = fs::current_path().string();
  replace_all(from, "'", "'\\''");
  for (ProcessSpec& process : system.processes) {
    if (process.role != Role::server) continue;
    move_data(process, "any-core");
    process.command.insert(process.command.end(),
                           {"--core", fmt::format("cd '{}' && {}", from, command)});
  }
}

void use_program(SystemSpec& system, const std::vector<std::string>& program,
                 const std::string& name) {
  for (ProcessSpec& process : system.processes) {
    if (process.role != Role::server) continue;
    move_data(process, "mine-" + name);
    process.command.erase(process.command.begin());
    process.command.insert(process.command.begin(), program.begin(), program.end());
  }
}

std::expected<Ports, Problem> parse_ports(const std::vector<std::string>& settings) {
  Ports ports;
  for (const std::string& setting : settings) {
    const std::size_t equals = setting.find('=');
    const auto port = equals == std::string::npos
                          ? std::nullopt
                          : parse_port(std::string_view(setting).substr(equals + 1));
    if (!port) {
      return std::unexpected(Problem{fmt::format("--port {}: expected NAME=PORT", setting),
                                     {"PORT is a number from 1024 to 65535, for example book=3100"},
                                     2});
    }
    ports[setting.substr(0, equals)] = *port;
  }
  return ports;
}

}  // namespace lab
