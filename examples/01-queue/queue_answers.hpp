// What the broker ought to answer. Each step is compared with a ledger of what was written before.
//
// A step sees to what is over first, then to the request, then to those who wait. An answer tells
// how things stood when the request's turn came; what it says may be given much later, when the
// disk has what it rests on.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/contract.hpp"
#include "queue_ledger.hpp"
#include "sim/system.hpp"

namespace queue {

class Answers {
 public:
  explicit Answers(const Config& config);

  /// The broker took `input`, and has written and answered this.
  void see_step(const Queue& broker, const Input& input,
                std::span<const core::Write<Protocol>> writes, std::span<const Reply> replies);

  /// The first answer that was not as it ought to be.
  const std::optional<sim::Finding>& found() const { return found_; }
  std::uint64_t digest() const;

 private:
  /// What a command ought to be answered, and what is to be written down with it.
  struct Due {
    Result answer;
    std::vector<Record> records;
  };

  /// A request that is not answered yet. A lease request has no `answer`: what it gets is judged by
  /// other laws, and while it gets nothing, it waits.
  struct Asked {
    core::SessionId session;
    core::RequestId request;
    std::string queue;                          // of a lease request
    std::optional<Result> answer;               // due to any other
    std::map<std::string, std::uint64_t> gone;  // lease requests before it whose client has left
  };

  struct Write {
    core::Now at;
    core::Write<Protocol> write;
  };

  void broken(const char* law, std::string what);
  void see_start(const Queue& broker, const core::Start<Protocol>& start);
  void see_durable(core::WriteSeq last);
  void see_closed(core::SessionId session);
  void see_request(const core::Now& now, const core::Request<Protocol>& request,
                   const std::vector<Record>& written);
  void see_reply(const Reply& reply);
  void see_first_tasks(const Queue& broker, std::size_t most);
  void see_waiting(std::deque<Asked>::const_iterator asked, QueueInfo& told);

  std::optional<Due> due(const core::Now& now, const Command& command) const;
  Due due(const core::Now& now, const Enqueue& command) const;
  Due due(const SetQueue& command) const;
  Due due(const core::Now& now, const ListDead& command) const;
  std::optional<Refusal> refusal_of_dead(core::Instant now, const std::string& queue,
                                         TaskId task) const;

  Config config_;
  std::optional<sim::Finding> found_;
  Ledger ledger_;                // of all that was written
  Ledger durable_;               // of what a crash cannot undo
  std::deque<Write> undurable_;  // what lies between them
  core::WriteSeq last_durable_;
  core::Instant last_step_;  // by the broker's clock
  bool room_ = true;
  std::deque<Asked> asked_;  // in the order in which the broker took them
};

}  // namespace queue
