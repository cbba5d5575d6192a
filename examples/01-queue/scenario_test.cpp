// The interesting cases of the queue, told in time order: each file in scenarios/ is played with
// the broker's core, and what happens must be what stands there.
//
//   # what is shown                        a comment, kept as it is
//   1.000 s  ann asks for a task           what somebody does: written by a person
//   1.001 s  |  task 1  leased to ann      what follows, behind a bar: written by this test
//
// The broker's log (story.hpp) and what clients are told follow. The disk needs a millisecond.
#include "scenario_test.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <expected>
#include <map>
#include <set>
#include <sstream>

#include "story.hpp"
#include "wire/scenarios_test.hpp"

namespace queue {
namespace {

using namespace std::chrono_literals;

constexpr core::Duration sync_time = 1ms;
constexpr core::Duration up_before = 5s;  // the monotonic clock of a process that has started

class Play {
 public:
  Play() {
    ToldQueue::tell([this](const std::string& line) { tell(line); });
    start();
  }
  ~Play() { ToldQueue::tell({}); }
  Play(const Play&) = delete;
  Play& operator=(const Play&) = delete;

  /// The scenario with what happens in it; the error names the line that nobody understands.
  std::expected<std::string, std::string> run(const std::string& text) {
    std::istringstream lines(text);
    std::string comments;  // and empty lines: they belong to the step that follows
    std::size_t number = 0;
    for (std::string line; std::getline(lines, line);) {
      ++number;
      if (line.empty() || line.starts_with("#")) {
        comments += line + "\n";
        continue;
      }
      static const std::regex form("([0-9]+\\.[0-9]{3}) s  (\\|)?(.*)");
      Match parts;
      const bool is_step = std::regex_match(line, parts, form);
      if (is_step && parts[2].matched) continue;  // what happened when it was written
      const core::Duration at = std::chrono::milliseconds(is_step ? ms_in(parts[1]) : 0);
      go_on_until(at);
      told_ += std::exchange(comments, "") + line + "\n";
      if (!is_step || at < time_ || !act(parts[3])) {
        return std::unexpected("line " + std::to_string(number) + " says nothing: " + line);
      }
      ++steps_;
    }
    while (!written_.empty() && !stalled_) go_on_until(written_.front().due);
    told_ += comments;
    if (steps_ == 0) return std::unexpected("nobody does anything");
    return told_;
  }

 private:
  struct Written {
    core::Write<Protocol> write;
    core::Duration due;
  };

  // ---- Time -------------------------------------------------------------------------------------

  core::Now now() const {
    return {core::Instant(up_before + time_ - born_), scenario_start + time_};
  }

  /// All that is due until then, in its order.
  void go_on_until(core::Duration end) {
    while (true) {
      std::optional<core::Duration> next;
      if (!written_.empty() && !stalled_) next = written_.front().due;
      const auto timer = core_ ? core_->next_timeout() : std::nullopt;
      const bool is_timer = timer && (!next || since_start(*timer) < *next);
      if (is_timer) next = since_start(*timer);
      if (!next || *next > end) break;
      time_ = std::max(time_, *next);
      is_timer ? step(core::Timeout{}) : sync();
    }
    time_ = std::max(time_, end);
  }

  core::Duration since_start(core::Instant timer) const {
    return timer.time_since_epoch() - up_before + born_;
  }

  // ---- The broker and its disk ------------------------------------------------------------------

  void start() {
    core::Start<Protocol> begin;
    begin.incarnation = ++incarnation_;
    begin.recovered.log = log_;
    begin.recovered.last_control = core::WriteSeq{log_.size()};
    born_ = time_;
    core_.emplace(Config{}, incarnation_);
    step(begin);
  }

  /// With its power all that the disk does not have is lost; without, the kernel still has it.
  void end(bool power) {
    if (!power) std::ranges::transform(written_, std::back_inserter(log_), &Written::write);
    if (!written_.empty())
      tell(power ? "what was not on the disk is lost" : "what was written is kept");
    written_.clear();
    stalled_ = false;
    core_.reset();
    for (const auto& [request, who] : std::exchange(asked_, {})) tell(who + " gets no answer");
    sessions_.clear();
  }

  void step(const Input& input) {
    Ready ready;
    core_->step(now(), input, ready);
    EXPECT_EQ(core_->check_invariants(true), std::nullopt);
    for (core::Write<Protocol>& write : ready.writes) {
      written_.push_back({std::move(write), time_ + sync_time});
    }
    for (const Reply& reply : ready.replies) {
      tell(asked_.at(reply.request) + " is told: " + words_of(reply.result));
      asked_.erase(reply.request);
    }
  }

  void sync() {
    log_.push_back(written_.front().write);
    written_.erase(written_.begin());
    step(core::Persisted{core::Lane::control, log_.back().seq});
  }

  void unstall() {
    stalled_ = false;
    for (Written& written : written_) written.due = time_ + sync_time;
  }

  void tell(const std::string& line) { told_ += seconds(time_) + "  |  " + line + "\n"; }

  // ---- What somebody does -----------------------------------------------------------------------

  /// Whether there is such an act, now.
  bool act(const std::string& words) {
    if (words == "the broker starts") return core_ ? false : (start(), true);
    if (!core_) return false;
    if (words == "the power fails") return end(true), true;
    if (words == "the broker is killed") return end(false), true;
    if (words == "the disk stalls") return stalled_ = true;
    if (words == "the disk goes on") return unstall(), true;
    const std::size_t space = std::min(words.find(' '), words.size());
    const std::string who = words.substr(0, space);
    const std::string what = words.substr(std::min(space + 1, words.size()));
    if (what == "dies" || what == "loses the connection") return leave(who);
    const auto command = command_in(who, what);
    if (command) ask(who, *command);
    return command.has_value();
  }

  void ask(const std::string& who, const Command& command) {
    const core::SessionId fresh{++last_session_};
    const core::SessionId session = sessions_.try_emplace(who, fresh).first->second;
    asked_[core::RequestId{++last_request_}] = who;
    step(core::Request<Protocol>{session, core::RequestId{last_request_}, command});
  }

  bool leave(const std::string& who) {
    const auto session = sessions_.extract(who);
    if (session.empty()) return false;
    std::erase_if(asked_, [&](const auto& asked) { return asked.second == who; });
    step(core::Closed{session.mapped()});
    return true;
  }

  std::string told_;
  std::uint32_t steps_ = 0;
  core::Duration time_{};
  std::optional<ToldQueue> core_;  // none: the broker is down
  core::Duration born_{};
  std::uint64_t incarnation_ = 0;
  std::vector<Written> written_;  // not on the disk yet
  bool stalled_ = false;
  std::vector<core::Write<Protocol>> log_;  // on the disk
  std::map<std::string, core::SessionId> sessions_;
  std::uint64_t last_session_ = 0;
  std::map<core::RequestId, std::string> asked_;  // who waits for an answer
  std::uint64_t last_request_ = 0;
};

// ---- The files ----------------------------------------------------------------------------------

const wire::Scenarios scenarios("QueueScenarios");

TEST(QueueScenarios, GoAsTheyAreTold) {
  for (const std::string& name : scenarios.names()) {
    SCOPED_TRACE("scenarios/" + name);
    const auto played = Play().run(scenarios.text(name));
    if (played) {
      scenarios.expect_as_told(name, *played);
    } else {
      ADD_FAILURE() << played.error();
    }
  }
}

TEST(QueueScenarios, AreThoseThatTheReadmeNames) { scenarios.expect_those_that_the_readme_names(); }

/// Otherwise a mistake in a scenario would be taken for a quiet one.
TEST(QueueScenarios, SayWhichLineNobodyUnderstands) {
  const auto error = [](const std::string& text) { return Play().run(text).error(); };
  EXPECT_EQ(error("# a title\n0.000 s  ann ponders\n"),
            "line 2 says nothing: 0.000 s  ann ponders");
  EXPECT_EQ(error("0 s  ann asks for a task\n"), "line 1 says nothing: 0 s  ann asks for a task");
  EXPECT_EQ(error("1.000 s  ann asks for a task\n0.999 s  ann dies\n"),
            "line 2 says nothing: 0.999 s  ann dies");
  EXPECT_EQ(error("0.000 s  ann dies\n"), "line 1 says nothing: 0.000 s  ann dies");
  EXPECT_EQ(error("0.000 s  the power fails\n0.000 s  ann asks for a task\n"),
            "line 2 says nothing: 0.000 s  ann asks for a task");
  EXPECT_EQ(error("# only a title\n0.000 s  |  task 1  enqueued in mail\n"),
            "nobody does anything");
}

}  // namespace
}  // namespace queue
