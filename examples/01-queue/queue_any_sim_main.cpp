#include "any_program.hpp"
#include "any_queue.hpp"
#include "queue.hpp"

int main(int argc, char** argv) {
  queue::AnyQueue::use(queue::maker_of<queue::Queue>());
  return sim::run_program(queue::any_program(6, ""), argc, argv);
}
