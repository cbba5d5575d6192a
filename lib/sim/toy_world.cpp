#include "sim/toy_world.hpp"

#include "sim/toy_test.hpp"

namespace sim {

template class World<toy::System>;
template class Search<toy::System>;

namespace test {
namespace {

/// The member of that name of one line of a transcript in JSON, which has no escapes in it.
std::string member(std::string_view line, std::string_view name) {
  const std::string key = "\"" + std::string(name) + "\":\"";
  const std::size_t begin = line.find(key) + key.size();
  std::string value;
  for (std::size_t at = begin; line[at] != '"'; ++at) {
    if (line[at] == '\\') ++at;
    value += line[at];
  }
  return value;
}

}  // namespace

ToyRun run_toy(const Plan& plan) {
  ToyRun run;
  Transcript transcript(true, [&](std::string_view line) {
    const auto at = from_text<core::Duration>(member(line, "at_us") + "us");
    run.told.push_back({*at, member(line, "who"), member(line, "does"), member(line, "what")});
  });
  auto result = run_plan<toy::System>(plan, &transcript);
  core::require(result.has_value(), "the plan of a test is good");
  run.result = std::move(*result);
  return run;
}

RunResult judge_toy(const Plan& plan) {
  auto result = run_plan<toy::System>(plan, nullptr);
  core::require(result.has_value(), "the plan of a test is good");
  return std::move(*result);
}

}  // namespace test
}  // namespace sim
