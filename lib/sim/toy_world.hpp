// World and Search of the toy, compiled once for all tests.
#pragma once

#include "sim/main.hpp"
#include "sim/toy.hpp"

namespace sim {

extern template class World<toy::System>;
extern template class Search<toy::System>;

}  // namespace sim
