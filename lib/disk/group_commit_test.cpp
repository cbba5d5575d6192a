#include "disk/group_commit.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "disk/test_support.hpp"

namespace disk::test {
namespace {

using core::Lane;
using core::WriteKind;

class GroupCommitTest : public testing::Test {
 protected:
  GroupCommitTest()
      : below(disk),
        files(below,
              [this](std::string_view call, std::uint64_t) -> std::optional<IoErrorKind> {
                syncs += call == "sync" ? 1 : 0;
                if (call == "sync" && fail) return IoErrorKind::io;
                return std::nullopt;
              }),
        store(std::move(Store::open(files, small)->store)) {}

  void SetUp() override { syncs = 0; }  // opening has made some

  int syncs = 0;
  bool fail = false;
  MemoryDisk disk;
  MemoryFileSystem below;
  FaultyFileSystem files;
  Store store;
  GroupCommit commits;
};

TEST_F(GroupCommitTest, WhatWaitsSharesOneSync) {
  for (std::uint64_t seq = 1; seq <= 20; ++seq) commits.add(log_write(seq));
  EXPECT_EQ(commits.waiting_bytes(), 20 * 40U);
  ASSERT_TRUE(commits.start(store));
  EXPECT_EQ(syncs, 0);
  EXPECT_FALSE(commits.waiting());
  EXPECT_EQ(commits.waiting_bytes(), 0U);
  const auto persisted = commits.finish(store);
  ASSERT_TRUE(persisted);
  ASSERT_EQ(persisted->size(), 1U);
  EXPECT_EQ(persisted->front().lane, Lane::control);
  EXPECT_EQ(persisted->front().seq.value, 20U);
  EXPECT_EQ(syncs, 1);
}

TEST_F(GroupCommitTest, WhatIsAddedDuringASyncWaitsForTheNext) {
  commits.add(log_write(1));
  ASSERT_TRUE(commits.start(store));
  commits.add(log_write(2));
  EXPECT_EQ(commits.finish(store)->front().seq.value, 1U);
  EXPECT_TRUE(commits.waiting());
  ASSERT_TRUE(commits.start(store));
  EXPECT_EQ(commits.finish(store)->front().seq.value, 2U);
}

TEST_F(GroupCommitTest, TellsOfBothLanes) {
  commits.add(bulk_write(1, WriteKind::begin));
  commits.add(log_write(1));
  commits.add(bulk_write(2, WriteKind::commit, 1));
  commits.add(bulk_write(3, WriteKind::begin));
  ASSERT_TRUE(commits.start(store));
  const auto persisted = commits.finish(store);
  ASSERT_TRUE(persisted);
  ASSERT_EQ(persisted->size(), 2U);
  EXPECT_EQ((*persisted)[0].seq.value, 1U);
  EXPECT_EQ((*persisted)[1].lane, Lane::bulk);
  EXPECT_EQ((*persisted)[1].seq.value, 3U);
}

TEST_F(GroupCommitTest, AFailedSyncConfirmsNothing) {
  commits.add(log_write(1));
  ASSERT_TRUE(commits.start(store));
  fail = true;
  const auto persisted = commits.finish(store);
  ASSERT_FALSE(persisted);
  EXPECT_EQ(persisted.error().kind, ErrorKind::io);
  fail = false;
  commits.add(log_write(2));
  EXPECT_EQ(commits.start(store).error().kind, ErrorKind::stopped);
}

}  // namespace
}  // namespace disk::test
