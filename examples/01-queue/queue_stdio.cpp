// The shipped core as a process that answers line by line (lines.hpp): it shows that the lines
// carry all that a core needs, and it is what a core in another language is compared with. With
// --schema it prints what a line may be.
#include <iostream>
#include <optional>
#include <string>
#include <string_view>

#include "lines.hpp"
#include "queue.hpp"
#include "wire/json.hpp"
#include "wire/json_schema.hpp"

namespace {

constexpr std::uint64_t max_line_bytes = 64 << 20;

/// What the core wants after this line; the error is a sentence about the line.
std::expected<std::string, std::string> answer_to(const std::string& line,
                                                  std::optional<queue::Queue>& core) {
  const auto told = wire::from_json<queue::CoreInput>(line, {.max_bytes = max_line_bytes});
  if (!told) return std::unexpected(told.error().what);
  if (told->config && told->seed) core.emplace(*told->config, *told->seed);
  if (!core) return std::unexpected("the first line has no config and no seed");
  queue::CoreAnswer answer;
  core->step(told->now, told->input, answer.ready);
  answer.next_timeout = core->next_timeout();
  answer.digest = core->digest();
  if (told->show) answer.queues = core->queue_infos();
  return wire::to_json(answer);
}

std::string schema() {
  wire::JsonSchemas schemas;
  const std::string to_core = schemas.of<queue::CoreInput>();
  const std::string from_core = schemas.of<queue::CoreAnswer>();
  return "{\"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n"
         "\"title\": \"The lines between a host and a core of the queue: to it, and from it\",\n"
         "\"anyOf\": [" +
         to_core + ", " + from_core + "],\n\"$defs\": {\n" + schemas.definitions() + "\n}}\n";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--schema") {
    std::cout << schema();
    return 0;
  }
  std::optional<queue::Queue> core;
  std::string line;
  while (std::getline(std::cin, line)) {
    const auto answer = answer_to(line, core);
    if (!answer) {
      std::cerr << "queue_stdio: " << answer.error() << "\n";
      return 1;
    }
    std::cout << *answer << "\n" << std::flush;
  }
}
