// What a crash may leave is recovered, what no crash can leave is refused, and the line between the
// two is tried sector by sector and byte by byte.
#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "disk/batch.hpp"
#include "disk/names.hpp"
#include "disk/test_support.hpp"

namespace disk::test {
namespace {

using core::WriteKind;

const Options one_segment{.segment_bytes = 8192, .reserve_bytes = 8192, .folder_id = 7};
const Options larger{.segment_bytes = 16384, .reserve_bytes = 16384, .folder_id = 7};

Result<Opened> open(FileSystem& files, const Options& options = one_segment) {
  return Store::open(files, options);
}

/// A write whose payload has sectors of zeros, and others with a byte or two that is not.
RawWrite sparse_write(std::uint64_t seq) {
  std::string record(2600, '\0');
  record[700] = 3;
  record[2300] = 'x';
  return RawWrite{core::Lane::control, {seq}, WriteKind::log, {}, {core::Bytes(record)}};
}

/// A disk on which these batches stand, each synced; after the last, `unsynced` are appended only.
struct Written {
  MemoryDisk disk;
  std::vector<RawWrite> writes;  // all of them
  std::uint64_t durable = 0;

  Written(const std::vector<std::vector<RawWrite>>& synced,
          const std::vector<std::vector<RawWrite>>& unsynced, const Options& options) {
    MemoryFileSystem files(disk);
    auto opened = open(files, options);
    EXPECT_TRUE(opened);
    for (const auto& batch : synced) {
      EXPECT_TRUE(opened->store.append(batch));
      EXPECT_TRUE(opened->store.sync());
      EXPECT_TRUE(prepare_all(opened->store));
      writes.insert(writes.end(), batch.begin(), batch.end());
    }
    durable = writes.size();
    for (const auto& batch : unsynced) {
      EXPECT_TRUE(opened->store.append(batch));
      writes.insert(writes.end(), batch.begin(), batch.end());
    }
  }

  Written(const std::vector<std::vector<RawWrite>>& synced,
          const std::vector<std::vector<RawWrite>>& unsynced)
      : Written(synced, unsynced, one_segment) {}
};

void expect_prefix(const std::vector<RawWrite>& log, const std::vector<RawWrite>& writes,
                   std::uint64_t least) {
  ASSERT_GE(log.size(), least);
  ASSERT_LE(log.size(), writes.size());
  for (std::size_t i = 0; i < log.size(); ++i) expect_equal(log[i], writes[i]);
}

/// After the crash: a prefix of what was written, with all that was durable; and what is written
/// next, of the same size as what stood there before, is not followed by what a crash left behind.
void expect_recovers(MemoryDisk disk, const Written& written, const Options& options) {
  std::uint64_t last = 0;
  std::vector<RawWrite> expected;
  {
    MemoryFileSystem files(disk);
    auto opened = open(files, options);
    ASSERT_TRUE(opened) << opened.error().what;
    expect_prefix(opened->recovered.log, written.writes, written.durable);
    last = opened->recovered.last_control.value;
    ASSERT_EQ(last, opened->recovered.log.size());
    expected = opened->recovered.log;
    RawWrite next = last < written.writes.size() ? written.writes[last] : log_write(last + 1);
    std::string changed(next.records.front().view());
    changed[0] = static_cast<char>(changed[0] ^ 1);
    next.records.front() = core::Bytes(changed);
    ASSERT_TRUE(opened->store.append(std::vector{next}));
    ASSERT_TRUE(opened->store.sync());
    expected.push_back(next);
  }
  disk.crash({.keep_sector = [](const auto&) { return false; },
              .keep_change = [](std::size_t) { return false; }});
  MemoryFileSystem files(disk);
  const auto again = open(files, options);
  ASSERT_TRUE(again) << again.error().what;
  ASSERT_EQ(again->recovered.log.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    expect_equal(again->recovered.log[i], expected[i]);
  }
}

void expect_every_subset_recovers(const Written& written, const Options& options = one_segment) {
  const std::vector<MemoryDisk::Sector> sectors = written.disk.unsynced();
  ASSERT_GE(sectors.size(), 5U);
  ASSERT_LE(sectors.size(), 14U);
  for (std::uint32_t subset = 0; subset < 1U << sectors.size(); ++subset) {
    MemoryDisk disk = written.disk;
    disk.crash({.keep_sector =
                    [&](const MemoryDisk::Sector& sector) {
                      std::size_t i = 0;
                      while (sectors[i].number != sector.number) ++i;
                      return (subset >> i & 1) != 0;
                    },
                .keep_change = [](std::size_t) { return true; }});
    SCOPED_TRACE("kept sectors " + std::to_string(subset));
    expect_recovers(std::move(disk), written, options);
    if (testing::Test::HasFailure()) return;
  }
}

TEST(Recovery, EverySubsetOfUnsyncedSectorsIsATornTail) {
  expect_every_subset_recovers(Written({{log_write(1)}, {log_write(2, 900), log_write(3)}},
                                       {{log_write(4, 1300)},
                                        {log_write(5, 60), log_write(6, 60)},
                                        {log_write(7, 2000)},
                                        {log_write(8)}}));
}

TEST(Recovery, EverySubsetOfUnsyncedSectorsWithZerosInThemIsATornTail) {
  expect_every_subset_recovers(
      Written({{sparse_write(1)}}, {{sparse_write(2)}, {log_write(3, 700)}, {sparse_write(4)}},
              larger),
      larger);
}

TEST(Recovery, EverySubsetOfTheFirstWritesOfAllIsATornTail) {
  expect_every_subset_recovers(
      Written({}, {{log_write(1, 700)}, {log_write(2, 700)}, {log_write(3)}}));
}

TEST(Recovery, EverySubsetOfTheFirstWritesOfASegmentIsATornTail) {
  expect_every_subset_recovers(
      Written({{log_write(1, 3000)}},
              {{log_write(2, 1200)}, {log_write(3, 400)}, {log_write(4, 200)}}, small),
      small);
}

TEST(Recovery, WhatAKilledProcessLeftInThePageCacheIsMadeDurableFirst) {
  Written written({{log_write(1)}}, {{log_write(2)}});
  MemoryDisk& disk = written.disk;
  disk.crash({});
  {
    MemoryFileSystem below(disk);
    FaultyFileSystem files(below, [](auto, auto) { return std::nullopt; });
    ASSERT_EQ(open(files)->recovered.log.size(), 2U);
  }
  EXPECT_TRUE(disk.unsynced().empty());
}

// ---- Damage -------------------------------------------------------------------------------------

/// Three batches; the last has sectors that are zero by content.
Written durable_log() {
  return Written(
      {{log_write(1), log_write(2)}, {log_write(3, 900)}, {sparse_write(4), log_write(5)}}, {});
}

constexpr std::uint64_t batch_starts[] = {512, 1024, 2048};
constexpr std::uint64_t log_end = 5120;
constexpr std::uint64_t first_writes[] = {1, 3, 4};

std::size_t batch_at(std::uint64_t offset) {
  return offset >= batch_starts[2] ? 2 : offset >= batch_starts[1] ? 1 : 0;
}

void flip(MemoryDisk& disk, const std::string& name, std::uint64_t at, unsigned bit) {
  MemoryFileSystem files(disk);
  std::string byte = *files.read(name, at, 1);
  byte[0] = static_cast<char>(static_cast<std::uint8_t>(byte[0]) ^ (1U << bit));
  ASSERT_TRUE(files.write(name, at, byte));
}

/// All that was durable, or a refusal that names the file. Returns whether it was refused.
bool expect_whole_or_refused(const MemoryDisk& damaged, const Written& written,
                             const std::string& name, Error* error = nullptr) {
  MemoryDisk disk = damaged;
  MemoryFileSystem files(disk);
  const auto opened = open(files);
  if (opened) {
    EXPECT_EQ(opened->recovered.log.size(), written.durable);
    expect_prefix(opened->recovered.log, written.writes, written.durable);
    return false;
  }
  EXPECT_TRUE(opened.error().kind == ErrorKind::damaged ||
              (name == identity_name && opened.error().kind == ErrorKind::other_version))
      << opened.error().what;
  if (opened.error().kind == ErrorKind::damaged) {
    EXPECT_EQ(opened.error().file, name) << opened.error().what;
    EXPECT_NE(opened.error().what.find(name), std::string::npos);
  }
  if (error != nullptr) *error = opened.error();
  return true;
}

TEST(Recovery, RefusesAFlippedBitInAnyBatchTheLastOneIncludedAndNamesThePlace) {
  const Written written = durable_log();
  for (std::uint64_t at = 512; at < log_end; ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      MemoryDisk disk = written.disk;
      flip(disk, segment_name(1), at, bit);
      SCOPED_TRACE("byte " + std::to_string(at) + " bit " + std::to_string(bit));
      Error error;
      const bool refused = expect_whole_or_refused(disk, written, segment_name(1), &error);
      ASSERT_TRUE(refused);
      EXPECT_EQ(error.offset, batch_starts[batch_at(at)]);
      EXPECT_EQ(error.seq.value, first_writes[batch_at(at)]);
      EXPECT_NE(error.what.find("byte " + std::to_string(error.offset)), std::string::npos);
      EXPECT_NE(error.what.find("write " + std::to_string(error.seq.value)), std::string::npos);
      if (HasFailure()) return;
    }
  }
}

TEST(Recovery, AFlippedBitAnywhereInTheFolderLosesNothingUnnoticed) {
  const Written written = durable_log();
  MemoryDisk look = written.disk;
  MemoryFileSystem files(look);
  const auto names = files.list();
  for (const std::string& name : *names) {
    const std::uint64_t size = *files.size(name);
    for (std::uint64_t at = 0; at < size; ++at) {
      MemoryDisk disk = written.disk;
      flip(disk, name, at, at % 8);
      SCOPED_TRACE(name + " byte " + std::to_string(at));
      const bool refused = expect_whole_or_refused(disk, written, name);
      const bool headed = name != reserve_name && at < sector_bytes;
      EXPECT_TRUE(refused || !headed);
      if (HasFailure()) return;
    }
  }
}

TEST(Recovery, RefusesAFileCutShortAtAnyByte) {
  const Written written = durable_log();
  for (std::uint64_t size = 0; size < one_segment.segment_bytes; ++size) {
    MemoryDisk disk = written.disk;
    MemoryFileSystem files(disk);
    ASSERT_TRUE(files.truncate(segment_name(1), size));
    Error error;
    ASSERT_TRUE(expect_whole_or_refused(disk, written, segment_name(1), &error)) << size;
    EXPECT_EQ(error.offset, size < 512 ? 0 : size);
    if (HasFailure()) return;
  }
}

/// A whole sector of zeros looks like one that was never written. In a batch that another one
/// follows, the follower knows better; in the last, nobody does (README.md).
TEST(Recovery, RefusesASectorOfZerosInAnyBatchButTheLast) {
  const Written written = durable_log();
  for (std::uint64_t at = 0; at < log_end; at += 512) {
    MemoryDisk disk = written.disk;
    MemoryFileSystem files(disk);
    const bool was_zero = all_zero(*files.read(segment_name(1), at, 512));
    ASSERT_TRUE(files.write(segment_name(1), at, std::string(512, '\0')));
    const auto opened = open(files);
    SCOPED_TRACE("sector at " + std::to_string(at));
    if (was_zero) {
      ASSERT_TRUE(opened);
      EXPECT_EQ(opened->recovered.log.size(), 5U);
    } else if (at < batch_starts[2]) {
      ASSERT_FALSE(opened);
      EXPECT_EQ(opened.error().kind, ErrorKind::damaged);
      EXPECT_EQ(opened.error().offset, at == 0 ? 0 : batch_starts[batch_at(at)]);
      EXPECT_EQ(opened.error().seq.value, first_writes[batch_at(at)]);
    } else {
      ASSERT_TRUE(opened);
      EXPECT_EQ(opened->recovered.log.size(), 3U);
    }
  }
}

TEST(Recovery, RefusesAHoleBeforeADurableBatchOfALaterSegment) {
  const Written written({{log_write(1, 3000)}, {log_write(2, 3000)}, {log_write(3, 3000)}}, {},
                        small);
  for (const std::uint64_t number : {1U, 2U}) {
    for (std::uint64_t at = 512; at < 3584; at += 512) {
      MemoryDisk disk = written.disk;
      MemoryFileSystem files(disk);
      ASSERT_TRUE(files.write(segment_name(number), at, std::string(512, '\0')));
      const auto opened = open(files, small);
      ASSERT_FALSE(opened);
      EXPECT_EQ(opened.error().kind, ErrorKind::damaged);
      EXPECT_EQ(opened.error().seq.value, number);
    }
  }
}

TEST(Recovery, RefusesAMissingSegment) {
  const Written written({{log_write(1, 3000)}, {log_write(2, 3000)}, {log_write(3, 3000)}}, {},
                        small);
  for (const std::uint64_t number : {1U, 2U, 3U}) {
    MemoryDisk disk = written.disk;
    MemoryFileSystem files(disk);
    ASSERT_TRUE(files.remove(segment_name(number)));
    const auto opened = open(files, small);
    ASSERT_FALSE(opened) << number;
    EXPECT_EQ(opened.error().kind, ErrorKind::damaged);
    EXPECT_EQ(opened.error().seq.value, number);
  }
}

TEST(Recovery, RefusesASegmentOfAnotherPlaceOrAnotherFolder) {
  const Written written({{log_write(1, 3000)}, {log_write(2, 3000)}}, {}, small);
  MemoryDisk disk = written.disk;
  MemoryFileSystem files(disk);
  ASSERT_TRUE(files.rename(segment_name(2), segment_name(1)));
  EXPECT_EQ(open(files, small).error().file, segment_name(1));

  Options other_id = small;
  other_id.folder_id = 8;
  const Written other({{log_write(1, 3000)}, {log_write(2, 3000)}}, {}, other_id);
  MemoryDisk mixed = written.disk;
  MemoryDisk source = other.disk;
  MemoryFileSystem mixed_files(mixed);
  MemoryFileSystem source_files(source);
  ASSERT_TRUE(mixed_files.write(segment_name(2), 0, *source_files.read(segment_name(2), 0, 4096)));
  const auto opened = open(mixed_files, small);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().file, segment_name(2));
}

TEST(Recovery, APayloadCannotPassForAPieceOfTheLog) {
  // A client sends, as its payload, batches of a log, at every place where they might land: but
  // they are sealed with an id that it does not know.
  std::string forged(416, '.');
  for (std::uint64_t offset = 1024; offset < 4096; offset += 512) {
    const Seal seal{.folder_id = 1, .file_number = 1};
    forged += encode_batch(seal, offset, {9}, {8}, 1, "forged").substr(0, 512);
  }
  RawWrite write = log_write(1);
  write.records = {core::Bytes(forged)};
  const Written written({}, {{write}, {log_write(2)}});
  for (std::uint64_t lost = 1; lost < 7; ++lost) {
    MemoryDisk disk = written.disk;
    disk.crash({.keep_sector = [&](const auto& sector) { return sector.number != lost; },
                .keep_change = [](std::size_t) { return true; }});
    MemoryFileSystem files(disk);
    const auto opened = open(files);
    ASSERT_TRUE(opened) << opened.error().what;
    EXPECT_TRUE(opened->recovered.log.empty());
  }
}

TEST(Recovery, ARefusedStartChangesNothing) {
  const Written written = durable_log();
  MemoryDisk disk = written.disk;
  flip(disk, segment_name(1), 600, 1);
  MemoryFileSystem below(disk);
  FaultyFileSystem files(below, [](auto, auto) { return std::nullopt; });
  ASSERT_FALSE(open(files));
  EXPECT_EQ(files.calls(), 0U);
}

// ---- Snapshots ----------------------------------------------------------------------------------

MemoryDisk with_snapshot() {
  MemoryDisk disk;
  MemoryFileSystem files(disk);
  auto opened = open(files);
  EXPECT_TRUE(opened->store.append(
      std::vector{log_write(1), log_write(2), bulk_write(1, WriteKind::begin),
                  bulk_write(2, WriteKind::chunk), bulk_write(3, WriteKind::commit, 1)}));
  EXPECT_TRUE(opened->store.sync());
  return disk;
}

void expect_snapshot_refused(MemoryDisk& disk, std::uint64_t least_offset) {
  MemoryFileSystem files(disk);
  const auto opened = open(files);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::damaged);
  EXPECT_EQ(opened.error().file, snapshot_name);
  EXPECT_GE(opened.error().offset, least_offset);
}

TEST(Recovery, RefusesADamagedSnapshotAndNamesThePlace) {
  const MemoryDisk whole = with_snapshot();
  MemoryDisk look = whole;
  const std::uint64_t size = *MemoryFileSystem(look).size(snapshot_name);
  ASSERT_EQ(size, 512 + 3 * 1024U);
  for (std::uint64_t at = 0; at < size; ++at) {
    MemoryDisk disk = whole;
    flip(disk, std::string(snapshot_name), at, at % 8);
    expect_snapshot_refused(disk, at < 512 ? 0 : 512 + (at - 512) / 1024 * 1024);
    if (HasFailure()) FAIL() << at;
  }
  for (std::uint64_t cut = 0; cut < size; ++cut) {
    MemoryDisk disk = whole;
    ASSERT_TRUE(MemoryFileSystem(disk).truncate(snapshot_name, cut));
    expect_snapshot_refused(disk, 0);
    if (HasFailure()) FAIL() << cut;
  }
  for (std::uint64_t at = 0; at < size; at += 512) {
    MemoryDisk disk = whole;
    ASSERT_TRUE(MemoryFileSystem(disk).write(snapshot_name, at, std::string(512, '\0')));
    expect_snapshot_refused(disk, 0);
  }
}

TEST(Recovery, RefusesALogThatEndsBeforeItsSnapshot) {
  MemoryDisk disk = with_snapshot();
  MemoryFileSystem files(disk);
  ASSERT_TRUE(files.write(segment_name(1), 512, std::string(512, '\0')));
  const auto opened = open(files);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().file, segment_name(1));
  EXPECT_EQ(opened.error().offset, 512U);
}

TEST(Recovery, RefusesAFolderWithoutItsIdentity) {
  MemoryDisk disk = with_snapshot();
  MemoryFileSystem files(disk);
  ASSERT_TRUE(files.remove(identity_name));
  const auto opened = open(files);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().file, identity_name);
}

}  // namespace
}  // namespace disk::test
