// One round: a cluster, clients and a nemesis, from the first start to the verdict.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "plan.hpp"

namespace torture {

struct Programs {
  std::filesystem::path node;
  std::filesystem::path linearize;
};

struct Tally {
  std::uint64_t ok = 0;
  std::uint64_t fail = 0;  // surely not done
  std::uint64_t info = 0;  // nobody knows
  std::map<sim::Fault, std::uint64_t> faults;

  void add(const Tally& other);
  /// "1,204 answered, 3 refused, 17 unknown; crash 4, pause 1"
  std::string words() const;
};

/// A law that was broken, or what else went wrong: its name, and what is to be told.
struct Verdict {
  std::string law;  // empty: all is well
  std::string what;
  Tally tally;

  bool is_good() const { return law.empty(); }
};

inline constexpr const char* undecided = "undecided";      // of the search for an order
inline constexpr const char* interrupted = "interrupted";  // by a signal
inline constexpr const char* no_start = "start";           // what is wrong with this machine

struct RoundOptions {
  std::filesystem::path folder;           // gets the data, the logs, the plan and the history
  std::chrono::seconds hangs_after{120};  // without an answer to the fresh work
  std::function<void(const std::string&)> show;  // the state of things, now and then
};

Verdict run_round(const Scenario& scenario, const Programs& programs, const RoundOptions& options);

}  // namespace torture
