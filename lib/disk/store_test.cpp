#include "disk/store.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "disk/names.hpp"
#include "disk/test_support.hpp"

namespace disk::test {
namespace {

using core::Lane;
using core::WriteKind;

class StoreOnBoth : public OnBoth {
 protected:
  /// Starts a process with a store; the one before is gone.
  Opened& start(const Options& options = small) {
    opened.reset();
    files.reset();
    files = folder->enter();
    auto result = Store::open(*files, options);
    EXPECT_TRUE(result) << result.error().what;
    opened.emplace(std::move(*result));
    return *opened;
  }

  void append(std::vector<RawWrite> writes) {
    const auto done = opened->store.append(writes);
    ASSERT_TRUE(done) << done.error().what;
  }

  void append_and_sync(std::vector<RawWrite> writes) {
    append(std::move(writes));
    const auto done = opened->store.sync();
    ASSERT_TRUE(done) << done.error().what;
  }

  /// Writes `first` to `last` of the log, each with a sync of its own.
  void fill(std::uint64_t first, std::uint64_t last, std::uint64_t bytes = 40) {
    for (std::uint64_t seq = first; seq <= last; ++seq) append_and_sync({log_write(seq, bytes)});
  }

  void expect_log(std::uint64_t first, std::uint64_t last, std::uint64_t bytes = 40) {
    const auto& log = opened->recovered.log;
    ASSERT_EQ(log.size(), last - first + 1);
    for (std::uint64_t seq = first; seq <= last; ++seq) {
      expect_equal(log[seq - first], log_write(seq, bytes));
    }
  }

  std::size_t segments() {
    std::size_t count = 0;
    const auto names = files->list();
    for (const std::string& name : *names) count += segment_number(name) ? 1 : 0;
    return count;
  }

  std::unique_ptr<FileSystem> files;
  std::optional<Opened> opened;
};

TEST_P(StoreOnBoth, StartsEmptyInAnEmptyFolder) {
  const Opened& first = start();
  EXPECT_EQ(first.incarnation, 1U);
  EXPECT_TRUE(first.recovered.log.empty());
  EXPECT_TRUE(first.recovered.snapshot.empty());
  EXPECT_EQ(first.recovered.last_control.value, 0U);
  EXPECT_EQ(first.recovered.last_bulk.value, 0U);
  EXPECT_TRUE(first.store.room());
  EXPECT_FALSE(first.store.wants_prepare());
}

TEST_P(StoreOnBoth, CountsEveryStart) {
  for (std::uint64_t count = 1; count <= 3; ++count) EXPECT_EQ(start().incarnation, count);
}

TEST_P(StoreOnBoth, GivesBackWhatWasSyncedInOrder) {
  start();
  append_and_sync({log_write(1), log_write(2)});
  append({log_write(3)});
  append_and_sync({log_write(4, 1500), log_write(5, 0)});
  EXPECT_EQ(opened->store.durable(Lane::control).value, 5U);
  start();
  ASSERT_EQ(opened->recovered.log.size(), 5U);
  expect_equal(opened->recovered.log[1], log_write(2));
  expect_equal(opened->recovered.log[3], log_write(4, 1500));
  expect_equal(opened->recovered.log[4], log_write(5, 0));
  EXPECT_EQ(opened->recovered.last_control.value, 5U);
  fill(6, 6);
  start();
  EXPECT_EQ(opened->recovered.log.size(), 6U);
}

TEST_P(StoreOnBoth, GoesOnThroughManySegments) {
  start();
  fill(1, 40, 700);
  EXPECT_GT(segments(), 10U);
  start();
  expect_log(1, 40, 700);
  fill(41, 80, 700);
  start();
  expect_log(1, 80, 700);
}

TEST_P(StoreOnBoth, AppendsBatchesLargerThanASegment) {
  start();
  std::vector<RawWrite> writes;
  for (std::uint64_t seq = 1; seq <= 60; ++seq) writes.push_back(log_write(seq, 300));
  append_and_sync(std::move(writes));
  start();
  expect_log(1, 60, 300);
}

TEST_P(StoreOnBoth, RefusesAWriteThatNoSegmentHolds) {
  start();
  const auto done = opened->store.append(std::vector{log_write(1, 5000)});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::too_large);
  EXPECT_EQ(done.error().seq.value, 1U);
}

TEST_P(StoreOnBoth, ReadsWritesBack) {
  start();
  fill(1, 20, 700);
  const auto some = opened->store.read(Lane::control, {3}, {17});
  ASSERT_TRUE(some);
  ASSERT_EQ(some->size(), 15U);
  for (std::uint64_t seq = 3; seq <= 17; ++seq) expect_equal((*some)[seq - 3], log_write(seq, 700));
  start();
  const auto again = opened->store.read(Lane::control, {20}, {20});
  ASSERT_TRUE(again);
  expect_equal(again->front(), log_write(20, 700));
  EXPECT_EQ(opened->store.read(Lane::control, {20}, {21}).error(), core::LoadError::gone);
}

TEST_P(StoreOnBoth, ReadsWritesBackFromTheMiddleOfALargeSegment) {
  start({.segment_bytes = 1 << 20, .reserve_bytes = 1 << 20});
  fill(1, 100, 5000);
  for (const std::uint64_t first : {1U, 13U, 14U, 50U, 99U}) {
    const auto some = opened->store.read(Lane::control, {first}, {first + 1});
    ASSERT_TRUE(some);
    ASSERT_EQ(some->size(), 2U);
    expect_equal(some->back(), log_write(first + 1, 5000));
  }
}

TEST_P(StoreOnBoth, ASnapshotReplacesTheOneBeforeAndFreesTheLog) {
  start();
  fill(1, 20, 700);
  const std::size_t before = segments();
  append_and_sync({bulk_write(1, WriteKind::begin), bulk_write(2, WriteKind::chunk)});
  EXPECT_EQ(segments(), before);
  append_and_sync({bulk_write(3, WriteKind::commit, 15)});
  EXPECT_LT(segments(), before);
  EXPECT_EQ(opened->store.durable(Lane::bulk).value, 3U);
  EXPECT_EQ(opened->store.read(Lane::control, {1}, {2}).error(), core::LoadError::gone);

  start();
  EXPECT_EQ(opened->recovered.covered.value, 15U);
  EXPECT_EQ(opened->recovered.last_bulk.value, 3U);
  expect_log(16, 20, 700);
  ASSERT_EQ(opened->recovered.snapshot.size(), 3U);
  EXPECT_EQ(opened->recovered.snapshot[1], content(902, 600));

  append_and_sync({bulk_write(4, WriteKind::begin), bulk_write(5, WriteKind::commit, 20)});
  const auto chunks = opened->store.read(Lane::bulk, {4}, {5});
  ASSERT_TRUE(chunks);
  expect_equal(chunks->back(), bulk_write(5, WriteKind::commit, 20));
  EXPECT_EQ(opened->store.read(Lane::bulk, {3}, {4}).error(), core::LoadError::gone);
  start();
  EXPECT_EQ(opened->recovered.snapshot.size(), 2U);
  EXPECT_TRUE(opened->recovered.log.empty());
  EXPECT_EQ(opened->recovered.last_control.value, 20U);
  fill(21, 21, 700);
  start();
  expect_log(21, 21, 700);
}

TEST_P(StoreOnBoth, ForgetsASnapshotThatWasNotCommitted) {
  start();
  fill(1, 3);
  append_and_sync({bulk_write(1, WriteKind::begin), bulk_write(2, WriteKind::commit, 2)});
  append_and_sync({bulk_write(3, WriteKind::begin), bulk_write(4, WriteKind::chunk)});
  start();
  EXPECT_EQ(opened->recovered.covered.value, 2U);
  EXPECT_EQ(opened->recovered.last_bulk.value, 2U);
  EXPECT_EQ(opened->recovered.snapshot.size(), 2U);
  expect_log(3, 3);
  append_and_sync({bulk_write(3, WriteKind::begin), bulk_write(4, WriteKind::begin),
                   bulk_write(5, WriteKind::commit, 3)});
  start();
  EXPECT_EQ(opened->recovered.snapshot.size(), 2U);
  EXPECT_EQ(opened->recovered.covered.value, 3U);
}

TEST_P(StoreOnBoth, ANewSnapshotMayBeginInTheBatchThatCommitsOne) {
  start();
  append_and_sync({log_write(1), bulk_write(1, WriteKind::begin),
                   bulk_write(2, WriteKind::commit, 1), bulk_write(3, WriteKind::begin),
                   log_write(2)});
  start();
  EXPECT_EQ(opened->recovered.covered.value, 1U);
  expect_log(2, 2);
}

TEST_P(StoreOnBoth, RefusesASecondProcess) {
  start();
  const auto other = folder->enter();
  const auto second = Store::open(*other, small);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::locked);
  EXPECT_NE(second.error().what.find("another process"), std::string::npos);
  EXPECT_NE(second.error().what.find("choose another folder"), std::string::npos);
  fill(1, 1);
}

TEST_P(StoreOnBoth, RefusesAFolderOfAnotherVersion) {
  start();
  const auto text = files->read(identity_name, 0, 1000);
  std::string other = *text;
  other.replace(other.find("version 2"), 9, "version 9");
  ASSERT_TRUE(files->write(identity_name, 0, other));
  opened.reset();
  files.reset();
  files = folder->enter();
  const auto refused = Store::open(*files, small);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::other_version);
  EXPECT_NE(refused.error().what.find("version 9"), std::string::npos);
}

TEST_P(StoreOnBoth, RefusesAFolderOfAnotherSystemAndLeavesItAsItIs) {
  Options queue = small;
  queue.system = "queue";
  start(queue);
  fill(1, 3);
  const std::string before = *files->read(identity_name, 0, 1000);
  opened.reset();
  files.reset();
  files = folder->enter();
  Options chat = small;
  chat.system = "chat";
  const auto refused = Store::open(*files, chat);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::other_system);
  EXPECT_NE(refused.error().what.find("'queue'"), std::string::npos);
  EXPECT_EQ(*files->read(identity_name, 0, 1000), before);
  files.reset();
  start(queue);
  expect_log(1, 3);
}

TEST_P(StoreOnBoth, TakesSegmentsOfAnySizeAsItFindsThem) {
  start();
  fill(1, 10, 700);
  start({.segment_bytes = 16384, .reserve_bytes = 16384});
  expect_log(1, 10, 700);
  fill(11, 20, 6000);
  start();
  EXPECT_EQ(opened->recovered.last_control.value, 20U);
}

TEST_P(StoreOnBoth, LeavesFilesOfOthersAlone) {
  files = folder->enter();
  ASSERT_TRUE(files->create("notes"));
  ASSERT_TRUE(files->create("segment-1.log"));
  start();
  fill(1, 1);
  start();
  expect_log(1, 1);
  EXPECT_TRUE(files->size("notes"));
  EXPECT_TRUE(files->size("segment-1.log"));
}

TEST_P(StoreOnBoth, TellsHowMuchItTakes) {
  const Opened& first = start();
  EXPECT_EQ(first.store.bytes_used(), 3 * 4096U);
  fill(1, 20, 700);
  std::uint64_t sum = 0;
  const auto names = files->list();
  for (const std::string& name : *names) {
    if (segment_number(name) || name == reserve_name) sum += *files->size(name);
  }
  EXPECT_EQ(opened->store.bytes_used(), sum);
}

TEST_P(StoreOnBoth, PreparesASpareBetweenSyncs) {
  start({.segment_bytes = 3 << 20, .reserve_bytes = 3 << 20});
  fill(1, 1, 3 << 20 >> 1);
  EXPECT_FALSE(opened->store.wants_prepare());
  fill(2, 2, 3 << 20 >> 1);
  EXPECT_TRUE(opened->store.wants_prepare());
  int steps = 0;
  for (; opened->store.wants_prepare(); ++steps) ASSERT_TRUE(opened->store.prepare());
  EXPECT_EQ(steps, 3);
  EXPECT_TRUE(opened->store.room());
}

INSTANTIATE_TEST_SUITE_P(Files, StoreOnBoth, testing::Values("memory", "posix"),
                         [](const auto& one) { return one.param; });

TEST(Store, IsCopiedWithItsDisk) {
  MemoryDisk disk;
  MemoryFileSystem files(disk);
  auto opened = Store::open(files, small);
  ASSERT_TRUE(opened);
  ASSERT_TRUE(opened->store.append(std::vector{log_write(1)}));
  MemoryDisk other_disk = disk;
  MemoryFileSystem other_files(other_disk);
  Store other = opened->store.copy_onto(other_files);
  ASSERT_TRUE(other.append(std::vector{log_write(2)}));
  ASSERT_TRUE(other.sync());
  EXPECT_EQ(other.durable(Lane::control).value, 2U);
  EXPECT_EQ(opened->store.durable(Lane::control).value, 0U);
  EXPECT_EQ(opened->store.appended(Lane::control).value, 1U);
}

}  // namespace
}  // namespace disk::test
