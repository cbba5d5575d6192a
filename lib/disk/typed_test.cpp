#include "disk/typed.hpp"

#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

#include "disk/test_support.hpp"

namespace disk::test {
namespace {

struct Deposit {
  std::uint64_t account = 0;
  core::Bytes note;
  friend bool operator==(const Deposit&, const Deposit&) = default;
};
struct Close {
  std::string why;
  friend bool operator==(const Close&, const Close&) = default;
};

constexpr auto describe(wire::Type<Deposit>) {
  return wire::record<1>("deposit", wire::field<1>("account", &Deposit::account),
                         wire::field<2>("note", &Deposit::note));
}
constexpr auto describe(wire::Type<Close>) {
  return wire::record<2>("close", wire::field<1>("why", &Close::why));
}

struct Bank {
  using Record = std::variant<Deposit, Close>;
};
/// An older program, which knows deposits alone.
struct OldBank {
  using Record = std::variant<Deposit>;
};

const core::Write<Bank> first{core::Lane::control,
                              {1},
                              core::WriteKind::log,
                              {},
                              {Deposit{7, core::Bytes("seven")}, Close{"moved"}}};
const core::Write<Bank> commit{
    core::Lane::bulk, {2}, core::WriteKind::commit, {1}, {Deposit{8, core::Bytes("eight")}}};

class Typed : public testing::Test {
 protected:
  Typed() : files(disk), opened(*Store::open(files, small)) {
    const core::Write<Bank> begin{core::Lane::bulk, {1}, core::WriteKind::begin, {}, {}};
    core::Write<Bank> second = first;
    second.seq = {2};
    EXPECT_TRUE(opened.store.append(
        std::vector{to_raw(first), to_raw(second), to_raw(begin), to_raw(commit)}));
    EXPECT_TRUE(opened.store.sync());
    disk.crash({});
    opened = *Store::open(files, small);
  }

  MemoryDisk disk;
  MemoryFileSystem files;
  Opened opened;
};

TEST_F(Typed, RecordsComeBackAsTheyWere) {
  const auto recovered = from_raw<Bank>(opened.recovered);
  ASSERT_TRUE(recovered);
  ASSERT_EQ(recovered->log.size(), 1U);
  EXPECT_EQ(recovered->log.front().records, first.records);
  EXPECT_EQ(recovered->log.front().seq.value, 2U);
  EXPECT_EQ(recovered->snapshot, commit.records);
  EXPECT_EQ(recovered->covered.value, 1U);
  EXPECT_EQ(recovered->last_control.value, 2U);
  EXPECT_EQ(recovered->last_bulk.value, 2U);
}

TEST_F(Typed, AnswersLoads) {
  const auto loaded = load<Bank>(opened.store, {{5}, core::Lane::control, {2}, {2}});
  EXPECT_EQ(loaded.load.value, 5U);
  ASSERT_TRUE(loaded.writes);
  EXPECT_EQ(loaded.writes->front().records, first.records);
  const auto snapshot = load<Bank>(opened.store, {{6}, core::Lane::bulk, {1}, {2}});
  ASSERT_TRUE(snapshot.writes);
  EXPECT_EQ(snapshot.writes->back().kind, core::WriteKind::commit);
  EXPECT_EQ(snapshot.writes->back().covers.value, 1U);
  const auto gone = load<Bank>(opened.store, {{7}, core::Lane::control, {9}, {9}});
  EXPECT_EQ(gone.writes.error(), core::LoadError::gone);
}

TEST_F(Typed, ARecordOfAnotherProgramIsRefusedAndItsWriteNamed) {
  const auto recovered = from_raw<OldBank>(opened.recovered);
  ASSERT_FALSE(recovered);
  EXPECT_EQ(recovered.error().kind, ErrorKind::damaged);
  EXPECT_EQ(recovered.error().seq.value, 2U);
  EXPECT_NE(recovered.error().what.find("write 2 of the log"), std::string::npos);
  const auto loaded = load<OldBank>(opened.store, {{5}, core::Lane::control, {2}, {2}});
  EXPECT_EQ(loaded.writes.error(), core::LoadError::damaged);
}

}  // namespace
}  // namespace disk::test
