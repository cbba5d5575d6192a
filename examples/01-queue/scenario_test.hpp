// The words of the scenarios: what stands in scenarios/*.txt as commands to the broker, and its
// answers in words.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <regex>
#include <string>
#include <variant>
#include <vector>

#include "core/overloaded.hpp"
#include "messages_wire.hpp"
#include "queue.hpp"
#include "words.hpp"

namespace queue {

using Match = std::smatch;

/// The wall clock when a scenario begins.
inline constexpr core::UnixTime scenario_start{std::chrono::seconds(1'700'000'000)};

// ---- Words --------------------------------------------------------------------------------------

inline std::string seconds(core::UnixTime time) { return seconds(time - scenario_start); }

/// Of "1.25"; 0 if it was left out.
inline std::uint32_t ms_in(const std::string& text) {
  const std::size_t point = std::min(text.find('.'), text.size());
  std::string thousandths = text.substr(std::min(point + 1, text.size()));
  thousandths.resize(3, '0');
  return static_cast<std::uint32_t>(std::stoul("0" + text.substr(0, point)) * 1'000 +
                                    std::stoul(thousandths));
}

inline std::uint32_t number_in(const std::string& text) {
  return static_cast<std::uint32_t>(std::stoul("0" + text));
}

// ---- Commands -----------------------------------------------------------------------------------

/// What a client may say behind its name, and the command that it means.
struct Phrase {
  std::string form;  // a regular expression; its groups are the command's fields
  Command (*command)(const std::string& who, const Match& said);
};

inline std::string queue_in(const std::string& text) { return text.empty() ? "mail" : text; }

/// From three groups.
inline Holding held_in(const Match& said) {
  return {TaskId{number_in(said[1])}, {number_in(said[2]), number_in(said[3])}};
}

inline Command enqueue_in(const std::string&, const Match& said) {
  NewTask task{core::Bytes(said[1]), ms_in(said[4]), number_in(said[5]), said[3]};
  return Enqueue{queue_in(said[2]), {task}};
}

inline Command lease_in(const std::string& who, const Match& said) {
  Lease lease{queue_in(said[1]), who};
  if (said[2].matched) lease.visibility_ms = ms_in(said[2]);
  lease.wait_ms = ms_in(said[3]);
  return lease;
}

inline std::vector<Phrase> phrases() {
  const std::string in = "(?: in (\\S+))?";
  const std::string seconds = "([0-9]+(?:\\.[0-9]{1,3})?) s";
  const std::string held = "task (\\d+) with lease (\\d+)-(\\d+)" + in;
  using Who = const std::string&;
  return {
      {"enqueues (\"[^\"]*\")" + in + "(?: under the key (\\S+))?(?: with a delay of " + seconds +
           ")?(?: with (\\d+) attempts)?",
       enqueue_in},
      {"asks for a task" + in + "(?: for " + seconds + ")?(?: and waits up to " + seconds + ")?",
       lease_in},
      {"acks " + held,
       [](Who, const Match& said) -> Command { return Ack{queue_in(said[4]), held_in(said)}; }},
      {"nacks " + held,
       [](Who, const Match& said) -> Command { return Nack{queue_in(said[4]), held_in(said)}; }},
      {"extends " + held + " to end in " + seconds,
       [](Who, const Match& said) -> Command {
         return Extend{queue_in(said[4]), held_in(said), ms_in(said[5])};
       }},
      {"sets (\\S+):(?: up to (\\d+) tasks)?(?:,? up to (\\d+) attempts?)?(?:,? dead letters to "
       "(\\S+))?",
       [](Who, const Match& said) -> Command {
         return SetQueue{said[1], {number_in(said[2]), number_in(said[3]), said[4]}};
       }},
      {"retries task (\\d+)" + in,
       [](Who, const Match& said) -> Command {
         return RetryDead{queue_in(said[2]), TaskId{number_in(said[1])}};
       }},
      {"asks about task (\\d+)" + in,
       [](Who, const Match& said) -> Command {
         return Look{queue_in(said[2]), TaskId{number_in(said[1])}};
       }},
      {"counts (\\S+)", [](Who, const Match& said) -> Command { return Inspect{said[1]}; }},
  };
}

/// Nothing: nobody understands it.
inline std::optional<Command> command_in(const std::string& who, const std::string& words) {
  for (const Phrase& phrase : phrases()) {
    Match said;
    if (std::regex_match(words, said, std::regex(phrase.form))) return phrase.command(who, said);
  }
  return {};
}

// ---- Answers ------------------------------------------------------------------------------------

inline std::string words_of(const Leased& leased) {
  if (leased.tasks.empty()) return "there is no task";
  std::string words;
  for (const LeasedTask& task : leased.tasks) {
    if (!words.empty()) words += "; ";
    words += name_of(task.task) + " " + std::string(task.payload.view()) + ", attempt " +
             std::to_string(task.attempt) + " of " + std::to_string(task.max_attempts) + ", " +
             name_of(task.lease) + " until " + seconds(task.expires_at);
  }
  return words;
}

inline std::string words_of(const TaskInfo& info) {
  std::string words = name_of(info.task) + ": " + std::string(wire::name_of(info.state)) + ", " +
                      std::to_string(info.attempts) + " of " + std::to_string(info.max_attempts) +
                      " attempts used";
  if (info.worker) words += ", held by " + *info.worker;
  if (info.expires_at) words += " until " + seconds(*info.expires_at);
  if (info.not_before) words += ", not before " + seconds(*info.not_before);
  return words;
}

inline std::string words_of(const Counts& counts) {
  return std::to_string(counts.pending) + " pending, " + std::to_string(counts.processing) +
         " processing, " + std::to_string(counts.completed) + " completed, " +
         std::to_string(counts.failed) + " failed";
}

inline std::string words_of(const Result& result) {
  return std::visit(core::Overloaded{
                        [](const Enqueued& enqueued) { return name_of(enqueued.tasks.at(0)); },
                        [](const Leased& leased) { return words_of(leased); },
                        [](const Done&) { return std::string("done"); },
                        [](const TaskInfo& info) { return words_of(info); },
                        [](const QueueInfo& info) { return words_of(info.counts); },
                        [](const Refused& refused) {
                          return "refused, " + std::string(wire::name_of(refused.reason));
                        },
                        [](const auto&) { return std::string("(no scenario asks for this)"); },
                    },
                    result);
}

}  // namespace queue
