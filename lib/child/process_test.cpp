#include "child/process.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <thread>

namespace child {
namespace {

std::unique_ptr<Process> start(const std::string& command,
                               std::chrono::seconds limit = std::chrono::seconds(3'600)) {
  auto process = Process::start({command, limit});
  EXPECT_TRUE(process) << process.error();
  return std::move(*process);
}

/// Why there is no answer.
std::string refusal(const std::string& command,
                    std::chrono::seconds limit = std::chrono::seconds(3'600)) {
  const auto process = start(command, limit);
  auto answer = process->ask("a line");
  while (answer) answer = process->ask("a line");
  return answer.error();
}

/// Whether no such process runs. A zombie, whom nobody has buried yet, does not run.
bool is_gone(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  if (!std::getline(stat, text)) return true;
  return text.substr(text.rfind(')') + 2, 1) == "Z";
}

void wait_until_gone(pid_t pid) {
  while (!is_gone(pid)) std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

// A command that starts another, tells its id, and waits for it for ever.
constexpr const char* with_a_child = "read line; sleep 100000 & echo $!; wait";

TEST(Process, AnswersLineByLine) {
  const auto process = start("while read line; do echo \"heard $line\"; done");
  EXPECT_EQ(process->ask("one").value(), "heard one");
  EXPECT_EQ(process->ask("two").value(), "heard two");
}

TEST(Process, PassesOnLongLinesBothWays) {
  const auto process = start("cat");
  const std::string line(8 << 20, 'x');
  EXPECT_EQ(process->ask(line).value(), line);
}

TEST(Process, SaysHowItHasEnded) {
  EXPECT_EQ(refusal("exit 7"), "has ended with exit status 7");
  EXPECT_EQ(refusal("read line; echo once; exit 0"), "has ended with exit status 0");
  EXPECT_EQ(refusal("kill -KILL $$"), "was ended by a signal: Killed");
  EXPECT_TRUE(refusal("/no/such/program").contains("a command that it does not find"));
}

TEST(Process, SaysThatItIsSilent) {
  EXPECT_EQ(refusal("sleep 100000", std::chrono::seconds(1)), "has not answered within 1 s");
}

TEST(Process, RefusesALineWithoutEnd) {
  EXPECT_EQ(refusal("tr '\\0' x < /dev/zero"), "answers too long a line");
}

TEST(Process, RefusesTwoLinesForOne) {
  EXPECT_EQ(refusal("read line; printf 'one\\ntwo\\n'; sleep 100000"),
            "answers one line with several");
}

TEST(Process, GoesWithAllThatItHasStarted) {
  auto process = start(with_a_child);
  const pid_t pid = std::stoi(process->ask("start it").value());
  EXPECT_FALSE(is_gone(pid));
  process.reset();
  wait_until_gone(pid);
}

TEST(Process, DoesNotOutliveAProgramThatIsKilled) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t program = ::fork();
  ASSERT_GE(program, 0);
  if (program == 0) {
    const auto process = start(with_a_child);
    const std::string pid = process->ask("start it").value() + "\n";
    if (::write(ends[1], pid.data(), pid.size()) < 0) ::_exit(1);
    while (true) ::pause();
  }
  char bytes[32] = {};
  ASSERT_GT(::read(ends[0], bytes, sizeof bytes - 1), 0);
  const pid_t pid = std::stoi(bytes);
  EXPECT_FALSE(is_gone(pid));
  ::kill(program, SIGKILL);
  ::waitpid(program, nullptr, 0);
  wait_until_gone(pid);
  ::close(ends[0]);
  ::close(ends[1]);
}

}  // namespace
}  // namespace child
