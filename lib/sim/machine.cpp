#include "sim/machine.hpp"

#include <expected>
#include <utility>

#include "sim/draws.hpp"

namespace sim {
namespace {

// Small, so that a run of some seconds fills many segments and comes to the end of the reserve.
constexpr std::uint64_t segment_bytes = 16 << 10;

}  // namespace

Disk& Disk::operator=(const Disk& other) {
  if (this == &other) return *this;
  store_.reset();
  files = other.files;
  commit = other.commit;
  copy_store(other);
  return *this;
}

void Disk::copy_store(const Disk& other) {
  if (other.store_) store_ = other.store_->copy_onto(files);
}

disk::Result<Found> Disk::open(std::uint64_t folder_id) {
  disk::Options options;
  options.segment_bytes = segment_bytes;
  options.reserve_bytes = segment_bytes;
  options.folder_id = folder_id;
  auto opened = disk::Store::open(files, options);
  if (!opened) {
    close();
    return std::unexpected(std::move(opened.error()));
  }
  commit = disk::GroupCommit();
  store_ = std::move(opened->store);
  return Found{std::move(opened->recovered), opened->incarnation};
}

void Disk::close() {
  store_.reset();
  commit = disk::GroupCommit();
  files.release();
}

core::Prng node_draws(std::uint64_t seed, core::NodeId node, NodeTopic topic, std::uint64_t k) {
  return draws_about(seed, Topic::node, node.value).fork(static_cast<std::uint64_t>(topic)).fork(k);
}

}  // namespace sim
