// The broker with a reader's own core: "queue.hpp" is that of my/NAME. Its flags are the broker's.
#include "any_broker.hpp"
#include "any_queue.hpp"
#include "queue.hpp"

int main(int argc, char** argv) {
  queue::AnyQueue::use(queue::maker_of<queue::Queue>());
  return queue::run_any_broker("The queue's broker with the core of my/" MINE, argc, argv);
}
