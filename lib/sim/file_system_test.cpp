#include "sim/file_system.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <set>

namespace sim {
namespace {

constexpr std::uint64_t sector = disk::sector_bytes;
constexpr std::uint64_t crashes = 500;  // with other draws each

std::string filled(std::uint64_t sectors, char with) { return std::string(sectors * sector, with); }

std::string content(SimFileSystem& files, std::string_view name) {
  const auto read = files.read(name, 0, UINT64_MAX);
  return read ? *read : read.error().what;
}

std::string names(SimFileSystem& files) {
  std::string all;
  const auto list = files.list();
  for (const std::string& name : *list) all += name + " ";
  return all;
}

/// One file with `text` in it, all of it synced.
SimFileSystem with_file(std::string_view text) {
  SimFileSystem files;
  EXPECT_TRUE(files.create("a"));
  EXPECT_TRUE(files.write("a", 0, text));
  EXPECT_TRUE(files.sync("a"));
  EXPECT_TRUE(files.sync_folder());
  return files;
}

/// Everything that `look` finds after many crashes of copies of `files`.
template <class Look>
auto outcomes(const SimFileSystem& files, Look look) {
  std::set<decltype(look(std::declval<SimFileSystem&>()))> found;
  for (std::uint64_t seed = 0; seed < crashes; ++seed) {
    SimFileSystem crashed = files;
    crashed.lose_power(core::Prng(seed));
    found.insert(look(crashed));
  }
  return found;
}

TEST(SimFileSystemTest, WhatWasSyncedStaysWholeInAnyCrash) {
  SimFileSystem files = with_file(filled(4, 'x'));
  ASSERT_TRUE(files.create("b"));  // at risk, beside it
  ASSERT_TRUE(files.write("a", 4 * sector, filled(1, 'n')));
  const auto found = outcomes(
      files, [](SimFileSystem& crashed) { return content(crashed, "a").substr(0, 4 * sector); });
  EXPECT_EQ(found, std::set<std::string>{filled(4, 'x')});
}

TEST(SimFileSystemTest, EverySubsetOfUnsyncedSectorsCanComeOutAndNothingElse) {
  SimFileSystem files = with_file(filled(6, 'o'));
  ASSERT_TRUE(files.write("a", sector, filled(4, 'n')));
  const auto found = outcomes(files, [](SimFileSystem& crashed) {
    const std::string text = content(crashed, "a");
    EXPECT_EQ(text.substr(0, sector), filled(1, 'o'));
    EXPECT_EQ(text.substr(5 * sector), filled(1, 'o'));
    std::string pattern;
    for (std::uint64_t i = 1; i <= 4; ++i) {
      const std::string one = text.substr(i * sector, sector);
      EXPECT_TRUE(one == filled(1, 'o') || one == filled(1, 'n')) << "sector " << i;
      pattern += one[0];
    }
    return pattern;
  });
  EXPECT_EQ(found.size(), 16U);
}

TEST(SimFileSystemTest, AFileThatGrewIsAnyLengthBetweenAndZerosWhereNothingWasKept) {
  SimFileSystem files = with_file(filled(1, 'o'));
  ASSERT_TRUE(files.write("a", sector, filled(2, 'n')));
  const auto found = outcomes(files, [](SimFileSystem& crashed) {
    const std::string text = content(crashed, "a");
    EXPECT_EQ(text.substr(0, sector), filled(1, 'o'));
    for (std::uint64_t at = sector; at < text.size(); at += sector) {
      const std::string one = text.substr(at, sector);
      const char held = one[0];
      EXPECT_TRUE(held == 'n' || held == '\0');
      EXPECT_EQ(one, std::string(one.size(), held));
    }
    return text.size();
  });
  EXPECT_EQ(*found.begin(), sector);
  EXPECT_EQ(*found.rbegin(), 3 * sector);
  EXPECT_GT(found.size(), 20U);
}

TEST(SimFileSystemTest, ATruncationMayComeOutDoneOrNotDone) {
  SimFileSystem files = with_file(filled(3, 'o'));
  ASSERT_TRUE(files.truncate("a", sector));
  const auto found =
      outcomes(files, [](SimFileSystem& crashed) { return content(crashed, "a").size(); });
  EXPECT_TRUE(found.contains(sector));
  EXPECT_TRUE(found.contains(3 * sector));
}

TEST(SimFileSystemTest, EachCreateRenameAndRemoveIsDoneOrNot) {
  SimFileSystem files = with_file("text");
  ASSERT_TRUE(files.create("old"));
  ASSERT_TRUE(files.sync_folder());
  ASSERT_TRUE(files.create("new"));
  ASSERT_TRUE(files.rename("a", "b"));
  ASSERT_TRUE(files.remove("old"));
  const auto found = outcomes(files, [](SimFileSystem& crashed) { return names(crashed); });
  const std::set<std::string> wanted = {"a old ", "a ", "a new old ", "a new ",
                                        "b old ", "b ", "b new old ", "b new "};
  EXPECT_EQ(found, wanted);
}

TEST(SimFileSystemTest, ARenameReplacesInOneStroke) {
  SimFileSystem files = with_file("old");
  ASSERT_TRUE(files.create("t"));
  ASSERT_TRUE(files.write("t", 0, "new"));
  ASSERT_TRUE(files.sync("t"));
  ASSERT_TRUE(files.sync_folder());
  ASSERT_TRUE(files.rename("t", "a"));
  const auto found = outcomes(files, [](SimFileSystem& crashed) { return content(crashed, "a"); });
  EXPECT_EQ(found, (std::set<std::string>{"old", "new"}));
}

TEST(SimFileSystemTest, AfterSyncAndSyncFolderNothingIsAtRisk) {
  SimFileSystem files = with_file("old");
  ASSERT_TRUE(files.write("a", 0, filled(3, 'n')));
  ASSERT_TRUE(files.rename("a", "b"));
  ASSERT_TRUE(files.sync("b"));
  ASSERT_TRUE(files.sync_folder());
  const auto found = outcomes(
      files, [](SimFileSystem& crashed) { return names(crashed) + content(crashed, "b"); });
  EXPECT_EQ(found, std::set<std::string>{"b " + filled(3, 'n')});
}

TEST(SimFileSystemTest, ACrashOfTheProcessAloneLosesNothing) {
  SimFileSystem files = with_file("old");
  ASSERT_TRUE(files.lock());
  ASSERT_TRUE(files.write("a", 0, "new"));
  ASSERT_TRUE(files.create("b"));
  EXPECT_EQ(files.lock().error().kind, disk::IoErrorKind::locked);
  files.release();
  EXPECT_TRUE(files.lock());
  EXPECT_EQ(content(files, "a"), "new");
  EXPECT_EQ(names(files), "a b ");
}

TEST(SimFileSystemTest, LoseAllGoesBackToTheLastSync) {
  SimFileSystem files = with_file("old");
  ASSERT_TRUE(files.write("a", 0, filled(2, 'n')));
  ASSERT_TRUE(files.create("b"));
  const SimFileSystem::Loss loss = files.lose_all();
  EXPECT_EQ(names(files), "a ");
  EXPECT_EQ(content(files, "a"), "old");
  EXPECT_EQ(loss.lost, 2U);
}

TEST(SimFileSystemTest, TellsWhatWasLostAndWhatWasTorn) {
  SimFileSystem files = with_file(filled(2, 'o'));
  EXPECT_EQ(SimFileSystem(files).lose_power(core::Prng(0)).lost, 0U);
  ASSERT_TRUE(files.write("a", 0, filled(2, 'n')));
  bool saw[2][2] = {};
  for (std::uint64_t seed = 0; seed < crashes; ++seed) {
    SimFileSystem crashed = files;
    const SimFileSystem::Loss loss = crashed.lose_power(core::Prng(seed));
    const std::string text = content(crashed, "a");
    EXPECT_EQ(loss.lost, text == filled(2, 'n') ? 0U : 1U);
    EXPECT_EQ(loss.torn, text.front() != text.back() ? 1U : 0U);
    saw[loss.lost][loss.torn] = true;
  }
  EXPECT_TRUE(saw[0][0] && saw[1][0] && saw[1][1]);
}

TEST(SimFileSystemTest, AFailedSyncPutsAtRiskWhatItWasToMakeDurable) {
  SimFileSystem files = with_file("old");
  ASSERT_TRUE(files.write("a", 0, "new"));
  files.fail_next_sync();
  EXPECT_EQ(files.sync("a").error().kind, disk::IoErrorKind::io);
  EXPECT_TRUE(files.sync_failed());
  // A second try must not seem to succeed.
  EXPECT_FALSE(files.sync("a"));
  EXPECT_FALSE(files.sync_folder());
  const auto found = outcomes(files, [](SimFileSystem& crashed) {
    EXPECT_FALSE(crashed.sync_failed());
    EXPECT_TRUE(crashed.sync("a"));  // the next process may sync again
    return content(crashed, "a");
  });
  EXPECT_EQ(found, (std::set<std::string>{"old", "new"}));
}

TEST(SimFileSystemTest, ASyncOfTheFolderCanFailToo) {
  SimFileSystem files = with_file("old");
  files.fail_next_sync();
  EXPECT_FALSE(files.sync_folder());
  files = with_file("old");
  files.fail_next_sync();
  files.cancel_sync_failure();
  EXPECT_TRUE(files.sync_folder());
}

TEST(SimFileSystemTest, AFullDiskRefusesWhatGrowsAndTakesTheRest) {
  SimFileSystem files = with_file("old");
  files.set_full(true);
  EXPECT_EQ(files.write("a", 1, "long").error().kind, disk::IoErrorKind::no_space);
  EXPECT_EQ(files.truncate("a", 4).error().kind, disk::IoErrorKind::no_space);
  EXPECT_EQ(files.create("b").error().kind, disk::IoErrorKind::no_space);
  EXPECT_EQ(files.refused(), 3U);
  EXPECT_EQ(content(files, "a"), "old");
  EXPECT_TRUE(files.write("a", 0, "new"));
  EXPECT_TRUE(files.truncate("a", 2));
  EXPECT_TRUE(files.rename("a", "b"));
  EXPECT_TRUE(files.sync("b"));
  EXPECT_TRUE(files.remove("b"));
  EXPECT_TRUE(files.sync_folder());
  EXPECT_EQ(files.refused(), 3U);
  files.set_full(false);
  EXPECT_TRUE(files.create("b"));
}

TEST(SimFileSystemTest, FlipsOneBitThatAnyCrashKeeps) {
  const SimFileSystem files = with_file(filled(1, 'x') + filled(2, '\0') + filled(1, 'y'));
  std::set<std::string> found;
  for (std::uint64_t seed = 0; seed < crashes; ++seed) {
    SimFileSystem flipped = files;
    EXPECT_EQ(flipped.flip_bit(core::Prng(seed)), "a");
    const std::string text = content(flipped, "a");
    const std::string before = filled(1, 'x') + filled(2, '\0') + filled(1, 'y');
    int bits = 0;
    for (std::uint64_t i = 0; i < text.size(); ++i) {
      const auto change = static_cast<unsigned char>(text[i] ^ before[i]);
      bits += std::popcount(change);
      // A sector of zeros stays one.
      EXPECT_TRUE(change == 0 || i < sector || i >= 3 * sector);
    }
    EXPECT_EQ(bits, 1);
    found.insert(text);
  }
  EXPECT_GT(found.size(), crashes * 9 / 10);
  SimFileSystem flipped = files;
  flipped.flip_bit(core::Prng(1));
  const std::string text = content(flipped, "a");
  ASSERT_TRUE(
      flipped.write("a", 4 * sector, filled(1, 'n')));  // so that there is something to lose
  const auto kept = outcomes(
      flipped, [](SimFileSystem& crashed) { return content(crashed, "a").substr(0, 4 * sector); });
  EXPECT_EQ(kept, std::set<std::string>{text});
}

TEST(SimFileSystemTest, AFlippedBitNeverMakesASectorZero) {
  const SimFileSystem files = with_file("\x01");
  std::set<std::string> found;
  for (std::uint64_t seed = 0; seed < crashes; ++seed) {
    SimFileSystem flipped = files;
    flipped.flip_bit(core::Prng(seed));
    found.insert(content(flipped, "a"));
  }
  EXPECT_EQ(found.size(), 7U);  // each of the other bits beside it
  EXPECT_FALSE(found.contains(std::string(1, '\0')));
}

TEST(SimFileSystemTest, FlipsNoBitWhereNothingStandsOnTheDisk) {
  SimFileSystem nothing;
  EXPECT_EQ(nothing.flip_bit(core::Prng(1)), "");
  SimFileSystem zeros = with_file(filled(2, '\0'));
  EXPECT_EQ(zeros.flip_bit(core::Prng(1)), "");
  ASSERT_TRUE(zeros.write("a", 0, "x"));  // in the page cache alone
  EXPECT_EQ(zeros.flip_bit(core::Prng(1)), "");
}

TEST(SimFileSystemTest, ACopyHoldsFilesOfItsOwn) {
  SimFileSystem files = with_file("old");
  SimFileSystem copy = files;
  EXPECT_EQ(copy.digest(), files.digest());
  ASSERT_TRUE(copy.write("a", 0, "new"));
  EXPECT_EQ(content(files, "a"), "old");
  EXPECT_NE(copy.digest(), files.digest());
}

TEST(SimFileSystemTest, TheDigestTellsWhatIsAtRisk) {
  SimFileSystem synced = with_file("old");
  SimFileSystem written = synced;
  ASSERT_TRUE(written.write("a", 0, "new"));
  SimFileSystem other = with_file("odd");  // of which something else is on the disk
  ASSERT_TRUE(other.write("a", 0, "new"));
  SimFileSystem both = written;
  ASSERT_TRUE(both.sync("a"));
  SimFileSystem removed = synced;
  ASSERT_TRUE(removed.remove("a"));
  SimFileSystem gone = removed;
  ASSERT_TRUE(gone.sync_folder());
  SimFileSystem replaced = synced;  // by a file of the same content
  ASSERT_TRUE(replaced.create("a"));
  ASSERT_TRUE(replaced.write("a", 0, "old"));
  SimFileSystem failing = synced;
  failing.fail_next_sync();
  std::set<std::uint64_t> digests;
  for (const SimFileSystem* one :
       {&synced, &written, &other, &both, &removed, &gone, &replaced, &failing}) {
    digests.insert(one->digest());
  }
  EXPECT_EQ(digests.size(), 8U);
}

TEST(SimFileSystemTest, TheDigestIsOfTheStateAndNotOfTheWayThere) {
  SimFileSystem files = with_file("old");
  SimFileSystem detour = files;
  ASSERT_TRUE(detour.create("b"));
  ASSERT_TRUE(detour.remove("b"));
  ASSERT_TRUE(detour.sync_folder());
  EXPECT_EQ(detour.digest(), files.digest());
}

}  // namespace
}  // namespace sim
