// What a client saw of one operation, and what a checker says about many of them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/ids.hpp"
#include "core/time.hpp"

namespace check {

using ProcessId = core::Id<struct ProcessTag, std::uint64_t>;  // one client, one call at a time

/// One operation, from its call to its answer. `Model::Action` says what was asked, and what was
/// answered as far as that is known.
///
/// Two operations overlap unless one of them returned before the other was called; a return and a
/// call at the same time do not tell which came first. Only the operations of one process follow
/// each other in any case.
template <class Model>
struct Operation {
  ProcessId process;
  std::string key;  // each key is an object of its own
  core::Instant called;
  /// Not before `called`. Without it nobody knows the outcome: the operation may take effect at any
  /// time after its call, or never.
  std::optional<core::Instant> returned;
  typename Model::Action action;
};

template <class Model>
using History = std::vector<Operation<Model>>;

enum class Verdict : std::uint8_t { linearizable, not_linearizable, undecided };

/// How much a search may cost. What does not fit ends it as undecided, which is never a good sign.
struct Bounds {
  /// For each key. Each costs about a microsecond, and up to 300 bytes that are kept.
  std::uint64_t configurations = 5'000'000;
  /// Asked now and then; false ends the search. A command looks at its clock here.
  std::function<bool()> go_on;
};

}  // namespace check
