#include <gtest/gtest.h>

#include "sim/toy_world.hpp"

namespace sim {
namespace {

TEST(WorldTest, HonestToyBreaksNoLaw) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const auto result = run_plan<toy::System>(draw_plan<toy::System>(seed), nullptr);
    ASSERT_TRUE(result.has_value()) << result.error();
    EXPECT_EQ(result->checker + result->what, "") << "seed " << seed;
  }
}

}  // namespace
}  // namespace sim
