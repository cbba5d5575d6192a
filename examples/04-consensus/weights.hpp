// What entries and parts of snapshots weigh, told a second time: what they hold, and about as much
// again as what surrounds it takes.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "messages.hpp"

namespace raft {

inline std::uint64_t weight(const Entry& entry) {
  const Change* change = std::get_if<Change>(&entry.payload);
  if (change == nullptr) return 32;
  if (const auto* erase = std::get_if<kv::Delete>(&change->operation))
    return 32 + erase->key.size();
  if (const auto* put = std::get_if<kv::Put>(&change->operation)) {
    return 32 + put->key.size() + put->value.size();
  }
  const auto& append = std::get<kv::Append>(change->operation);
  return 32 + append.key.size() + append.value.size();
}

inline std::uint64_t weight(const SnapshotPart& part) {
  const MachinePart* of_machine = std::get_if<MachinePart>(&part);
  const kv::Pair* pair =
      of_machine == nullptr ? nullptr : std::get_if<kv::Pair>(&of_machine->piece);
  return pair == nullptr ? 64 : 64 + pair->key.size() + pair->value.size();
}

inline std::uint64_t weight(const std::vector<SnapshotPart>& parts) {
  std::uint64_t total = 0;
  for (const SnapshotPart& part : parts) total += weight(part);
  return total;
}

}  // namespace raft
