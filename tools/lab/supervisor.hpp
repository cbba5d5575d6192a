#pragma once

// Starts the processes of an `./lab up`, keeps their logs, carries out what the other commands ask,
// and ends with all of them stopped. One thread, one loop around poll().

#include <chrono>
#include <cstddef>
#include <expected>
#include <string>
#include <vector>

#include "catalog.hpp"
#include "control.hpp"
#include "log_file.hpp"
#include "paths.hpp"
#include "problem.hpp"
#include "run_state.hpp"

namespace lab {

enum class Screen { shown, quiet };  // whether the logs also go to standard output

class Supervisor {
 public:
  Supervisor(Paths paths, std::vector<ProcessSpec> processes, ControlServer control, Screen screen);

  // Brings everything up: servers first, each until it answers, then clients. When one process
  // fails, all are stopped again and the problem shows the end of its log.
  std::expected<void, Problem> start();

  // Runs until Ctrl-C, a termination signal or `./lab down`; then stops everything.
  void run();

 private:
  using Clock = std::chrono::steady_clock;

  enum class Goal { up, down, restart };

  struct Child {
    ProcessSpec spec;
    ProcessRecord record;
    LogFile log;
    Goal goal = Goal::up;
    Clock::time_point started{};   // when it was spawned
    Clock::time_point deadline{};  // when stopping: killed after this
    int output = -1;               // the pipe its output comes through; -1: none
    std::string partial;           // an unfinished line
    std::string blame = {};        // "./lab kill", when that is what ended it
  };

  // One round: waits for something to happen, at most this long, and deals with it.
  void turn(std::chrono::milliseconds patience);
  void read_output(Child& child);
  void take_lines(Child& child, const std::string& text);
  void put_line(Child& child, const std::string& line);
  void reap();
  void ended(Child& child, int wait_status);
  void check_starting();
  void check_deadlines();

  std::expected<void, Problem> start_role(Role role);
  std::expected<void, std::string> launch(Child& child);
  Problem start_failure(const Child& child) const;
  bool stop_requested() const;

  void stop_all();
  void stop_role(Role role);
  void ask_to_end(Child& child, Goal goal);

  std::string answer(const std::string& line);
  std::string act(Child& child, const std::string& what);

  void save() const;
  bool alive(const Child& child) const;

  Paths paths_;
  LogFile all_lines_;
  std::vector<Child> children_;
  ControlServer control_;
  Screen screen_;
  std::size_t name_width_ = 0;
  bool stopping_ = false;
};

}  // namespace lab
