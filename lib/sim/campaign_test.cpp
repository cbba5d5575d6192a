#include "sim/campaign.hpp"

#include <gtest/gtest.h>

#include <csignal>

#include "wire/json_value.hpp"

namespace sim {
namespace {

RunResult result_of(std::uint64_t seed) {
  RunResult result;
  result.seed = seed;
  result.events = 10 + seed;
  result.answered = seed;
  result.crashes = 2 * seed;
  result.faults.assign(fault_count, 0);
  result.faults[0] = seed % 2;
  result.possible = 3;  // crash, pause
  result.tallies = {{"election", 3}, {"install", seed / 2}};
  result.simulated = std::chrono::milliseconds(1'250);
  result.live = seed != 1;
  result.hash = seed * 7;
  return result;
}

RunResult violated(std::uint64_t seed) {
  RunResult result = result_of(seed);
  result.checker = "law";
  return result;
}

const Progress silent = [](std::uint64_t, std::uint64_t) {};

TEST(CampaignTest, GivesTheResultsInTheOrderOfTheSeedsHoweverManyProcessesRun) {
  for (const std::uint32_t jobs : {1U, 2U, 7U}) {
    const auto results = run_seeds({5, 104}, jobs, Until::all_done, result_of, silent);
    ASSERT_EQ(results.size(), 100U);
    for (std::uint64_t i = 0; i < 100; ++i) {
      EXPECT_EQ(results[i].seed, 5 + i);
      EXPECT_EQ(results[i].hash, (5 + i) * 7);
      EXPECT_EQ(results[i].faults, result_of(5 + i).faults);
      ASSERT_EQ(results[i].tallies.size(), 2U);
      EXPECT_EQ(results[i].tallies[1].name, "install");
      EXPECT_EQ(results[i].tallies[1].times, (5 + i) / 2);
    }
  }
}

TEST(CampaignTest, TellsHowFarItIs) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> told;
  const RunSeed run = [](std::uint64_t seed) {
    return seed < 3 ? violated(seed) : result_of(seed);
  };
  run_seeds({0, 9}, 1, Until::all_done, run, [&](std::uint64_t done, std::uint64_t violations) {
    told.emplace_back(done, violations);
  });
  ASSERT_EQ(told.size(), 10U);
  EXPECT_EQ(told.front(), (std::pair<std::uint64_t, std::uint64_t>{1, 1}));
  EXPECT_EQ(told.back(), (std::pair<std::uint64_t, std::uint64_t>{10, 3}));
}

TEST(CampaignTest, AProcessThatDiesCostsItsSeedAlone) {
  const RunSeed run = [](std::uint64_t seed) {
    if (seed == 3 || seed == 4) std::raise(SIGKILL);
    return result_of(seed);
  };
  const auto results = run_seeds({0, 19}, 2, Until::all_done, run, silent);
  ASSERT_EQ(results.size(), 20U);
  for (const RunResult& result : results) {
    const bool died = result.seed == 3 || result.seed == 4;
    EXPECT_EQ(result.checker, died ? "crash" : "") << result.seed;
    EXPECT_EQ(result.what, died ? "it said nothing" : "");
  }
}

TEST(CampaignTest, TheLastWordsOfAProcessAreToldOfItsSeed) {
  const RunSeed run = [](std::uint64_t seed) {
    if (seed == 2) {
      std::fprintf(stderr, "\n=====\nthe end is near\n");
      std::abort();
    }
    return result_of(seed);
  };
  const auto results = run_seeds({0, 3}, 1, Until::all_done, run, silent);
  ASSERT_EQ(results.size(), 4U);
  EXPECT_EQ(results[2].checker, "abort");
  EXPECT_EQ(results[2].what, "the end is near");
}

TEST(CampaignTest, CanStopAtTheFirstViolation) {
  const RunSeed run = [](std::uint64_t seed) {
    return seed >= 30 ? violated(seed) : result_of(seed);
  };
  const auto results = run_seeds({0, 100'000}, 2, Until::first_violation, run, silent);
  ASSERT_EQ(results.size(), 31U);
  EXPECT_EQ(results.back().seed, 30U);
  EXPECT_TRUE(results.back().violated());
}

TEST(CampaignTest, AProcessThatDiesIsAFirstViolationToo) {
  const RunSeed run = [](std::uint64_t seed) {
    if (seed == 30) std::raise(SIGKILL);
    return result_of(seed);
  };
  const auto results = run_seeds({0, 100'000}, 2, Until::first_violation, run, silent);
  ASSERT_EQ(results.size(), 31U);
  EXPECT_EQ(results.back().seed, 30U);
  EXPECT_EQ(results.back().checker, "crash");
}

TEST(CampaignTest, SumsUpWhatTheSeedsGave) {
  const Summary summary = summarize({result_of(1), result_of(2), violated(9)});
  EXPECT_EQ(summary.seeds, 3U);
  EXPECT_EQ(summary.violations, 1U);
  EXPECT_EQ(summary.events, 42U);
  EXPECT_EQ(summary.median_answered, 2U);
  EXPECT_EQ(summary.median_crashes, 4U);
  EXPECT_EQ(summary.live, 2U);
  EXPECT_EQ(summary.faults, (std::vector<Fired>{{"crash", 2, 2}, {"pause", 0, 0}}));
  EXPECT_EQ(summary.tallies, (std::vector<Fired>{{"election", 3, 9}, {"install", 2, 5}}));
  EXPECT_EQ(summary.simulated, core::Duration(std::chrono::milliseconds(3'750)));
  EXPECT_EQ(summarize({}).median_answered, 0U);
}

TEST(CampaignTest, TheLastLineTellsWhatCounts) {
  EXPECT_EQ(
      to_line(summarize({result_of(1), result_of(2), violated(9)}), 300),
      "3 seeds, 1 violations, 42 events, medians 2 requests answered and 4 crashes, seeds with "
      "(times in all) crash 2 (2), pause 0 (0), and with election 3 (9), install 2 (5), 3.7 s "
      "simulated in 0.3 s: 12 s/s and 140 events/s");
}

TEST(CampaignTest, NothingIsDividedByNoTime) {
  EXPECT_EQ(per_second(7, 0), 7'000U);
  EXPECT_EQ(per_second(7, 2'000), 3U);
}

TEST(CampaignTest, TheLastLineInJsonTellsTheSame) {
  const std::string line = to_json_line("toy", summarize({result_of(1), violated(9)}), 1'999);
  EXPECT_TRUE(wire::parse_json(line, {}).has_value());
  EXPECT_EQ(line,
            "{\"system\":\"toy\",\"seeds\":2,\"violations\":1,\"events\":30,\"median_answered\":9,"
            "\"median_crashes\":18,\"live\":1,\"seeds_with_fault\":{\"crash\":2,\"pause\":0},"
            "\"faults\":{\"crash\":2,\"pause\":0},"
            "\"seeds_with\":{\"election\":2,\"install\":1},"
            "\"times\":{\"election\":6,\"install\":4},"
            "\"simulated_ms\":2500,\"wall_ms\":1999}");
}

TEST(CampaignTest, AFaultOrAnythingElseIsRareBelowOneInAHundred) {
  std::vector<RunResult> results;
  for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
    RunResult result = result_of(0);
    result.faults[0] = seed < 10 ? 5 : 0;
    result.faults[1] = seed < 9 ? 5 : 0;
    result.faults[2] = 0;  // impossible, and so not missed
    result.tallies = {{"election", seed < 10 ? 1U : 0U}, {"install", seed < 9 ? 7U : 0U}};
    results.push_back(result);
  }
  EXPECT_EQ(summarize(results).rare(), (std::vector<Fired>{{"pause", 9, 45}, {"install", 9, 63}}));
}

RunResult that_broke(std::uint64_t seed, std::vector<Finding> noted) {
  RunResult result;
  result.seed = seed;
  result.noted = std::move(noted);
  return result;
}

TEST(PromisesTest, EachIsCountedByItself) {
  const std::vector<Promise> promises = {{"a", "All is well."}, {"b", "Nothing is lost."}};
  const std::vector<RunResult> results = {that_broke(4, {}), that_broke(5, {{"b", "one"}}),
                                          that_broke(6, {{"x", "other"}, {"b", "two"}})};
  const std::vector<PromiseReport> reports = report_promises(promises, results);
  ASSERT_EQ(reports.size(), 2U);
  EXPECT_EQ(reports[0].seeds, 0U);
  EXPECT_EQ(reports[0].first, nullptr);
  EXPECT_EQ(reports[1].seeds, 2U);
  EXPECT_EQ(reports[1].first->seed, 5U);
  EXPECT_EQ(reports[1].finding->what, "one");
  const std::vector<std::string> lines = {
      "kept    a", "broken  b in 2 of 3 seeds: Nothing is lost.", "promises kept: 1 of 2"};
  EXPECT_EQ(to_lines(reports, results.size()), lines);
  EXPECT_TRUE(to_json_line("toy", summarize(results), 1, reports)
                  .contains("\"seeds_that_broke\":{\"a\":0,\"b\":2}"));
}

TEST(PromisesTest, AProcessThatLosesItsCoreIsTheLast) {
  const auto run = [](std::uint64_t seed) {
    if (seed == 7) {
      std::fprintf(stderr, "the core\nis gone\n");
      std::_Exit(core_failed);
    }
    return result_of(seed);
  };
  const auto results = run_seeds({0, 99}, 2, Until::all_done, run, [](auto, auto) {});
  ASSERT_EQ(results.size(), 8U);
  EXPECT_EQ(results.back().checker, "core");
  EXPECT_EQ(results.back().what, "the core\nis gone");
}

}  // namespace
}  // namespace sim
