#pragma once

// The systems of the course and their processes, read from tools/lab/systems.txt (its head explains
// the lines).

#include <cstdint>
#include <expected>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "paths.hpp"
#include "problem.hpp"

namespace lab {

enum class Role { server, client };  // clients start when their system's servers are ready

struct ProcessSpec {
  std::string name;
  std::string system;
  Role role = Role::client;
  std::uint16_t port = 0;   // servers: the TCP port at 127.0.0.1; 0: none
  std::string health_path;  // servers: what answers below 500 once it is ready
  std::vector<std::string> command;
};

struct SystemSpec {
  std::string name;
  std::uint16_t port = 0;
  std::string about;
  std::set<std::uint16_t> ports;  // all that its servers listen on
  std::vector<ProcessSpec> processes;
  std::vector<std::string> tries;  // what a reader may try next
};

struct Catalog {
  std::vector<SystemSpec> systems;
  std::map<std::string, std::string> later;       // system -> where in the course it comes
  std::map<std::string, std::string> simulators;  // system -> a path below a build folder
  std::map<std::string, std::string> any_cores;   // the same for a core that may be any
  std::map<std::string, std::string> leaders;     // system -> where servers say whether they lead
};

using Ports = std::map<std::string, std::uint16_t>;  // by system

// Reads the catalog; {root}, {build}, {data}, {port} and {port+N} in it are replaced. Ports of
// `moved` win.
std::expected<Catalog, Problem> read_catalog(const Paths& paths, const Ports& moved);

// The systems of these names, in the catalog's order; all of them when no name is given.
std::expected<std::vector<SystemSpec>, Problem> choose(const Catalog& catalog,
                                                       const std::vector<std::string>& names);

// The simulator of a system, as a path below a build folder: that of its own core, or that of any.
enum class CoreKind { own, any };
std::expected<std::string, Problem> simulator_of(const Paths& paths, const std::string& system,
                                                 CoreKind core = CoreKind::own);

// Whether these are one system whose core may be the reader's, as `flag` asks for.
std::expected<void, Problem> may_have_core(const Catalog& catalog,
                                           const std::vector<SystemSpec>& systems,
                                           const std::string& flag);

// Has the system run COMMAND as its core, from the folder in which it was asked for, with a data
// folder of its own.
void use_core(SystemSpec& system, const std::string& command);

// Has the system's servers be another program: its path, and what comes before their flags. `name`
// tells its data folder.
void use_program(SystemSpec& system, const std::vector<std::string>& program,
                 const std::string& name);

// NAME=PORT as given to --port. Ports below 1024 are refused: they want root.
std::expected<Ports, Problem> parse_ports(const std::vector<std::string>& settings);

}  // namespace lab
