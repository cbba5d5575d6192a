#include "any_program.hpp"

#include <algorithm>

#include "any_system.hpp"
#include "client_wire.hpp"
#include "sim/main.hpp"

namespace queue {

namespace {

/// Of promises that no run judges a campaign would say that they were kept.
std::expected<sim::Plan, std::string> draw_plan(std::uint64_t seed, const sim::Settings& settings) {
  if (std::ranges::count(settings, "promises", &sim::Setting::name) > 0) {
    return std::unexpected("how many promises are judged is said by --promises N");
  }
  return sim::draw_plan<AnySystem>(seed, settings);
}

}  // namespace

sim::Program any_program(std::uint32_t judged, std::string flags) {
  AnySystem::judge(judged);
  sim::Program program = sim::program_of<AnySystem>();
  program.promises.assign(all_promises.begin(), all_promises.begin() + judged);
  program.draw_plan = draw_plan;
  program.flags = std::move(flags);
  return program;
}

}  // namespace queue
