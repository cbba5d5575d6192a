#include "any_program.hpp"

#include "any_system.hpp"
#include "client_wire.hpp"
#include "sim/main.hpp"

namespace queue {

sim::Program any_program(std::uint32_t judged, std::string flags) {
  AnySystem::judge(judged);
  sim::Program program = sim::program_of<AnySystem>();
  program.promises.assign(all_promises.begin(), all_promises.begin() + judged);
  program.flags = std::move(flags);
  return program;
}

}  // namespace queue
