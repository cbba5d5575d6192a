// The simulator with a reader's own core: "queue.hpp" is that of my/NAME.
#include "queue.hpp"

#include "any_program.hpp"
#include "any_queue.hpp"
#include "mine_main.hpp"
#include "promises.hpp"

int main(int argc, char** argv) {
  queue::AnyQueue::use(queue::maker_of<queue::Queue>());
  return run_mine(argc, argv, queue::all_promises.size(), queue::any_program);
}
