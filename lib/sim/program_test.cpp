#include "sim/program.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "sim/toy_test.hpp"
#include "wire/json_value.hpp"

namespace sim::test {
namespace {

struct Output {
  int code = 0;
  std::vector<std::string> lines;
  std::string errors;

  std::string last() const { return lines.empty() ? "" : lines.back(); }
};

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

Output call(const Program& program, std::vector<std::string> words) {
  words.insert(words.begin(), "toy_sim");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  Output output;
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  output.code = run_program(program, static_cast<int>(argv.size()), argv.data());
  output.lines = split(testing::internal::GetCapturedStdout());
  output.errors = testing::internal::GetCapturedStderr();
  return output;
}

const Program& honest() {
  static const Program program = program_of<toy::System>();
  return program;
}

/// The toy with a bug, in every third seed.
Program buggy(toy::Bug bug) {
  Program program = honest();
  program.draw_plan = [bug](std::uint64_t seed, const Settings&) {
    Plan plan = draw_plan<toy::System>(seed);
    toy::Options options = *from_text<toy::Options>(plan.options);
    if (seed % 3 == 2) options.bug = bug;
    plan.options = to_text(options);
    return plan;
  };
  program.search = [bug](std::uint32_t depth, const Settings&, Transcript* transcript) {
    toy::Options options = toy::System::smallest();
    options.bug = bug;
    return Search<toy::System>(options).run(depth, transcript);
  };
  return program;
}

class ProgramTest : public testing::Test {
 protected:
  /// A file of this test, with that text.
  std::string file(const std::string& text) {
    const std::string name = testing::TempDir() + "sim_program_test_" + std::to_string(::getpid());
    std::ofstream(name, std::ios::binary) << text;
    files_.push_back(name);
    return name;
  }

  void TearDown() override {
    for (const std::string& name : files_) std::remove(name.c_str());
  }

 private:
  std::vector<std::string> files_;
};

void expect_json(const Output& output) {
  EXPECT_GT(output.lines.size(), 0U);
  for (const std::string& line : output.lines) {
    EXPECT_TRUE(wire::parse_json(line, {}).has_value()) << line;
  }
}

TEST_F(ProgramTest, AGoodCampaignEndsWithZeroAndOneLine) {
  const Output output = call(honest(), {"sim", "--seeds", "0..5"});
  EXPECT_EQ(output.code, 0);
  ASSERT_EQ(output.lines.size(), 1U);
  EXPECT_TRUE(output.last().starts_with("6 seeds, 0 violations, ")) << output.last();
  expect_json(call(honest(), {"sim", "--seeds", "0..5", "--json"}));
}

TEST_F(ProgramTest, AViolationEndsWithOneAndALineThatReplaysIt) {
  const Program program = buggy(toy::Bug::answers_twice);
  const Output output = call(program, {"sim", "--seeds", "0..5"});
  EXPECT_EQ(output.code, 1);
  ASSERT_EQ(output.lines.size(), 5U);
  EXPECT_TRUE(output.lines[0].starts_with("seed 2: contract: node ")) << output.lines[0];
  EXPECT_EQ(output.lines[1], "replay: ./lab replay toy --seed 2");
  EXPECT_EQ(output.lines[3], "replay: ./lab replay toy --seed 5");
  EXPECT_TRUE(output.last().starts_with("6 seeds, 2 violations, ")) << output.last();

  const Output replay = call(program, {"replay", "--seed", "2"});
  EXPECT_EQ(replay.code, 1);
  const std::string what = output.lines[0].substr(std::string("seed 2: ").size());
  EXPECT_EQ(replay.lines[replay.lines.size() - 2], "violated: " + what);
  const Output hashes = call(program, {"hashes", "--seeds", "2..2"});
  EXPECT_EQ(replay.last(), "trace hash " + hashes.last().substr(2));
}

TEST_F(ProgramTest, CanStopAtTheFirstViolation) {
  const Output output =
      call(buggy(toy::Bug::answers_twice), {"sim", "--seeds", "0..1000", "--first"});
  EXPECT_EQ(output.code, 1);
  EXPECT_TRUE(output.last().starts_with("3 seeds, 1 violations, ")) << output.last();
}

TEST_F(ProgramTest, AnAbortIsAViolationToo) {
  const Output output = call(buggy(toy::Bug::aborts), {"sim", "--seeds", "0..2", "--json"});
  EXPECT_EQ(output.code, 1);
  expect_json(output);
  EXPECT_NE(output.lines[0].find("\"checker\":\"abort\""), std::string::npos) << output.lines[0];
  EXPECT_EQ(call(buggy(toy::Bug::aborts), {"hashes", "--seeds", "0..2"}).code, 1);
}

/// A program whose runs cost nothing, and in which a crash fires in every `every`-th seed.
Program quick(std::uint64_t every, std::uint64_t violated_seed) {
  Program program = honest();
  program.draw_plan = [](std::uint64_t seed, const Settings&) {
    Plan plan;
    plan.seed = seed;
    return plan;
  };
  program.run = [=](const Plan& plan, Transcript*, Hashing) {
    RunResult result;
    result.seed = plan.seed;
    if (plan.seed == violated_seed) result.checker = "law";
    result.faults.assign(fault_count, 0);
    result.faults[0] = plan.seed % every == 0 ? 1 : 0;
    result.possible = 1;
    return result;
  };
  return program;
}

TEST_F(ProgramTest, AFaultThatHardlyFiresInAThousandSeedsEndsWithTwo) {
  const Output output = call(quick(120, UINT64_MAX), {"sim", "--seeds", "0..999"});
  EXPECT_EQ(output.code, 2);
  EXPECT_EQ(output.errors, "error: crash was seen in only 9 of 1000 seeds\n");
  EXPECT_TRUE(output.last().starts_with("1000 seeds, 0 violations, ")) << output.last();
  EXPECT_EQ(call(quick(100, UINT64_MAX), {"sim", "--seeds", "0..999"}).code, 0);
  EXPECT_EQ(call(quick(120, UINT64_MAX), {"sim", "--seeds", "0..998"}).code, 0);  // too few to say
  EXPECT_EQ(call(quick(120, 5), {"sim", "--seeds", "0..999"}).code, 1);
}

TEST_F(ProgramTest, SoDoesAnythingElseThatTheSystemCounts) {
  Program program = quick(1, UINT64_MAX);
  program.run = [run = program.run](const Plan& plan, Transcript* transcript, Hashing hashing) {
    auto result = run(plan, transcript, hashing);
    result->tallies = {{"snapshot-installed", plan.seed == 7 ? 1U : 0U}};
    return result;
  };
  const Output output = call(program, {"sim", "--seeds", "0..999"});
  EXPECT_EQ(output.code, 2);
  EXPECT_EQ(output.errors, "error: snapshot-installed was seen in only 1 of 1000 seeds\n");
}

TEST_F(ProgramTest, AnOptionThatIsSetIsThatOfEverySeedAndOfItsReplay) {
  const Output plan = call(honest(), {"plan", "--seed", "3", "--set", "nodes=5"});
  EXPECT_TRUE(plan.lines.at(3).starts_with("options{nodes=5 ")) << plan.lines.at(3);
  const Output replay = call(honest(), {"replay", "--seed", "3", "--set", "nodes=5"});
  const Output hashes = call(honest(), {"hashes", "--seeds", "3..3", "--set", "nodes=5"});
  EXPECT_EQ(replay.last(), "trace hash " + hashes.last().substr(2));

  const Output broken = call(honest(), {"sim", "--seeds", "0..5", "--set", "bug=answers_twice",
                                        "--set", "nodes=5", "--first"});
  EXPECT_EQ(broken.code, 1);
  EXPECT_EQ(broken.lines.at(1),
            "replay: ./lab replay toy --seed 0 --set bug=answers_twice --set nodes=5");
}

TEST_F(ProgramTest, ManyViolationsAreToldByTen) {
  Program program = quick(1, 0);
  program.run = [run = program.run](const Plan& plan, Transcript* transcript, Hashing hashing) {
    auto result = run(plan, transcript, hashing);
    result->checker = "law";
    return result;
  };
  const Output output = call(program, {"sim", "--seeds", "0..19"});
  ASSERT_EQ(output.lines.size(), 22U);
  EXPECT_EQ(output.lines[20], "and 10 more");
}

TEST_F(ProgramTest, ReplayTellsTheRunAndItsHashLast) {
  const Output output = call(honest(), {"replay", "--seed", "3"});
  EXPECT_EQ(output.code, 0);
  EXPECT_GT(output.lines.size(), 1'000U);
  EXPECT_EQ(output.lines[output.lines.size() - 2], "no law was broken");
  const std::string hash = hex(judge_toy(draw_plan<toy::System>(3)).hash);
  EXPECT_EQ(output.last(), "trace hash " + hash);
  EXPECT_EQ(call(honest(), {"hashes", "--seeds", "3..3"}).last(), "3 " + hash);
  const Output json = call(honest(), {"replay", "--seed", "3", "--json"});
  expect_json(json);
  EXPECT_EQ(json.lines.size(), output.lines.size() - 1);
}

TEST_F(ProgramTest, APlanThatWasPrintedMakesTheSameRun) {
  const Output plan = call(honest(), {"plan", "--seed", "3"});
  EXPECT_EQ(plan.code, 0);
  std::string text;
  for (const std::string& line : plan.lines) text += line + "\n";
  const std::string name = file(text);
  EXPECT_EQ(call(honest(), {"replay", "--plan", name}).last(),
            call(honest(), {"replay", "--seed", "3"}).last());
  const Output judged = call(honest(), {"sim", "--plan", name});
  EXPECT_EQ(judged.code, 0);
  EXPECT_TRUE(judged.last().starts_with("1 seeds, 0 violations, ")) << judged.last();
  expect_json(call(honest(), {"sim", "--plan", name, "--json"}));
}

TEST_F(ProgramTest, AViolatedPlanEndsWithOneAndALineThatReplaysIt) {
  toy::Options options;
  options.bug = toy::Bug::sends_to_itself;
  const std::string name = file(print(toy_plan({}, options)));
  const Output output = call(honest(), {"sim", "--plan", name});
  EXPECT_EQ(output.code, 1);
  ASSERT_EQ(output.lines.size(), 3U);
  EXPECT_EQ(output.lines[1], "replay: ./lab replay toy --plan " + name);
}

TEST_F(ProgramTest, ABadCommandLineOrFileEndsWithSixtyFourAndASentence) {
  const auto refused = [&](std::vector<std::string> words, std::string_view why) {
    const Output output = call(honest(), std::move(words));
    EXPECT_EQ(output.code, 64);
    EXPECT_TRUE(output.lines.empty());
    EXPECT_TRUE(output.errors.starts_with("error: ")) << output.errors;
    EXPECT_NE(output.errors.find(why), std::string::npos) << output.errors;
  };
  refused({}, "no command");
  refused({"sim"}, "sim wants one of");
  refused({"sim", "--plan", "/nowhere/at/all"}, "cannot open /nowhere/at/all");
  refused({"replay", "--plan", "/nowhere/at/all"}, "cannot open /nowhere/at/all");
  refused({"replay", "--trace", "/nowhere/at/all"}, "cannot open /nowhere/at/all");
  refused({"sim", "--plan", file("sim-plan 2\n")}, ": line 1: a plan begins with");
  refused({"replay", "--plan", file(print(toy_plan({{seconds(1), Cut{ClientId{9}}}})))},
          "there are only clients 1 to 3");
  refused({"sim", "--plan", file(print(toy_plan({{seconds(1), Cut{ClientId{9}}}})))},
          "there are only clients 1 to 3");
  refused({"replay", "--trace", file("no trace at all")}, "at byte 0: ");
  const std::string no_option = "there is no option legs";
  refused({"sim", "--seeds", "0..5", "--set", "legs=5"}, no_option);
  refused({"hashes", "--seeds", "0..5", "--set", "legs=5"}, no_option);
  refused({"plan", "--seed", "0", "--set", "legs=5"}, no_option);
  refused({"replay", "--seed", "0", "--set", "legs=5"}, no_option);
  refused({"sim", "--exhaustive", "2", "--set", "legs=5"}, no_option);
  refused({"sim", "--seeds", "0..5", "--set", "nodes=five"}, "nodes: wanted a number from 0 to");
  refused({"sim", "--seeds", "0..5", "--set", "nodes=0"}, "they ask for 0 nodes");
  refused({"sim", "--seeds", "0..5", "--set", "clients=2"}, "at least 3 clients");
}

TEST_F(ProgramTest, HelpEndsWithZero) {
  for (const char* word : {"--help", "-h", "help"}) {
    const Output output = call(honest(), {word});
    EXPECT_EQ(output.code, 0);
    EXPECT_EQ(output.lines.at(0), "The simulator of the system toy.");
  }
}

TEST_F(ProgramTest, ASearchTellsWhatItFound) {
  const Output good = call(honest(), {"sim", "--exhaustive", "3", "--set", "nodes=2"});
  EXPECT_EQ(good.code, 0);
  EXPECT_NE(good.last().find(" states visited, "), std::string::npos);
  const Program program = buggy(toy::Bug::gossips_before_durable);
  const Output bad = call(program, {"sim", "--exhaustive", "4"});
  EXPECT_EQ(bad.code, 1);
  EXPECT_TRUE(bad.last().starts_with("violated: invariants: node ")) << bad.last();
  expect_json(call(honest(), {"sim", "--exhaustive", "3", "--json"}));
  expect_json(call(program, {"sim", "--exhaustive", "4", "--json"}));
}

/// A system that promises two things, and breaks one of them in seed 3.
Program promising() {
  Program program = honest();
  program.promises = {{"kept-one", "This holds."}, {"broken-one", "This does not."}};
  program.flags = "--core 'x y'";
  program.run = [](const Plan& plan, Transcript*, Hashing) {
    RunResult result;
    result.seed = plan.seed;
    if (plan.seed == 3) {
      result.noted = {{"broken-one", "it was lost"}};
      result.checker = "broken-one";
      result.what = "it was lost";
    }
    return std::expected<RunResult, std::string>(result);
  };
  return program;
}

TEST_F(ProgramTest, TellsWhichPromisesWereKept) {
  const Output output = call(promising(), {"sim", "--seeds", "0..9"});
  EXPECT_EQ(output.code, exit_violated);
  const std::vector<std::string> told(output.lines.begin(), output.lines.end() - 1);
  const std::vector<std::string> lines = {
      "seed 3: broken-one: it was lost", "replay: ./lab replay toy --core 'x y' --seed 3",
      "kept    kept-one", "broken  broken-one in 1 of 10 seeds: This does not.",
      "promises kept: 1 of 2"};
  EXPECT_EQ(told, lines);
}

/// Of promising(), where what is broken in seed 3 is about thing 7 and a replay can tell of it.
Program telling() {
  Program program = promising();
  program.subject = "thing";
  program.run = [run = program.run](const Plan& plan, Transcript* transcript, Hashing hashing) {
    auto result = run(plan, transcript, hashing);
    if (!result->noted.empty()) result->about = result->noted[0].about = 7;
    return result;
  };
  program.tell = [run = program.run](const Plan& plan,
                                     std::uint64_t number) -> std::expected<Story, std::string> {
    if (number > 7) return std::unexpected("there is no such thing");
    return Story{*run(plan, nullptr, Hashing::with), {"1.000 s  it came"}};
  };
  return program;
}

TEST_F(ProgramTest, ReplaysTheOneThingThatABrokenPromiseIsAbout) {
  const Output output = call(telling(), {"sim", "--seeds", "0..9", "--set", "nodes=5"});
  EXPECT_EQ(output.lines.at(1),
            "replay: ./lab replay toy --core 'x y' --seed 3 --set nodes=5 --thing 7");
  const Output json = call(telling(), {"sim", "--seeds", "0..9", "--json"});
  EXPECT_NE(json.lines.at(0).find(R"("about":"7")"), std::string::npos) << json.lines.at(0);
  const std::string name = file(print(draw_plan<toy::System>(3)));
  EXPECT_EQ(call(telling(), {"sim", "--plan", name}).lines.at(1),
            "replay: ./lab replay toy --core 'x y' --plan " + name + " --thing 7");
}

TEST_F(ProgramTest, TellsOfOneThingWhatWasBrokenAndTheHash) {
  using Lines = std::vector<std::string>;
  const std::string hash = "trace hash " + hex(0);
  const Output broken = call(telling(), {"replay", "--seed", "3", "--thing", "7"});
  EXPECT_EQ(broken.code, exit_violated);
  EXPECT_EQ(broken.lines, (Lines{"1.000 s  it came", "broken: broken-one: it was lost", hash}));
  const Output other = call(telling(), {"replay", "--seed", "3", "--thing", "6"});
  EXPECT_EQ(other.code, exit_violated);
  EXPECT_EQ(other.lines,
            (Lines{"1.000 s  it came", "what this run broke is not about this thing", hash}));
  const Output good = call(telling(), {"replay", "--seed", "4", "--thing", "7"});
  EXPECT_EQ(good.code, exit_good);
  EXPECT_EQ(good.lines, (Lines{"1.000 s  it came", "no law was broken", hash}));
  const Output none = call(telling(), {"replay", "--seed", "3", "--thing", "8"});
  EXPECT_EQ(none.code, exit_usage);
  EXPECT_EQ(none.errors, "error: there is no such thing\n");
}

}  // namespace
}  // namespace sim::test
