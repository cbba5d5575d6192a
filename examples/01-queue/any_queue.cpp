#include "any_queue.hpp"

#include "core/require.hpp"

namespace queue {

namespace {

CoreMaker& the_maker() {
  static CoreMaker maker;
  return maker;
}

std::unique_ptr<AnyCore> make_core(const Config& config, std::uint64_t seed) {
  core::require(bool{the_maker()}, "AnyQueue::use() says which core it is");
  return the_maker()(config, seed);
}

}  // namespace

AnyQueue::AnyQueue(const Config& config, std::uint64_t seed) : core_(make_core(config, seed)) {}

void AnyQueue::use(CoreMaker maker) { the_maker() = std::move(maker); }

}  // namespace queue
