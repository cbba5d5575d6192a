// Where the batches of one file stand, and how a range of writes is read back from it.
#pragma once

#include <cstdint>
#include <expected>
#include <string_view>
#include <vector>

#include "core/contract.hpp"
#include "disk/batch.hpp"
#include "disk/file_system.hpp"
#include "disk/raw.hpp"

namespace disk {

/// The batches of one file. A mark is kept for about every 64 KiB, so that a read need not start at
/// the file's beginning and the memory stays small.
struct Extent {
  std::uint64_t end = sector_bytes;  // where the next batch goes
  core::WriteSeq first;              // 0: no batch
  core::WriteSeq last;

  bool empty() const { return first.value == 0; }

  /// Takes in the batch of `bytes` that stands at `end`.
  void add(core::WriteSeq batch_first, std::uint32_t write_count, std::uint64_t bytes);

  struct Mark {
    core::WriteSeq first;
    std::uint64_t offset = 0;
  };
  std::vector<Mark> marks;
};

/// Appends the writes from `first` to `last` to `out`, as far as the file holds them.
std::expected<void, core::LoadError> read_range(FileSystem& files, std::string_view name,
                                                const Seal& seal, const Extent& extent,
                                                core::Lane lane, core::WriteSeq first,
                                                core::WriteSeq last, std::vector<RawWrite>& out);

}  // namespace disk
