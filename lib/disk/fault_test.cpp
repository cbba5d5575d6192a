// Every call to the file system, in turn, is the last before a crash, fails, or finds the disk
// full: what was confirmed is there afterwards, and no write is there by half.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/prng.hpp"
#include "disk/test_support.hpp"

namespace disk::test {
namespace {

using core::Lane;
using core::WriteKind;

constexpr std::uint64_t write_bytes = 700;

/// What a node's life on one disk has been so far, over many starts.
struct Life {
  std::uint64_t confirmed = 0;  // writes of the log that a sync has confirmed
  std::uint64_t appended = 0;   // the highest one that was ever appended
  std::uint64_t covered = 0;    // by the last snapshot whose commit was confirmed
  std::uint64_t incarnation = 0;
};

/// What is found at a start must be what Life says, and in itself whole.
void check(const Opened& opened, Life& life) {
  const RawRecovered& found = opened.recovered;
  EXPECT_GE(found.last_control.value, life.confirmed);
  EXPECT_LE(found.last_control.value, life.appended);
  EXPECT_GE(found.covered.value, life.covered);
  EXPECT_LE(found.covered.value, found.last_control.value);
  EXPECT_EQ(found.log.size(), found.last_control.value - found.covered.value);
  for (std::size_t i = 0; i < found.log.size(); ++i) {
    expect_equal(found.log[i], log_write(found.covered.value + i + 1, write_bytes));
  }
  EXPECT_EQ(found.snapshot.size(), found.covered.value == 0 ? 0U : 3U);
  EXPECT_GT(opened.incarnation, life.incarnation);
  life.incarnation = opened.incarnation;
  life.appended = life.confirmed = found.last_control.value;
  life.covered = found.covered.value;
}

/// Takes a store through all it can do: segments filled, a snapshot over another, spares prepared.
/// Stops at the first error.
class Script {
 public:
  Script(FileSystem& files, Life& life) : files_(files), life_(life) {}

  /// The error that ended it, if one did.
  std::optional<Error> run() {
    auto opened = Store::open(files_, small);
    if (!opened) return opened.error();
    check(*opened, life_);
    store_.emplace(std::move(opened->store));
    bulk_ = opened->recovered.last_bulk.value;
    auto done = fill(9);
    if (done) done = snapshot();
    if (done) done = fill(9);
    if (done) done = snapshot();
    if (done) done = fill(1);
    if (done) return std::nullopt;
    EXPECT_EQ(store_->append({}).error().kind, ErrorKind::stopped);
    EXPECT_EQ(store_->sync().error().kind, ErrorKind::stopped);
    EXPECT_EQ(store_->prepare().error().kind, ErrorKind::stopped);
    EXPECT_EQ(store_->read(Lane::control, {1}, {1}).error(), core::LoadError::io);
    return done.error();
  }

 private:
  Result<void> sync() {
    auto done = store_->sync();
    if (done) life_.confirmed = store_->durable(Lane::control).value;
    if (!done) return done;
    return prepare_all(*store_);
  }

  Result<void> fill(std::uint64_t count) {
    Result<void> done;
    for (std::uint64_t i = 0; i < count && done; ++i) {
      const std::uint64_t next = store_->appended(Lane::control).value + 1;
      life_.appended = std::max(life_.appended, next + i % 3);
      std::vector<RawWrite> batch;
      for (std::uint64_t k = 0; k <= i % 3; ++k) batch.push_back(log_write(next + k, write_bytes));
      done = store_->append(batch);
      if (done) done = sync();
    }
    return done;
  }

  Result<void> snapshot() {
    const std::uint64_t covers = store_->appended(Lane::control).value;
    auto done = store_->append(std::vector{bulk_write(++bulk_, WriteKind::begin)});
    if (done) done = sync();
    if (done) done = store_->append(std::vector{bulk_write(++bulk_, WriteKind::chunk)});
    if (done) done = store_->append(std::vector{bulk_write(++bulk_, WriteKind::commit, covers)});
    if (done) done = sync();
    if (done) life_.covered = covers;
    return done;
  }

  FileSystem& files_;
  Life& life_;
  std::optional<Store> store_;
  std::uint64_t bulk_ = 0;
};

/// What of the unsynced is kept: all of it, nothing, or every piece by a coin.
MemoryDisk::Crash manner(std::uint64_t number) {
  if (number == 0) return {};
  const auto keep = [number](std::uint64_t piece) {
    return number > 1 && core::mix64(number * 7919 + piece) % 2 == 0;
  };
  return {.keep_sector = [keep](const MemoryDisk::Sector& sector) { return keep(sector.number); },
          .keep_change = [keep](std::size_t change) { return keep(1000 + change); }};
}

constexpr std::uint64_t manners = 6;

FaultyFileSystem::Judge fail_from(std::uint64_t number, IoErrorKind kind = IoErrorKind::io) {
  return [number, kind](std::string_view, std::uint64_t call) {
    return call >= number ? std::optional(kind) : std::nullopt;
  };
}

FaultyFileSystem::Judge fail_once(std::uint64_t number, IoErrorKind kind) {
  return [number, kind](std::string_view, std::uint64_t call) {
    return call == number ? std::optional(kind) : std::nullopt;
  };
}

FaultyFileSystem::Judge never() { return fail_from(UINT64_MAX); }

/// Runs the script on `disk`; how many calls it made.
std::uint64_t run(MemoryDisk& disk, Life& life, const FaultyFileSystem::Judge& judge,
                  std::optional<Error>* error = nullptr) {
  MemoryFileSystem below(disk);
  FaultyFileSystem files(below, judge);
  const auto ended = Script(files, life).run();
  if (error != nullptr) *error = ended;
  return files.calls();
}

void expect_good_life_after(MemoryDisk disk, Life life) {
  std::optional<Error> error;
  run(disk, life, never(), &error);
  EXPECT_FALSE(error) << error->what;
  disk.crash(manner(1));
  run(disk, life, never(), &error);
  EXPECT_FALSE(error) << error->what;
}

TEST(Fault, ACrashAtAnyCallLosesNothingThatWasConfirmed) {
  MemoryDisk whole;
  Life whole_life;
  const std::uint64_t calls = run(whole, whole_life, never());
  ASSERT_GT(calls, 100U);
  for (std::uint64_t last = 0; last < calls; ++last) {
    for (std::uint64_t how = 0; how < manners; ++how) {
      SCOPED_TRACE("call " + std::to_string(last) + ", manner " + std::to_string(how));
      MemoryDisk disk;
      Life life;
      run(disk, life, fail_from(last));
      disk.crash(manner(how));
      expect_good_life_after(std::move(disk), life);
      if (HasFailure()) return;
    }
  }
}

TEST(Fault, ACrashAtAnyCallOfTheStartAfterACrashLosesNothingEither) {
  for (const std::uint64_t first : {60U, 83U, 101U, 118U, 131U}) {
    for (std::uint64_t second = 0; second < 30; ++second) {
      for (std::uint64_t how = 0; how < manners; ++how) {
        SCOPED_TRACE("calls " + std::to_string(first) + " and " + std::to_string(second) +
                     ", manner " + std::to_string(how));
        MemoryDisk disk;
        Life life;
        run(disk, life, fail_from(first));
        disk.crash(manner(how));
        run(disk, life, fail_from(second));
        disk.crash(manner((how + 1) % manners));
        expect_good_life_after(std::move(disk), life);
        if (HasFailure()) return;
      }
    }
  }
}

TEST(Fault, AFailureOfAnyCallStopsTheStoreAndLosesNothingThatWasConfirmed) {
  MemoryDisk whole;
  Life whole_life;
  const std::uint64_t calls = run(whole, whole_life, never());
  for (std::uint64_t number = 0; number < calls; ++number) {
    for (std::uint64_t how = 0; how < manners; ++how) {
      SCOPED_TRACE("call " + std::to_string(number) + ", manner " + std::to_string(how));
      MemoryDisk disk;
      Life life;
      std::optional<Error> error;
      run(disk, life, fail_once(number, IoErrorKind::io), &error);
      ASSERT_TRUE(error) << "a failure went unnoticed";
      EXPECT_EQ(error->kind, ErrorKind::io);
      disk.crash(manner(how));
      expect_good_life_after(std::move(disk), life);
      if (HasFailure()) return;
    }
  }
}

TEST(Fault, AFullDiskAtAnyCallLosesNothingThatWasConfirmed) {
  MemoryDisk whole;
  Life whole_life;
  const std::uint64_t calls = run(whole, whole_life, never());
  for (std::uint64_t number = 0; number < calls; ++number) {
    for (const bool for_good : {false, true}) {
      SCOPED_TRACE("call " + std::to_string(number) + (for_good ? " and on" : ""));
      MemoryDisk disk;
      Life life;
      std::optional<Error> error;
      const auto judge = for_good ? fail_from(number, IoErrorKind::no_space)
                                  : fail_once(number, IoErrorKind::no_space);
      run(disk, life, judge, &error);
      EXPECT_TRUE(!error || error->kind == ErrorKind::no_space);
      disk.crash(manner(2));
      expect_good_life_after(std::move(disk), life);
      if (HasFailure()) return;
    }
  }
}

// ---- Room ---------------------------------------------------------------------------------------

/// A disk of so many bytes.
class SmallDisk final : public FileSystem {
 public:
  SmallDisk(FileSystem& below, std::uint64_t bytes) : below_(below), bytes_(bytes) {}

  void resize(std::uint64_t bytes) { bytes_ = bytes; }

  IoResult<void> lock() override { return below_.lock(); }
  IoResult<std::vector<std::string>> list() override { return below_.list(); }
  IoResult<void> create(std::string_view name) override { return below_.create(name); }
  IoResult<void> rename(std::string_view from, std::string_view to) override {
    return below_.rename(from, to);
  }
  IoResult<void> remove(std::string_view name) override { return below_.remove(name); }
  IoResult<void> sync_folder() override { return below_.sync_folder(); }
  IoResult<std::uint64_t> size(std::string_view name) override { return below_.size(name); }
  IoResult<std::string> read(std::string_view name, std::uint64_t offset,
                             std::uint64_t count) override {
    return below_.read(name, offset, count);
  }
  IoResult<void> write(std::string_view name, std::uint64_t offset,
                       std::string_view data) override {
    const std::uint64_t end = offset + data.size();
    const std::uint64_t size = *below_.size(name);
    if (end > size && used() + end - size > bytes_) {
      return std::unexpected(IoError{IoErrorKind::no_space, "no space on the test's disk"});
    }
    return below_.write(name, offset, data);
  }
  IoResult<void> truncate(std::string_view name, std::uint64_t size) override {
    return below_.truncate(name, size);
  }
  IoResult<void> sync(std::string_view name) override { return below_.sync(name); }

 private:
  std::uint64_t used() {
    std::uint64_t sum = 0;
    const auto names = below_.list();
    for (const std::string& name : *names) sum += *below_.size(name);
    return sum;
  }

  FileSystem& below_;
  std::uint64_t bytes_;
};

/// A store on a small disk, and a host that prepares what is missing after each sync.
class RoomTest : public testing::Test {
 protected:
  static constexpr std::uint64_t disk_bytes = 6 * 4096 + 1000;

  void start() {
    opened.reset();
    files.emplace(disk);
    tiny.emplace(*files, disk_bytes);
    auto result = Store::open(*tiny, small);
    ASSERT_TRUE(result) << result.error().what;
    opened.emplace(std::move(*result));
  }

  Result<void> write_one() {
    auto done = store().append(
        std::vector{log_write(store().appended(Lane::control).value + 1, write_bytes)});
    if (done) done = store().sync();
    return done ? prepare_all(store()) : done;
  }

  Store& store() { return opened->store; }

  MemoryDisk disk;
  std::optional<MemoryFileSystem> files;
  std::optional<SmallDisk> tiny;
  std::optional<Opened> opened;
};

TEST_F(RoomTest, IsDeniedWhileASegmentAndTheReserveAreStillLeftForWhatFreesSpace) {
  start();
  while (store().room()) ASSERT_TRUE(write_one());
  std::uint64_t more = 0;
  while (write_one()) ++more;
  // Each segment holds three of these writes, and one was written when room was denied.
  EXPECT_EQ(more, 2 + 3U);
}

TEST_F(RoomTest, ASnapshotFindsTheReserveAndRoomComesBack) {
  start();
  while (store().room()) ASSERT_TRUE(write_one());
  const std::uint64_t covers = store().durable(Lane::control).value;
  ASSERT_TRUE(store().append(std::vector{bulk_write(1, WriteKind::begin, 0, 1500),
                                         bulk_write(2, WriteKind::commit, covers)}));
  ASSERT_TRUE(store().sync());
  EXPECT_FALSE(store().room());
  ASSERT_TRUE(prepare_all(store()));
  EXPECT_TRUE(store().room());
  ASSERT_TRUE(write_one());
}

TEST_F(RoomTest, AFullDiskStartsAgainAndSaysThatThereIsNoRoom) {
  start();
  while (store().room()) ASSERT_TRUE(write_one());
  const std::uint64_t last = store().durable(Lane::control).value;
  start();
  EXPECT_EQ(opened->recovered.last_control.value, last);
  EXPECT_FALSE(store().room());
  tiny->resize(2 * disk_bytes);
  ASSERT_TRUE(prepare_all(store()));
  EXPECT_TRUE(store().room());
}

TEST_F(RoomTest, ANewFolderOnAFullDiskIsAnErrorThatSaysSo) {
  MemoryFileSystem below(disk);
  SmallDisk full(below, 100);
  const auto opened_here = Store::open(full, small);
  ASSERT_FALSE(opened_here);
  EXPECT_EQ(opened_here.error().kind, ErrorKind::no_space);
  EXPECT_NE(opened_here.error().what.find("Free some space"), std::string::npos);
}

}  // namespace
}  // namespace disk::test
