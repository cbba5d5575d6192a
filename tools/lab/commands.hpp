#pragma once

// The commands of ./lab. Each returns the exit status: 0 done, 1 it failed, 2 the command line is
// wrong.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "paths.hpp"
#include "problem.hpp"

namespace lab {

struct UpOptions {
  std::vector<std::string> systems;  // empty: all there is
  std::vector<std::string> ports;    // NAME=PORT
  std::string core;                  // a command; empty: the system's own
  std::string mine;                  // the core is that of my/NAME; empty: it is not
  bool detach = false;
};

int up(const Paths& paths, const UpOptions& options);

// What ./lab asks before it builds anything: would `up` be refused at once?
int check_up(const Paths& paths, const UpOptions& options);

int status(const Paths& paths, bool json);

struct LogOptions {
  bool follow = false;
  std::size_t lines = 50;  // at most so many of what is there
};

// name: a process; empty for all of them.
int logs(const Paths& paths, const std::string& name, const LogOptions& options);
int down(const Paths& paths);

// what: kill, pause, resume or restart. asked: a process, or `leader` for the one that leads.
int change(const Paths& paths, const std::string& what, const std::string& asked);

// What the commands say that change what runs, when nothing does.
Problem nothing_runs();

// No message passes between the groups of nodes, for example {"1,2", "/", "3,4,5"}; whom nobody
// names is one more group. Replaces the partition before it.
int partition(const Paths& paths, const std::vector<std::string>& words);

// The same for one node and all others.
int isolate(const Paths& paths, const std::string& name);

struct DelayOptions {
  std::string one, other;  // nodes
  std::uint32_t ms = 0;    // for each message between them, in both directions; 0: no more
};

int delay(const Paths& paths, const DelayOptions& options);

// Ends every partition and delay.
int heal(const Paths& paths);

struct TestOptions {
  std::vector<std::string> parts;  // empty: all
  bool list = false;
  bool fail_on_skip = false;
  std::vector<std::string> may_skip;  // these parts may be skipped all the same
};

int test(const Paths& paths, const TestOptions& options);

// Builds the system's simulator and becomes it: `arguments` begin with sim or replay.
int simulate(const Paths& paths, const std::string& system,
             const std::vector<std::string>& arguments);

// The same with a core of the reader's, in my/`mine`, which is built first; 3 when it does not
// build.
int simulate_mine(const Paths& paths, const std::string& system, const std::string& mine,
                  std::vector<std::string> arguments);

// The same with a diff applied to a copy of the source.
int simulate_with(const Paths& paths, const std::string& system, const std::string& diff,
                  const std::vector<std::string>& arguments);

// Builds the checker of histories and becomes it: 0 linearizable, 1 not, 2 undecided, 3 bad input.
int linearize(const Paths& paths, const std::vector<std::string>& arguments);

// Builds the torture of real nodes and becomes it. A folder of this checkout, and so its disk, is
// used unless `arguments` name another. 0 good, 1 a law was broken, 2 wrong usage, 3 not run.
int torture(const Paths& paths, std::vector<std::string> arguments);

struct HuntOptions {
  std::string bug;                      // SYSTEM/NAME, or the system that `diff` is for
  std::string diff;                     // a file
  bool all = false;                     // every diff under bugs/
  std::optional<std::uint32_t> starts;  // hunts of each bug; as a rule 5 with `all`, otherwise 1
  std::uint32_t most_seeds = 500;       // of one start
  std::string seeds;                    // A..B: the only start
  std::string write;                    // a file for the table as Markdown, with `all`
};

// 0 caught by every start, 1 not, 3 a diff does not apply or build.
int hunt(const Paths& paths, const HuntOptions& options);

struct MutantOptions {
  std::string system;
  int seeds = 2'000;
  int only = 0;      // 0: all of them
  std::string file;  // empty: of all files
};

// 0 enough die and each survivor is explained, 1 not, 2 they do not build.
int mutants(const Paths& paths, const MutantOptions& options);

int fmt_code(const Paths& paths, bool check);
int tidy(const Paths& paths);

struct BookOptions {
  std::string what;                // build, serve, check, times or capture
  std::vector<std::string> ports;  // NAME=PORT, for serve
  std::vector<std::string> names;  // of transcripts, for capture; none: all of them
  bool live = false;               // check starts systems, too
};

int book(const Paths& paths, const BookOptions& options);

// Builds the part's bench and becomes it; `arguments` are the bench's own.
int bench(const Paths& paths, const std::string& part, const std::vector<std::string>& arguments);

}  // namespace lab
