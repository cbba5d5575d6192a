// The file systems keep what the seam promises; the store relies on no more.
#include "disk/file_system.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "disk/lose_unsynced.hpp"
#include "disk/test_support.hpp"

namespace disk::test {
namespace {

class FileSystemOnBoth : public OnBoth {
 protected:
  FileSystemOnBoth() : files(folder->enter()) {}

  std::string all_of(std::string_view name) { return files->read(name, 0, 1 << 20).value_or("?"); }

  std::unique_ptr<FileSystem> files;
};

TEST_P(FileSystemOnBoth, ReadsBackWhatWasWrittenAnywhere) {
  ASSERT_TRUE(files->create("a"));
  ASSERT_TRUE(files->write("a", 3, "def"));
  ASSERT_TRUE(files->write("a", 1, "bc"));
  EXPECT_EQ(all_of("a"), std::string("\0bcdef", 6));
  EXPECT_EQ(*files->size("a"), 6U);
  EXPECT_EQ(*files->read("a", 4, 100), "ef");
  EXPECT_EQ(*files->read("a", 2, 2), "cd");
  EXPECT_EQ(*files->read("a", 60, 2), "");
  ASSERT_TRUE(files->truncate("a", 2));
  EXPECT_EQ(*files->size("a"), 2U);
  ASSERT_TRUE(files->truncate("a", 3));
  EXPECT_EQ(all_of("a"), std::string("\0b\0", 3));
}

TEST_P(FileSystemOnBoth, ReplacesByCreateAndByRename) {
  ASSERT_TRUE(files->create("a"));
  ASSERT_TRUE(files->write("a", 0, "old"));
  ASSERT_TRUE(files->create("a"));
  EXPECT_EQ(all_of("a"), "");
  ASSERT_TRUE(files->create("b"));
  ASSERT_TRUE(files->write("b", 0, "new"));
  ASSERT_TRUE(files->rename("b", "a"));
  EXPECT_EQ(all_of("a"), "new");
  ASSERT_TRUE(files->write("a", 3, "er"));
  ASSERT_TRUE(files->sync("a"));
  ASSERT_TRUE(files->sync_folder());
  EXPECT_EQ(*folder->enter()->read("a", 0, 10), "newer");
  EXPECT_EQ(files->size("b").error().kind, IoErrorKind::not_found);
}

TEST_P(FileSystemOnBoth, ListsInOrderAndRemoves) {
  for (const char* name : {"b", "a", "c"}) ASSERT_TRUE(files->create(name));
  EXPECT_EQ(*files->list(), (std::vector<std::string>{"a", "b", "c"}));
  ASSERT_TRUE(files->remove("b"));
  EXPECT_EQ(*files->list(), (std::vector<std::string>{"a", "c"}));
}

TEST_P(FileSystemOnBoth, SaysWhatIsNotThere) {
  const std::vector<IoError> errors = {
      files->size("x").error(),         files->read("x", 0, 1).error(),
      files->write("x", 0, "").error(), files->truncate("x", 0).error(),
      files->sync("x").error(),         files->rename("x", "y").error(),
      files->remove("x").error()};
  for (const IoError& error : errors) {
    EXPECT_EQ(error.kind, IoErrorKind::not_found);
    EXPECT_NE(error.what.find('x'), std::string::npos) << error.what;
  }
}

TEST_P(FileSystemOnBoth, LocksOutAnotherUntilItIsGone) {
  ASSERT_TRUE(files->lock());
  auto other = folder->enter();
  EXPECT_EQ(other->lock().error().kind, IoErrorKind::locked);
  files.reset();
  EXPECT_TRUE(other->lock());
}

TEST_P(FileSystemOnBoth, KeepsApartMoreFilesThanItHoldsOpen) {
  for (int i = 0; i < 100; ++i) {
    const std::string name = "f" + std::to_string(i);
    ASSERT_TRUE(files->create(name));
    ASSERT_TRUE(files->write(name, 0, name));
    if (i % 2 == 0) {
      ASSERT_TRUE(files->sync(name));
    }
  }
  for (int i = 0; i < 100; ++i) {
    const std::string name = "f" + std::to_string(i);
    EXPECT_EQ(all_of(name), name);
    ASSERT_TRUE(files->sync(name));
  }
}

INSTANTIATE_TEST_SUITE_P(Files, FileSystemOnBoth, testing::Values("memory", "posix"),
                         [](const auto& one) { return one.param; });

TEST(PosixFileSystem, SaysWhyAFolderCannotBeMade) {
  const auto files = PosixFileSystem::open("/proc/no-such-folder/data");
  ASSERT_FALSE(files);
  EXPECT_NE(files.error().what.find("/proc/no-such-folder/data"), std::string::npos);
}

TEST(PosixFileSystem, AFullDeviceIsNoSpace) {
  PosixFolder folder;
  const auto files = folder.enter();
  std::filesystem::create_symlink("/dev/full", folder.path + "/full");
  const auto written = files->write("full", 0, "x");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, IoErrorKind::no_space);
}

// ---- A crash of the disk in memory --------------------------------------------------------------

TEST(MemoryDisk, ACrashKeepsWhatWasSyncedAndOfTheRestWhatItIsTold) {
  MemoryDisk disk;
  MemoryFileSystem files(disk);
  ASSERT_TRUE(files.create("a"));
  ASSERT_TRUE(files.sync_folder());
  ASSERT_TRUE(files.write("a", 0, std::string(1024, 'a')));
  ASSERT_TRUE(files.sync("a"));
  ASSERT_TRUE(files.write("a", 100, std::string(1500, 'b')));
  ASSERT_TRUE(files.create("b"));
  ASSERT_EQ(disk.unsynced().size(), 4U);
  ASSERT_EQ(disk.unsynced_changes(), 1U);
  disk.crash({.keep_sector = [](const auto& sector) { return sector.number % 2 == 1; },
              .keep_change = [](std::size_t) { return false; }});
  EXPECT_EQ(*files.list(), std::vector<std::string>{"a"});
  EXPECT_EQ(*files.read("a", 0, 9999), std::string(512, 'a') + std::string(512, 'b') +
                                           std::string(512, '\0') + std::string(64, 'b'));
  EXPECT_TRUE(disk.unsynced().empty());
}

TEST(MemoryDisk, ACrashOfTheProcessAloneKeepsEverything) {
  MemoryDisk disk;
  MemoryFileSystem files(disk);
  ASSERT_TRUE(files.create("a"));
  ASSERT_TRUE(files.write("a", 0, "text"));
  disk.crash({});
  EXPECT_EQ(*files.read("a", 0, 9), "text");
}

// ---- LoseUnsyncedFileSystem ---------------------------------------------------------------------

TEST(LoseUnsynced, ReadsWhatItHoldsBackAndLosesItWithoutASync) {
  MemoryDisk disk;
  MemoryFileSystem below(disk);
  ASSERT_TRUE(below.create("a"));
  ASSERT_TRUE(below.write("a", 0, "0123456789"));
  std::optional<LoseUnsyncedFileSystem> files(std::in_place, below);
  ASSERT_TRUE(files->write("a", 2, "xx"));
  ASSERT_TRUE(files->write("a", 3, "yy"));
  ASSERT_TRUE(files->write("a", 12, "z"));
  EXPECT_EQ(*files->read("a", 0, 100), std::string("01xyy56789\0\0z", 13));
  EXPECT_EQ(*files->read("a", 3, 2), "yy");
  EXPECT_EQ(*files->size("a"), 13U);
  files.reset();
  EXPECT_EQ(*below.read("a", 0, 100), "0123456789");
}

TEST(LoseUnsynced, ASyncMakesItLast) {
  MemoryDisk disk;
  MemoryFileSystem below(disk);
  LoseUnsyncedFileSystem files(below);
  ASSERT_TRUE(files.create("a"));
  ASSERT_TRUE(files.write("a", 0, "abc"));
  ASSERT_TRUE(files.rename("a", "b"));
  EXPECT_EQ(*files.read("b", 0, 9), "abc");
  ASSERT_TRUE(files.sync("b"));
  ASSERT_TRUE(files.write("b", 0, "X"));
  EXPECT_EQ(*below.read("b", 0, 9), "abc");
  ASSERT_TRUE(files.truncate("b", 2));
  EXPECT_EQ(*below.read("b", 0, 9), "Xb");
  ASSERT_TRUE(files.write("b", 0, "Y"));
  ASSERT_TRUE(files.create("b"));
  EXPECT_EQ(*files.read("b", 0, 9), "");
  EXPECT_EQ(files.write("none", 0, "x").error().kind, IoErrorKind::not_found);
}

TEST(LoseUnsynced, AKilledStoreComesBackWithWhatItHadSyncedAndNoMore) {
  PosixFolder folder;
  for (const std::uint64_t round : {1U, 2U, 3U}) {
    const auto below = folder.enter();
    LoseUnsyncedFileSystem files(*below);
    auto opened = Store::open(files, small);
    ASSERT_TRUE(opened) << opened.error().what;
    EXPECT_EQ(opened->recovered.last_control.value, round - 1);
    ASSERT_TRUE(opened->store.append(std::vector{log_write(round)}));
    ASSERT_TRUE(opened->store.sync());
    ASSERT_TRUE(opened->store.append(std::vector{log_write(round + 1)}));
  }
}

}  // namespace
}  // namespace disk::test
