// The broker's log, told task by task. A line is told once its record is durable: the log never
// says what a crash could undo.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "queue.hpp"

namespace queue {

/// Takes one line.
using Teller = std::function<void(const std::string&)>;

/// The core, with its story told on the side. It is a core to its host, and steps exactly as Queue
/// does.
class ToldQueue : public Queue {
 public:
  ToldQueue(const Config& config, std::uint64_t seed) : Queue(config, seed) {}

  void step(const core::Now& now, const Input& input, Ready& ready) noexcept;

  /// Who is told from now on, in this process.
  static void tell(Teller teller);

 private:
  /// A line that waits for its write.
  struct Page {
    core::WriteSeq after;
    std::string line;
  };

  void remember(const Record& record);
  std::string in_vain(TaskId task, ReturnReason reason) const;
  /// Nothing: the record is not about what happens to a task or a queue.
  std::optional<std::string> line_of(const Record& record) const;

  std::map<TaskId, std::string> holders_;  // the workers of the tasks that are processing
  std::deque<Page> pages_;
};

}  // namespace queue
