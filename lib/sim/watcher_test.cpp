// What a Checker is told of a run.
#include <gtest/gtest.h>

#include "sim/toy_test.hpp"

namespace sim::test {
namespace {

/// The toy's laws, and a list of what they were told.
class Spy : public toy::Laws {
 public:
  using toy::Laws::Laws;

  static inline std::vector<std::string> told;
  static inline std::uint64_t remembers = 0;

  void on_submit(core::Instant at, ClientId client, const toy::Work& work) override {
    tell(at, client, "submit", to_text(work));
    Laws::on_submit(at, client, work);
  }
  void on_call(core::Instant at, ClientId client,
               const core::Call<toy::ClientProtocol>& call) override {
    tell(at, client, "call", to_text(call.command));
  }
  void on_answer(core::Instant at, ClientId client,
                 const core::Answer<toy::ClientProtocol>& answer) override {
    tell(at, client, "answer", to_text(answer.result));
  }
  void on_pushed(core::Instant at, ClientId client, const toy::Grown&) override {
    tell(at, client, "pushed", "");
  }
  void on_outcome(core::Instant at, ClientId client, const toy::Outcome& outcome) override {
    tell(at, client, "outcome", to_text(outcome));
    Laws::on_outcome(at, client, outcome);
  }
  void on_client_step(core::Instant at, ClientId client, const core::Now&,
                      const core::ClientInput<toy::ClientProtocol>& input,
                      const core::ClientReady<toy::ClientProtocol>& ready,
                      const toy::Adder&) override {
    tell(at, client, "did",
         std::to_string(input.index()) + (ready.calls.empty() ? "" : " and called"));
  }
  void on_client_crash(core::Instant at, ClientId client) override {
    tell(at, client, "crash", "");
  }
  void on_connect(core::Instant at, ClientId client, core::SessionId session) override {
    tell(at, client, "connect", to_text(session));
  }
  void on_fault(core::Instant at, const Line& line) override {
    tell(at, NodeId{}, "fault", to_text(line.at));
  }
  void on_finding(core::Instant at, const Finding& finding) override {
    tell(at, NodeId{}, "finding", finding.checker);
  }
  void on_node_down(core::Instant at, NodeId node) override { tell(at, node, "down", ""); }
  void on_step(core::Instant at, NodeId node, const core::Now&,
               const core::Input<toy::Protocol>& input, const core::Ready<toy::Protocol>& ready,
               Cores) override {
    tell(at, node, "took", std::to_string(input.index()) + (ready.empty() ? "" : " and acted"));
  }
  void on_ready(core::Instant at, NodeId node, const core::Ready<toy::Protocol>& ready,
                Cores cores) override {
    tell(at, node, "ready", cores[node.value - 1] ? "up" : "down");
    Laws::on_ready(at, node, ready, cores);
  }
  void on_heal(core::Instant at, std::span<const NodeId> healed) override {
    tell(at, healed.front(), "heal", std::to_string(healed.size()));
    Laws::on_heal(at, healed);
  }
  std::optional<Finding> after_step(core::Instant at, NodeId node, Cores cores) override {
    tell(at, node, "step", std::to_string(cores.size()));
    return Laws::after_step(at, node, cores);
  }
  std::optional<Finding> at_end(core::Instant at, Cores cores) override {
    tell(at, NodeId{}, "end", "");
    return Laws::at_end(at, cores);
  }
  std::uint64_t digest() const override { return remembers; }

 private:
  template <class Who>
  static void tell(core::Instant at, Who who, std::string_view what, const std::string& more) {
    told.push_back(to_text(at) + " " + std::to_string(who.value) + " " + std::string(what) +
                   (more.empty() ? "" : " ") + more);
  }
};

struct Spied : toy::System {
  using Checker = Spy;
};

/// The lines that have `part` in them.
std::vector<std::string> with(std::string_view part) {
  std::vector<std::string> found;
  std::ranges::copy_if(Spy::told, std::back_inserter(found), [&](const std::string& line) {
    return line.find(part) != std::string::npos;
  });
  return found;
}

TEST(WatcherTest, IsToldAllThatHappensBetweenNodesAndClients) {
  Spy::told.clear();
  const auto result =
      run_plan<Spied>(toy_plan({{seconds(2), Crash{NodeId{1}, false, false, milliseconds(100)}},
                                {seconds(3), ClientCrash{ClientId{2}, milliseconds(100)}}}),
                      nullptr);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->checker + result->what, "");
  EXPECT_EQ(with("submit add{number=1000}"),
            std::vector<std::string>{"1s 1 submit add{number=1000}"});
  EXPECT_EQ(with("call add{number=1000}"), std::vector<std::string>{"1s 1 call add{number=1000}"});
  EXPECT_EQ(with(" 1 answer added{number=1000}").size(), 1U);
  EXPECT_EQ(with(" 1 outcome added{number=1000}").size(), 1U);
  EXPECT_GT(with(" 1 pushed").size(), 10U);
  EXPECT_EQ(with(" down").size(), 1U);
  EXPECT_EQ(with("2s 1 down").size(), 1U);
  EXPECT_EQ(with(" crash"), std::vector<std::string>{"3s 2 crash"});
  EXPECT_EQ(with(" did 0").size(), with(" submit").size());
  EXPECT_EQ(with(" did 3").size(), with(" answer ").size());
  EXPECT_EQ(with("1s 1 did 0 and called").size(), 1U);
  EXPECT_EQ(with(" fault"), (std::vector<std::string>{"2s 0 fault 2s", "3s 0 fault 3s"}));
  EXPECT_GT(with(" 2 connect").size(), 1U);
  EXPECT_EQ(with(" finding").size(), 0U);
  EXPECT_EQ(with(" heal"), std::vector<std::string>{"5s 1 heal 2"});
  EXPECT_EQ(with(" end").size(), 1U);
  EXPECT_EQ(Spy::told.back(), with(" end").front());
  EXPECT_GT(with(" ready up").size(), 100U);
  EXPECT_GE(with(" step 3").size(), with(" ready up").size());
  EXPECT_EQ(with(" took ").size(), with(" step 3").size());
  EXPECT_EQ(with(" took 0").size(), 4U);  // starts: three nodes, and one of them again
  EXPECT_GT(with(" and acted").size(), 100U);
  EXPECT_GT(with("answer error:unknown").size() + with("answer error:refused").size(), 0U);
}

TEST(WatcherTest, IsToldOfWhatIsFoundBroken) {
  Spy::told.clear();
  toy::Options options;
  options.bug = toy::Bug::sends_to_itself;
  const auto result = run_plan<Spied>(toy_plan({}, options), nullptr);
  EXPECT_TRUE(result->violated());
  ASSERT_EQ(with(" finding").size(), 1U);
  EXPECT_TRUE(with(" finding").front().ends_with(" finding " + result->checker));
}

TEST(WatcherTest, AnotherMayLookOnAndSeeTheSameAndTheRunIsTheSame) {
  const Plan plan = toy_plan({{seconds(2), Crash{NodeId{1}, false, false, milliseconds(100)}},
                              {seconds(3), ClientCrash{ClientId{2}, milliseconds(100)}}});
  Spy::told.clear();
  const auto alone = run_plan<Spied>(plan, nullptr);
  const std::vector<std::string> seen = Spy::told;
  auto world = World<Spied>::make(plan);
  ASSERT_TRUE(world.has_value());
  Spy onlooker(world->options());
  world->show_to(&onlooker);
  Spy::told.clear();
  world->run();
  EXPECT_EQ(world->hash(), alone->hash);
  for (const char* what : {" submit", " call", " answer", " pushed", " outcome", " did", " crash",
                           " connect", " down", " took", " ready", " heal", " fault"}) {
    const std::size_t once = static_cast<std::size_t>(
        std::ranges::count_if(seen, [&](const std::string& line) { return line.contains(what); }));
    EXPECT_GT(once, 0U) << what;
    EXPECT_EQ(with(what).size(), 2 * once) << what;
  }
}

/// A search that took two Worlds for one because they look alike, though what has been promised in
/// them differs, would miss what only one of them can break.
TEST(WatcherTest, WhatItRemembersIsPartOfTheWorldsDigest) {
  auto world = World<Spied>::make(toy_plan());
  ASSERT_TRUE(world.has_value());
  Spy::remembers = 1;
  const std::uint64_t one = world->digest();
  EXPECT_EQ(world->digest(), one);
  Spy::remembers = 2;
  EXPECT_NE(world->digest(), one);
}

}  // namespace
}  // namespace sim::test
