#include "sim/plan.hpp"

#include <gtest/gtest.h>

#include "sim/text.hpp"

namespace sim {
namespace {

using core::NodeId;
using std::chrono::milliseconds;
using std::chrono::seconds;

const std::vector<NodeId> two = {NodeId{1}, NodeId{2}};

/// One of each action, with no two fields alike.
std::vector<Action> every_action() {
  constexpr core::Duration time = milliseconds(1'500);
  const NodeId node{3};
  const ClientId client{4};
  return {Ask{client, "add{number=7}"},
          Crash{node, false, true, time},
          Pause{node, true, time},
          ClockRate{node, -12},
          ClockJump{node, -time},
          BitFlip{node, time},
          SyncError{node, time},
          DiskFull{node, time},
          SlowDisk{node, 9, time},
          Cut{client},
          ClientPartition{client, node, time},
          ClientCrash{client, time},
          ClientPause{client, time},
          Loss{11, time},
          Duplicate{12, time},
          Reorder{13, milliseconds(2), time},
          Partition{two, time},
          OneWay{node, true, time},
          Bridge{two, node, time},
          Heal{two, true}};
}

Plan plan_of(std::vector<Action> actions) {
  Plan plan{"toy", 42, "options{x=1}", Conditions{}, {}};
  plan.conditions.batch_max = 77;
  for (Action& action : actions) {
    const std::uint64_t number = plan.lines.size() + 1;
    const core::Instant at(milliseconds(250) * static_cast<std::int64_t>(number));
    plan.lines.push_back({at, number * 10, std::move(action)});
  }
  return plan;
}

TEST(PlanTest, EveryActionIsPrintedAndReadBack) {
  const std::vector<Action> actions = every_action();
  ASSERT_EQ(actions.size(), std::variant_size_v<Action>);
  const Plan plan = plan_of(actions);
  const auto back = parse_plan(print(plan));
  ASSERT_TRUE(back.has_value()) << back.error();
  EXPECT_EQ(back->system, plan.system);
  EXPECT_EQ(back->seed, plan.seed);
  EXPECT_EQ(back->options, plan.options);
  EXPECT_EQ(back->conditions, plan.conditions);
  ASSERT_EQ(back->lines.size(), plan.lines.size());
  for (std::size_t i = 0; i < plan.lines.size(); ++i) {
    EXPECT_EQ(back->lines[i].at, plan.lines[i].at);
    EXPECT_EQ(back->lines[i].stream, plan.lines[i].stream);
    EXPECT_EQ(back->lines[i].action.index(), i);
    EXPECT_EQ(print(back->lines[i]), print(plan.lines[i]));
  }
}

TEST(PlanTest, LooksAsTheHeaderSays) {
  const std::string text =
      print(plan_of({Ask{ClientId{1}, "add{number=7}"},
                     Crash{NodeId{1}, true, false, milliseconds(800)}, Heal{{NodeId{1}}, false}}));
  EXPECT_EQ(text,
            "sim-plan 1\nsystem toy\nseed 42\noptions{x=1}\n"
            "conditions{turn_max=100us batch_max=77 client_min=100us client_max=2ms peer_min=100us "
            "peer_max=3ms sync_min=50us sync_max=3ms}\n"
            "250ms #10 client 1: add{number=7}\n"
            "500ms #20 crash{node=1 power=true at_sync=false down=800ms}\n"
            "750ms #30 heal{nodes=[1] rest_down=false}\n");
}

constexpr std::string_view header =
    "sim-plan 1\nsystem toy\nseed 1\noptions\n"
    "conditions{turn_max=1us batch_max=1 client_min=1us client_max=1us peer_min=1us peer_max=1us "
    "sync_min=1us sync_max=1us}\n";
constexpr std::string_view heal = "9s #99 heal{nodes=[1] rest_down=false}\n";

std::string with(std::string_view lines) {
  return std::string(header) + std::string(lines) + std::string(heal);
}

std::string refusal(std::string_view text) {
  const auto plan = parse_plan(text);
  return plan ? "it was taken" : plan.error();
}

TEST(PlanTest, CommentsEmptyLinesAndCarriageReturnsMayStandInIt) {
  const auto plan =
      parse_plan(with("// a remark\n\n1s #1 cut{client=1}\r\n  2s  #2   cut{client=2}\n"));
  ASSERT_TRUE(plan.has_value()) << plan.error();
  EXPECT_EQ(plan->lines.size(), 3U);
}

TEST(PlanTest, RefusesALineThatCannotBeReadAndGivesItsNumber) {
  EXPECT_EQ(refusal(with("1s #1 cut{client=1}\n1s #2 cut{}\n")),
            "line 7: no field client in cut (column 12)");
  EXPECT_EQ(refusal(with("// x\n\n1 #1 cut{client=1}\n")), "line 8: wanted a word (column 2)");
  EXPECT_EQ(refusal(with("1s cut{client=1}\n")), "line 6: wanted '#' (column 4)");
  EXPECT_EQ(refusal(with("1s #1 cat{client=1}\n")), "line 6: unknown word cat (column 10)");
  EXPECT_EQ(refusal(with("1s #1 cut{client=1} now\n")),
            "line 6: something is left over (column 21)");
  EXPECT_EQ(refusal(with("1s #1 client 1 add\n")), "line 6: wanted `client N: ` and its work");
  EXPECT_EQ(refusal(with("1s #1 client x: add\n")),
            "line 6: wanted a number from 0 to 4294967295 (column 1)");
  EXPECT_EQ(refusal(with("1s #1 ask{client=1 work=\"x\"}\n")), "it was taken");
}

TEST(PlanTest, RefusesWhatIsOutOfRangeAndGivesItsNumber) {
  EXPECT_EQ(refusal(with("3601s #1 cut{client=1}\n")),
            "line 6: a time is from 0s to an hour (column 6)");
  EXPECT_EQ(refusal(with("-1s #1 cut{client=1}\n")),
            "line 6: a time is from 0s to an hour (column 4)");
  EXPECT_EQ(refusal(with("1s #1 client-pause{client=1 for=3601s}\n")),
            "line 6: for= is from 0s to an hour");
  EXPECT_EQ(refusal(with("1s #1 client-crash{client=1 down=-1s}\n")),
            "line 6: down= is from 0s to an hour");
  EXPECT_EQ(refusal(with("1s #1 reorder{ppm=1 delay=2h for=1s}\n")),
            "line 6: wanted a unit: s, ms or us (column 29)");
  EXPECT_EQ(refusal(with("1s #1 reorder{ppm=1 delay=7200s for=1s}\n")),
            "line 6: delay= is from 0s to an hour");
  EXPECT_EQ(refusal(with("1s #1 loss{ppm=1000001 for=1s}\n")), "line 6: ppm= is from 0 to 1000000");
  EXPECT_EQ(refusal(with("1s #1 clock-rate{node=1 ppm=500001}\n")),
            "line 6: ppm= is from -500000 to 500000");
  EXPECT_EQ(refusal(with("1s #1 clock-jump{node=1 by=-3601s}\n")),
            "line 6: by= is at most an hour");
  EXPECT_EQ(refusal(with("1s #1 slow-disk{node=1 factor=0 for=1s}\n")),
            "line 6: factor= is from 1 to 10000");
}

TEST(PlanTest, RefusesLinesThatDoNotGoTogetherAndGivesTheNumber) {
  EXPECT_EQ(refusal(with("2s #1 cut{client=1}\n1s #2 cut{client=1}\n")),
            "line 7: it stands behind a later one");
  EXPECT_EQ(refusal(with("1s #1 cut{client=1}\n1s #1 cut{client=1}\n")),
            "line 7: the stream #1 is another line's");
  EXPECT_EQ(refusal(with("1s #1 heal{nodes=[1] rest_down=true}\n")),
            "line 7: it stands behind the heal");
  EXPECT_EQ(refusal(std::string(header) + "1s #1 cut{client=1}\n"),
            "line 6: the last line of a plan is its heal");
  EXPECT_EQ(refusal(header), "line 5: the last line of a plan is its heal");
}

TEST(PlanTest, RefusesAHeaderThatIsWrongAndGivesItsNumber) {
  const auto changed = [](std::string_view from, std::string_view to) {
    std::string text = with("");
    text.replace(text.find(from), from.size(), to);
    return refusal(text);
  };
  EXPECT_EQ(changed("sim-plan 1", "sim-plan 2"), "line 1: a plan begins with \"sim-plan 1\"");
  EXPECT_EQ(changed("system toy", "toy"), "line 2: wanted `system NAME`");
  EXPECT_EQ(changed("seed 1", "sead 1"), "line 3: wanted `seed N`");
  EXPECT_EQ(changed("seed 1", "s"), "line 3: wanted `seed N`");
  EXPECT_EQ(changed("seed 1", "seed 1 2"), "line 3: something is left over (column 3)");
  EXPECT_EQ(changed("batch_max=1", "batch_max=0"), "line 5: batch_max is from 1 to 10000");
  EXPECT_EQ(changed("peer_max=1us", "peer_max=0us"), "line 5: a min is above its max");
  EXPECT_EQ(changed("turn_max=1us", "turn_max=-1us"), "line 5: every time is from 0s to an hour");
  EXPECT_EQ(changed("conditions", "weather"),
            "line 5: unknown word weather, wanted conditions (column 8)");
  EXPECT_EQ(refusal("sim-plan 1\nsystem toy\n"), "line 2: the plan ends before its header does");
  EXPECT_EQ(refusal(""), "line 0: the plan ends before its header does");
}

}  // namespace
}  // namespace sim
