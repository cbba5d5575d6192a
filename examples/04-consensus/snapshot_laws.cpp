#include "snapshot_laws.hpp"

#include <utility>

#include "core/digest.hpp"

namespace raft {

SnapshotLaws::SnapshotLaws(const Config& config) : config_(config) {}

void SnapshotLaws::broken(const char* law, std::string what) {
  if (!found_) found_ = sim::Finding{law, std::move(what)};
}

void SnapshotLaws::see_step(const Step&) {}

std::uint64_t SnapshotLaws::digest() const {
  core::Digest digest;
  return digest.value();
}

}  // namespace raft
