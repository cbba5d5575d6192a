#include "sim/toy_world.hpp"

namespace sim {

template class World<toy::System>;
template class Search<toy::System>;

}  // namespace sim
