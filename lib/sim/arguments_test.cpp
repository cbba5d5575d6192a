#include "sim/arguments.hpp"

#include <gtest/gtest.h>

namespace sim {
namespace {

std::expected<Arguments, std::string> parse(const std::vector<std::string_view>& words) {
  return parse_arguments(words);
}

std::string refusal(const std::vector<std::string_view>& words) {
  const auto arguments = parse_arguments(words);
  return arguments ? "it was taken" : arguments.error();
}

TEST(ArgumentsTest, TakesEveryCommandOfTheHelp) {
  const auto campaign = parse({"sim", "--seeds", "3..8", "--jobs", "4", "--json"});
  ASSERT_TRUE(campaign.has_value());
  EXPECT_EQ(campaign->command, Command::sim);
  EXPECT_EQ(campaign->seeds->first, 3U);
  EXPECT_EQ(campaign->seeds->count(), 6U);
  EXPECT_EQ(campaign->jobs, 4U);
  EXPECT_EQ(campaign->seed_seconds, 120U);
  EXPECT_TRUE(campaign->json);
  EXPECT_EQ(parse({"sim", "--plan", "f"})->plan, "f");
  EXPECT_EQ(parse({"sim", "--exhaustive", "5"})->exhaustive, 5U);
  const auto fixed = parse({"sim", "--seeds", "0..1", "--set", "nodes=5", "--set", "text=a=b"});
  ASSERT_EQ(fixed->settings.size(), 2U);
  EXPECT_EQ(fixed->settings[0].name, "nodes");
  EXPECT_EQ(fixed->settings[0].value, "5");
  EXPECT_EQ(fixed->settings[1].value, "a=b");
  EXPECT_EQ(parse({"replay", "--seed", "18446744073709551615"})->seed, UINT64_MAX);
  EXPECT_EQ(parse({"replay", "--plan", "f"})->command, Command::replay);
  EXPECT_EQ(parse({"replay", "--trace", "t"})->trace, "t");
  EXPECT_EQ(parse({"plan", "--seed", "1"})->command, Command::plan);
  EXPECT_EQ(parse({"hashes", "--seeds", "0..0"})->seeds->count(), 1U);
  EXPECT_EQ(parse_arguments({"replay", "--seed", "3", "--task", "32"}, "task")->about, 32U);
  EXPECT_EQ(parse({"--help"})->command, Command::help);
  EXPECT_EQ(parse({"sim", "--help"})->command, Command::help);
}

TEST(ArgumentsTest, SaysWhatIsWrongWithAValue) {
  const std::string seeds = "--seeds wants A..B, from A to B, at most 10000000 of them";
  for (const std::string_view text : {"", "5", "5..", "..5", "8..3", "1...3", "a..b", "-1..3",
                                      "0..10000000", "0..99999999999999999999", " 1..2"}) {
    EXPECT_EQ(refusal({"sim", "--seeds", text}), seeds) << text;
  }
  EXPECT_TRUE(parse({"sim", "--seeds", "1..10000000"}).has_value());
  EXPECT_EQ(refusal({"replay", "--seed", "x"}), "--seed wants a number");
  EXPECT_EQ(refusal({"replay", "--seed", "1x"}), "--seed wants a number");
  EXPECT_EQ(refusal({"replay", "--seed", ""}), "--seed wants a number");
  EXPECT_EQ(refusal({"replay", "--seed"}), "--seed wants a value");
  EXPECT_EQ(refusal({"sim", "--seeds", "0..1", "--set", "nodes"}), "--set wants OPTION=VALUE");
  EXPECT_EQ(refusal({"sim", "--exhaustive", "0"}), "--exhaustive wants a depth from 1 to 100");
  EXPECT_EQ(refusal({"sim", "--exhaustive", "101"}), "--exhaustive wants a depth from 1 to 100");
  EXPECT_EQ(refusal({"sim", "--seeds", "0..1", "--jobs", "0"}),
            "--jobs wants a number from 1 to 256");
  EXPECT_EQ(refusal({"sim", "--seeds", "0..1", "--seed-seconds", "3601"}),
            "--seed-seconds wants a number from 1 to 3600");
}

TEST(ArgumentsTest, SaysWhatACommandWants) {
  EXPECT_EQ(refusal({"run"}), "unknown command run");
  EXPECT_EQ(refusal({"sim", "--fast"}), "unknown option --fast");
  const std::string sim = "sim wants one of --seeds A..B, --plan FILE, --exhaustive DEPTH";
  EXPECT_EQ(refusal({"sim"}), sim);
  EXPECT_EQ(refusal({"sim", "--seed", "1"}), sim);
  EXPECT_EQ(refusal({"sim", "--seeds", "0..1", "--plan", "f"}), sim);
  const std::string replay = "replay wants one of --seed N, --plan FILE, --trace FILE";
  EXPECT_EQ(refusal({"replay"}), replay);
  EXPECT_EQ(refusal({"replay", "--seeds", "0..1"}), replay);
  EXPECT_EQ(refusal({"replay", "--seed", "1", "--trace", "t"}), replay);
  const std::string settings = "--set is for seeds and searches: a plan has its options";
  EXPECT_EQ(refusal({"sim", "--plan", "f", "--set", "nodes=5"}), settings);
  EXPECT_EQ(refusal({"replay", "--trace", "t", "--set", "nodes=5"}), settings);
  EXPECT_EQ(refusal({"hashes", "--seed", "1"}), "hashes wants --seeds A..B");
  EXPECT_EQ(refusal({"plan"}), "plan wants --seed N");
  EXPECT_EQ(refusal({"plan", "--seed", "1", "--seed", "2"}), "--seed stands twice");
  EXPECT_NE(refusal({}).find("no command"), std::string::npos);
}

TEST(ArgumentsTest, OnlyAReplayAsTextTellsOfOneThing) {
  const auto refused = [](const std::vector<std::string_view>& words) {
    const auto arguments = parse_arguments(words, "task");
    return arguments ? "it was taken" : arguments.error();
  };
  const std::string why = "--task is for replay, of a seed or a plan, as text";
  EXPECT_EQ(refused({"sim", "--seeds", "0..9", "--task", "1"}), why);
  EXPECT_EQ(refused({"replay", "--trace", "t", "--task", "1"}), why);
  EXPECT_EQ(refused({"replay", "--seed", "1", "--task", "1", "--json"}), why);
  EXPECT_EQ(refused({"replay", "--seed", "1", "--task"}), "--task wants a number");
  EXPECT_EQ(refused({"replay", "--seed", "1", "--task", "one"}), "--task wants a number");
  EXPECT_EQ(refused({"replay", "--seed", "1", "--task", "1", "--task", "2"}),
            "--task stands twice");
  EXPECT_EQ(refusal({"replay", "--seed", "1", "--task", "1"}), "unknown option --task");
}

TEST(ArgumentsTest, TheHelpNamesEveryCommandOptionAndExitCode) {
  const std::string text = usage("./lab", "queue");
  for (const char* word :
       {"./lab sim", "./lab replay", "./lab plan", "./lab hashes", "--seeds", "--seed", "--plan",
        "--trace", "--exhaustive", "--jobs", "--seed-seconds", "--set", "--json", "0 good",
        "1 a law", "2 in 1000", "64 "}) {
    EXPECT_NE(text.find(word), std::string::npos) << word;
  }
  EXPECT_EQ(text.find("--task"), std::string::npos);
  EXPECT_NE(usage("./lab", "queue", "task").find("replay --seed N --task N "), std::string::npos);
}

}  // namespace
}  // namespace sim
