#include "sim/search.hpp"

#include <gtest/gtest.h>

#include "sim/toy_test.hpp"

namespace sim::test {
namespace {

toy::Options smallest_with(toy::Bug bug) {
  toy::Options options = toy::System::smallest();
  options.bug = bug;
  return options;
}

SearchResult search(toy::Bug bug, std::uint32_t depth, Transcript* transcript = nullptr) {
  return Search<toy::System>(smallest_with(bug)).run(depth, transcript);
}

TEST(SearchTest, AnHonestSystemPasses) {
  const SearchResult result = search(toy::Bug::none, 5);
  EXPECT_EQ(result.checker + result.what, "");
  EXPECT_GT(result.visited, 300U);
}

/// Asked and called; arrived and answered before it was durable; the power fails; started again.
TEST(SearchTest, FindsAnOrderThatBreaksALawAtTheLeastDepthThatHasIt) {
  EXPECT_EQ(search(toy::Bug::reply_before_durable, 3).checker, "");
  const SearchResult result = search(toy::Bug::reply_before_durable, 4);
  EXPECT_EQ(result.checker, "kept-what-it-said");
  EXPECT_NE(result.what.find("node 1 had confirmed number"), std::string::npos) << result.what;
}

TEST(SearchTest, TellsTheWayThere) {
  std::vector<std::string> lines;
  Transcript transcript(false, [&](std::string_view line) { lines.emplace_back(line); });
  search(toy::Bug::reply_before_durable, 4, &transcript);
  const std::vector<std::string> wanted = {
      "client 1   takes      submit",
      "client 1   calls      call",
      "node 1     takes      request",
      "node 1     writes     write",
      "node 1     replies    reply",
      "node 1     stops      a loss of power",
      "node 1     starts     incarnation 2",
      "node 1     takes      start",
      "kept-what-it-said  violated   node 1 had confirmed number"};
  ASSERT_EQ(lines.size(), wanted.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    EXPECT_NE(lines[i].find(wanted[i]), std::string::npos) << lines[i];
  }
}

TEST(SearchTest, FollowsTheSameStateOnce) {
  const SearchResult result = search(toy::Bug::none, 5);
  EXPECT_GT(result.merged, 200U);
  EXPECT_LT(result.merged, result.visited);
}

TEST(SearchTest, TheSameSearchVisitsTheSameStates) {
  const SearchResult one = search(toy::Bug::none, 4);
  const SearchResult two = search(toy::Bug::none, 4);
  EXPECT_EQ(one.visited, two.visited);
  EXPECT_EQ(one.merged, two.merged);
}

TEST(SearchTest, FindsABrokenInvariantToo) {
  EXPECT_EQ(search(toy::Bug::gossips_before_durable, 4).checker, "invariants");
}

/// Without a disk there is no power to lose: the process alone goes, and all is lost with it.
TEST(SearchTest, SearchesASystemWithoutADisk) {
  toy::Options options = toy::System::smallest();
  options.disk = false;
  const SearchResult result = Search<toy::System>(options).run(8, nullptr);
  EXPECT_EQ(result.checker, "kept-what-it-said");
}

}  // namespace
}  // namespace sim::test
