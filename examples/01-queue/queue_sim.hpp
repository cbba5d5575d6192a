// The queue as the simulator sees it (lib/sim/system.hpp): one broker, its clients
// (queue_work.hpp), and what must hold (queue_laws.hpp).
#pragma once

#include "queue.hpp"
#include "queue_laws.hpp"
#include "queue_work.hpp"
#include "task_story.hpp"

namespace queue {

struct System : Workload {
  using Core = Queue;
  using Checker = Laws;
  using Teller = TaskTeller<Queue>;
};

}  // namespace queue
