#include "rig/crew.hpp"

#include <utility>

namespace bench {

void Crew::go(std::function<void()> act) {
  threads_.emplace_back([this, act = std::move(act)] {
    try {
      act();
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!problem_) problem_ = std::current_exception();
      stop_ = true;
    }
  });
}

void Crew::finish() {
  wait();
  if (problem_) std::rethrow_exception(problem_);
}

void Crew::wait() {
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace bench
