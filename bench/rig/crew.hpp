// Threads that load a server together, until one of them has a problem.
#pragma once

#include <atomic>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace bench {

class Crew {
 public:
  Crew() = default;
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;
  ~Crew() { wait(); }

  /// `act` runs in a thread of its own. What it throws is the crew's problem.
  void go(std::function<void()> act);

  /// Whether somebody had a problem: then the others are to end, too.
  bool is_to_stop() const { return stop_; }

  /// Waits for all, and throws the first problem.
  void finish();

 private:
  void wait();

  std::vector<std::thread> threads_;
  std::atomic<bool> stop_ = false;
  std::mutex mutex_;
  std::exception_ptr problem_;  // the first
};

}  // namespace bench
