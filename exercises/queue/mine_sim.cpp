// The simulator with a reader's own core: "queue.hpp" is that of my/NAME.
//   mine_NAME_sim [--promises N] sim|replay ...: judges the first N of the six promises
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "any_program.hpp"
#include "any_queue.hpp"
#include "promises.hpp"
#include "queue.hpp"

int main(int argc, char** argv) {
  std::uint32_t promises = queue::all_promises.size();
  std::string flags = "--mine " MINE;
  std::vector<char*> arguments(argv, argv + argc);
  if (argc > 2 && std::string_view(argv[1]) == "--promises") {
    promises = static_cast<std::uint32_t>(std::strtoul(argv[2], nullptr, 10));
    flags += std::string(" --promises ") + argv[2];
    arguments.erase(arguments.begin() + 1, arguments.begin() + 3);
  }
  if (promises < 1 || promises > queue::all_promises.size()) return 64;
  queue::AnyQueue::use(queue::maker_of<queue::Queue>());
  return sim::run_program(queue::any_program(promises, flags), static_cast<int>(arguments.size()),
                          arguments.data());
}
