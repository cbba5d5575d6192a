// The lock service: by itself, and in the place of the store, on the same sources of Raft.
#include "locks.hpp"

#include <gtest/gtest.h>

#include <string>

#include "cluster_test.hpp"
#include "messages_wire.hpp"
#include "wire/wire.hpp"

namespace locks {

namespace {

std::uint64_t digest_of(const LockService& service) {
  core::Digest digest;
  service.add_to(digest);
  return digest.value();
}

}  // namespace

// ---- The machine --------------------------------------------------------------------------------

TEST(Locks, OneOwnerHasALockAndAllOthersAreToldWho) {
  LockService service({});
  EXPECT_EQ(service.ask(Look{"db"}), Answer(Free{}));
  EXPECT_EQ(service.apply(Acquire{"db", "w-1"}), Answer(Granted{1}));
  EXPECT_EQ(service.apply(Acquire{"db", "w-2"}), Answer(Held{"w-1", 1}));
  EXPECT_EQ(service.apply(Acquire{"db", "w-1"}), Answer(Held{"w-1", 1}));
  EXPECT_EQ(service.ask(Look{"db"}), Answer(Held{"w-1", 1}));
}

TEST(Locks, ATokenIsLargerThanAllBeforeOfWhicheverLock) {
  LockService service({});
  EXPECT_EQ(service.apply(Acquire{"db", "w-1"}), Answer(Granted{1}));
  EXPECT_EQ(service.apply(Acquire{"log", "w-1"}), Answer(Granted{2}));
  EXPECT_EQ(service.apply(Release{"db", "w-1", 1}), Answer(Free{}));
  EXPECT_EQ(service.apply(Acquire{"db", "w-2"}), Answer(Granted{3}));
}

TEST(Locks, OnlyItsOwnerReleasesALockAndOnlyWithTheTokenOfNow) {
  LockService service({});
  service.apply(Acquire{"db", "w-1"});
  EXPECT_EQ(service.apply(Release{"db", "w-2", 1}), Answer(Held{"w-1", 1}));
  EXPECT_EQ(service.apply(Release{"db", "w-1", 1}), Answer(Free{}));
  EXPECT_EQ(service.apply(Release{"db", "w-1", 1}), Answer(Free{}));
  service.apply(Acquire{"db", "w-1"});
  EXPECT_EQ(service.apply(Release{"db", "w-1", 1}), Answer(Held{"w-1", 2}));
  EXPECT_EQ(service.ask(Look{"db"}), Answer(Held{"w-1", 2}));
}

TEST(Locks, NoMoreAreHeldThanTheLimitSays) {
  Limits limits;
  limits.max_locks = 2;
  LockService service(limits);
  service.apply(Acquire{"a", "w-1"});
  service.apply(Acquire{"b", "w-1"});
  EXPECT_EQ(service.apply(Acquire{"c", "w-1"}), Answer(TooMany{}));
  EXPECT_EQ(service.apply(Acquire{"a", "w-2"}), Answer(Held{"w-1", 1}));
  service.apply(Release{"a", "w-1", 1});
  EXPECT_EQ(service.apply(Acquire{"c", "w-1"}), Answer(Granted{3}));
}

TEST(Locks, NamesAndOwnersHaveAByteOrMoreAndNotTooMany) {
  Limits limits;
  limits.max_name_bytes = 2;
  limits.max_owner_bytes = 3;
  EXPECT_TRUE(is_valid(Acquire{"ab", "w-1"}, limits));
  EXPECT_FALSE(is_valid(Acquire{"", "w-1"}, limits));
  EXPECT_FALSE(is_valid(Acquire{"abc", "w-1"}, limits));
  EXPECT_FALSE(is_valid(Acquire{"ab", ""}, limits));
  EXPECT_TRUE(is_valid(Release{"ab", "w-1", 1}, limits));
  EXPECT_FALSE(is_valid(Release{"ab", "w-10", 1}, limits));
}

TEST(Locks, ItsPiecesMakeAnotherThatIsEqual) {
  LockService service({});
  service.apply(Acquire{"a", "w-1"});
  service.apply(Acquire{"b", "w-2"});
  service.apply(Acquire{"c", "w-2"});
  service.apply(Release{"c", "w-2", 3});
  LockService copy({});
  for (const Piece& piece : service.pieces()) copy.take(piece);
  EXPECT_EQ(digest_of(copy), digest_of(service));
  EXPECT_EQ(copy.ask(Look{"b"}), Answer(Held{"w-2", 2}));
  EXPECT_EQ(copy.apply(Acquire{"c", "w-1"}), Answer(Granted{4}));
}

}  // namespace locks

// ---- On three nodes -----------------------------------------------------------------------------

namespace raft {

namespace {

using locks::Free;
using locks::Granted;
using locks::Held;

class LockCluster : public ClusterOf<Raft> {
 public:
  explicit LockCluster(const Config& config = {}) : ClusterOf(3, config) { elect(); }

  std::optional<Answer> apply(const Operation& operation, std::optional<Once> once = {}) {
    return answered(ask(leader(), ClientRequest{operation, once}));
  }
  std::optional<Answer> look(std::uint32_t id, const std::string& name) {
    return answered(ask(id, ClientQuery{locks::Look{name}}));
  }
  Session open_session() {
    const std::uint64_t request = ask(leader(), OpenSession{});
    run(milliseconds(200));
    return std::get<SessionOpened>(answer(request).value()).session;
  }
  std::uint64_t digest(std::uint32_t id) const {
    core::Digest digest;
    node(id).machine().add_to(digest);
    return digest.value();
  }

 private:
  std::optional<Answer> answered(std::uint64_t request) {
    run(milliseconds(200));
    const auto result = answer(request);
    const Executed* executed = result ? std::get_if<Executed>(&*result) : nullptr;
    return executed == nullptr ? std::nullopt : std::optional(executed->answer);
  }
};

Operation acquire(const std::string& name, const std::string& owner) {
  return locks::Acquire{name, owner};
}

Operation release(const std::string& name, const std::string& owner, locks::Token token) {
  return locks::Release{name, owner, token};
}

}  // namespace

TEST(LockCluster, WhicheverNodeIsAskedALockIsGrantedOnce) {
  LockCluster cluster;
  std::vector<std::uint64_t> requests;
  for (std::uint32_t id = 1; id <= 3; ++id) {
    requests.push_back(cluster.ask(id, ClientRequest{acquire("db", std::to_string(id))}));
  }
  cluster.run(milliseconds(200));
  int granted = 0;
  for (const std::uint64_t request : requests) {
    const auto executed = std::get<Executed>(cluster.answer(request).value());
    if (std::holds_alternative<Granted>(executed.answer)) ++granted;
  }
  EXPECT_EQ(granted, 1);
  const auto holder = cluster.look(1, "db");
  ASSERT_TRUE(holder);
  EXPECT_TRUE(std::holds_alternative<Held>(*holder));
  for (std::uint32_t id = 2; id <= 3; ++id) EXPECT_EQ(cluster.look(id, "db"), holder);
}

TEST(LockCluster, TheNextLeaderKnowsTheOwnerAndGivesLargerTokens) {
  LockCluster cluster;
  EXPECT_EQ(cluster.apply(acquire("db", "w-1")), Answer(Granted{1}));
  cluster.crash(cluster.leader());
  cluster.elect();
  EXPECT_EQ(cluster.apply(acquire("db", "w-2")), Answer(Held{"w-1", 1}));
  EXPECT_EQ(cluster.apply(release("db", "w-1", 1)), Answer(Free{}));
  EXPECT_EQ(cluster.apply(acquire("db", "w-2")), Answer(Granted{2}));
}

TEST(LockCluster, AnAcquireThatIsAskedAgainInASessionHasTheSameToken) {
  LockCluster cluster;
  const Once once{cluster.open_session(), 1};
  EXPECT_EQ(cluster.apply(acquire("db", "w-1"), once), Answer(Granted{1}));
  EXPECT_EQ(cluster.apply(acquire("db", "w-1"), once), Answer(Granted{1}));
  cluster.crash(cluster.leader());
  cluster.elect();
  EXPECT_EQ(cluster.apply(acquire("db", "w-1"), once), Answer(Granted{1}));
  EXPECT_EQ(cluster.apply(acquire("log", "w-2")), Answer(Granted{2}));
}

TEST(LockCluster, ANodeThatWasAwayGetsTheLocksByASnapshot) {
  Config config;
  config.snapshot_bytes = 200;
  config.keep_entries = 0;
  config.max_message_bytes = 100;
  LockCluster cluster(config);
  const std::uint32_t away = cluster.leader() % 3 + 1;
  cluster.cut(away);
  EXPECT_EQ(cluster.apply(acquire("db", "w-1")), Answer(Granted{1}));
  for (locks::Token token = 2; token <= 30; ++token) {
    EXPECT_EQ(cluster.apply(acquire("log", "w-2")), Answer(Granted{token}));
    EXPECT_EQ(cluster.apply(release("log", "w-2", token)), Answer(Free{}));
  }
  cluster.mend(away);
  cluster.run(milliseconds(1'000));
  EXPECT_TRUE(cluster.has_snapshot(away));
  EXPECT_GT(cluster.node(away).log().base_index(), 0U);
  EXPECT_EQ(cluster.node(away).machine().ask(locks::Look{"db"}), Answer(Held{"w-1", 1}));
  EXPECT_EQ(cluster.digest(away), cluster.digest(cluster.leader()));
}

TEST(LockCluster, NodesThatAppliedTheSameLogAreEqual) {
  LockCluster cluster;
  const std::uint64_t empty = cluster.digest(1);
  for (const char* name : {"a", "b", "c"}) cluster.apply(acquire(name, "w-1"));
  cluster.apply(release("b", "w-1", 2));
  for (std::uint32_t id = 1; id <= 3; ++id) {
    EXPECT_EQ(cluster.node(id).last_applied(), cluster.node(1).last_applied());
    EXPECT_EQ(cluster.digest(id), cluster.digest(1));
    EXPECT_NE(cluster.digest(id), empty);
  }
}

TEST(LockCluster, WhatIsNotValidDoesNotEnterTheLog) {
  LockCluster cluster;
  const Index before = cluster.node(1).log().last_index();
  const std::uint64_t request = cluster.ask(cluster.leader(), ClientRequest{acquire("", "w-1")});
  EXPECT_EQ(cluster.refusal(request), Refusal::invalid);
  EXPECT_EQ(cluster.node(1).log().last_index(), before);
}

TEST(LockCluster, ItsMessagesAreReadAsTheyWereWritten) {
  const SessionState state{Session{7}, 2, Held{"w-1", 1}, 9};
  const MachinePart lock{locks::Lock{"db", "w-1", 1}};
  const MachinePart grants{locks::Grants{3}};
  const std::vector<Message> messages = {
      AppendEntries{Term{1}, 0, {}, {{Term{1}, Change{acquire("db", "w-1")}}}, 0, 0},
      Forward{Term{1}, {1, 1}, ClientRequest{release("db", "w-1", 1), Once{Session{7}, 2}}},
      Forward{Term{1}, {1, 2}, ClientQuery{locks::Look{"db"}}},
      Forwarded{{1, 1}, Executed{Granted{1}}},
      Forwarded{{1, 2}, Executed{Free{}}},
      Forwarded{{1, 3}, Executed{locks::TooMany{}}},
      InstallSnapshot{Term{2}, 9, Term{1}, 0, true, {state, lock, grants}},
  };
  for (const Message& message : messages) {
    EXPECT_EQ(wire::decode<Message>(wire::encode(message)), message);
  }
}

}  // namespace raft
