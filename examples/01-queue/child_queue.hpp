// A core of the queue that runs in a process of its own, in any language.
#pragma once

#include <string>

#include "any_queue.hpp"
#include "child/process.hpp"

namespace queue {

struct ChildOptions {
  child::Options process;
  bool show = false;  // the live page is to have something to show
};

/// Makes cores that run `options.process.command`. One process serves one life after another, for
/// to start takes an interpreter longer than a whole run; but a broker's crash ends it, and what
/// the core kept goes with it.
///
/// When the process dies, is silent for too long, or answers what is no answer, this program says
/// what it was told and what it answered, and ends with exit code 3 (sim::core_failed): a host can
/// do nothing without its core.
CoreMaker child_maker(ChildOptions options);

}  // namespace queue
