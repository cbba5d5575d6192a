#include "child_queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

#include "any_program.hpp"
#include "any_queue.hpp"
#include "queue.hpp"
#include "sim/campaign.hpp"

namespace queue {
namespace {

using ChildQueueDeathTest = testing::Test;

// The shipped core as a process (queue_stdio.cpp); CMake says where it is.
const std::string shipped = LAB_QUEUE_STDIO;

void use_command(const std::string& command) {
  AnyQueue::use(child_maker({{.command = command, .answer_limit = std::chrono::seconds(3'600)}}));
}

sim::RunResult run(const sim::Program& program, std::uint64_t seed) {
  auto result = program.run(*program.draw_plan(seed, {}), nullptr, sim::Hashing::with);
  EXPECT_TRUE(result) << result.error();
  return *result;
}

// A file that counts the starts of the process that writes a line into it.
class Starts {
 public:
  Starts() : file_(testing::TempDir() + "starts-" + std::to_string(::getpid())) {}
  Starts(const Starts&) = delete;
  Starts& operator=(const Starts&) = delete;
  ~Starts() { std::filesystem::remove(file_); }

  std::string command() const { return "echo >> '" + file_ + "'; exec " + shipped; }
  std::uint64_t count() const {
    std::ifstream in(file_);
    return static_cast<std::uint64_t>(std::ranges::count(
        std::string(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()), '\n'));
  }

 private:
  std::string file_;
};

TEST(ChildQueue, GivesTheSameTraceAsTheCoreInThisProcess) {
  const sim::Program program = any_program(6, "");
  std::uint64_t crashes = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    AnyQueue::use(maker_of<Queue>());
    const sim::RunResult here = run(program, seed);
    use_command(shipped);
    const sim::RunResult there = run(program, seed);
    EXPECT_EQ(here.hash, there.hash) << "seed " << seed;
    EXPECT_EQ(there.checker, "") << "seed " << seed << ": " << there.what;
    crashes += there.crashes;
  }
  EXPECT_GT(crashes, 0U);
}

TEST(ChildQueue, OneProcessServesManyRuns) {
  const Starts starts;
  use_command(starts.command());
  const sim::Program program = any_program(5, "");
  for (std::uint64_t seed = 0; seed < 3; ++seed) run(program, seed);
  EXPECT_EQ(starts.count(), 1U);
}

TEST(ChildQueue, ACrashOfTheBrokerEndsTheProcess) {
  const Starts starts;
  use_command(starts.command());
  const sim::Program program = any_program(6, "");
  std::uint64_t seed = 0;
  while (run(program, seed).crashes == 0) ++seed;
  const std::uint64_t before = starts.count();
  const sim::RunResult result = run(program, seed);
  EXPECT_EQ(starts.count(), before + result.crashes);
}

/// Runs seed 0 with a core that answers every line with `answer`.
void answer_with(const std::string& answer) {
  use_command("while read line; do echo '" + answer + "'; done");
  run(any_program(5, ""), 0);
}

std::string ready(const std::string& replies, const std::string& more = "") {
  return R"({"ready":{"writes":[],"loads":[],"messages":[],"replies":)" + replies +
         R"(,"pushes":[],"closes":[]})" + more + "}";
}

TEST(ChildQueueDeathTest, EndsTheProgramWhenTheAnswerIsNone) {
  const auto exits = testing::ExitedWithCode(3);
  EXPECT_EXIT(answer_with("nonsense"), exits, "no answer: JSON");
  EXPECT_EXIT(answer_with("{}"), exits, "core_answer.*missing");
  EXPECT_EXIT(answer_with(ready("[]", R"(,"colour":"red")")), exits, "unknown field \"colour\"");
  EXPECT_EXIT(answer_with(ready("[]", R"(,"next_timeout":5)")), exits, "next_timeout");
  EXPECT_EXIT(answer_with(ready("[]", R"(,"next_timeout":"99999999999999999999")")), exits,
              "next_timeout");
  EXPECT_EXIT(answer_with(ready("7")), exits, "replies");
  EXPECT_EXIT(answer_with(ready(R"([{"session":"1","request":"1","result":{"type":"gone"}}])")),
              exits, "unknown type \"gone\"");
  EXPECT_EXIT(answer_with(R"({"ready":{"writes":[],"loads":[],"messages":[],"replies":[],)"
                          R"("pushes":[{"sessions":["1"],"event":{}}],"closes":[]}})"),
              exits, "a queue has none");
}

TEST(ChildQueueDeathTest, SaysWhatTheCoreWasToldAndAnswered) {
  EXPECT_EXIT(answer_with("nonsense"), testing::ExitedWithCode(3),
              "it was told: .\"now\".*\"type\":\"start\".*it answered: nonsense");
}

TEST(ChildQueueDeathTest, EndsTheProgramWhenTheCoreDies) {
  const auto run_dying = [] {
    use_command("read line; echo '" + ready("[]") + "'; exit 5");
    run(any_program(5, ""), 0);
  };
  EXPECT_EXIT(run_dying(), testing::ExitedWithCode(3), "has ended with exit status 5");
}

TEST(ChildQueueDeathTest, EndsTheProgramWhenTheCoreIsSilent) {
  const auto run_silent = [] {
    AnyQueue::use(
        child_maker({{.command = "cat > /dev/null", .answer_limit = std::chrono::seconds(1)}}));
    run(any_program(5, ""), 0);
  };
  EXPECT_EXIT(run_silent(), testing::ExitedWithCode(3), "has not answered within 1 s");
}

// In a campaign each group of seeds has a process of its own: what ends that ends the whole.
TEST(ChildQueue, ACampaignEndsWithTheFirstCoreThatFails) {
  use_command("echo 'Traceback: a sad story' >&2; exit 1");
  std::string words[] = {"queue_promises", "sim", "--seeds", "0..40"};
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const int code = sim::run_program(any_program(5, ""), static_cast<int>(argv.size()), argv.data());
  const std::string errors = testing::internal::GetCapturedStderr();
  testing::internal::GetCapturedStdout();
  EXPECT_EQ(code, sim::core_failed);
  EXPECT_TRUE(errors.contains("a sad story")) << errors;
  EXPECT_TRUE(errors.contains("has ended with exit status 1")) << errors;
  EXPECT_TRUE(errors.contains("it was told: {\"now\"")) << errors;
}

}  // namespace
}  // namespace queue
