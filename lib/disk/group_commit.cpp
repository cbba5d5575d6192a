#include "disk/group_commit.hpp"

#include <cstddef>
#include <utility>

#include "core/require.hpp"

namespace disk {

void GroupCommit::add(RawWrite write) {
  for (const core::Bytes& record : write.records) waiting_bytes_ += record.size();
  waiting_.push_back(std::move(write));
}

Result<void> GroupCommit::start(Store& store) {
  core::require(waiting() && !syncing(),
                "GroupCommit::start needs what waits, and no sync running");
  syncing_ = true;
  waiting_bytes_ = 0;
  const std::vector<RawWrite> writes = std::exchange(waiting_, {});
  for (const RawWrite& write : writes) touched_[static_cast<std::size_t>(write.lane)] = true;
  return store.append(writes);
}

Result<std::vector<core::Persisted>> GroupCommit::finish(Store& store) {
  core::require(syncing(), "GroupCommit::finish needs a start");
  syncing_ = false;
  const std::array<bool, 2> touched = std::exchange(touched_, {});
  auto synced = store.sync();
  if (!synced) return std::unexpected(std::move(synced).error());
  std::vector<core::Persisted> persisted;
  for (const core::Lane lane : {core::Lane::control, core::Lane::bulk}) {
    if (touched[static_cast<std::size_t>(lane)]) persisted.push_back({lane, store.durable(lane)});
  }
  return persisted;
}

}  // namespace disk
