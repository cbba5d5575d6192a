// Where each range ends: what lies on its end is carried out, one beyond it is refused.
#include "names.hpp"
#include "queue_test.hpp"

namespace queue {
namespace {

/// Small ones, so that a test can reach them.
Config small() {
  Config config;
  config.max_queues = 2;
  config.max_queue_length = 3;
  config.max_payload_bytes = 10;
  config.max_batch = 3;
  config.max_leases = 4;
  config.max_leases_per_worker = 3;
  config.max_waiting = 2;
  config.max_name_bytes = 5;
  config.max_key_bytes = 4;
  config.max_visibility_ms = 1'000;
  config.max_wait_ms = 500;
  config.max_delay_ms = 700;
  config.max_attempts = 6;
  return config;
}

Enqueue one(const NewTask& task) { return {"mail", {task}}; }

bool is_stored(Bench& broker, const NewTask& task) {
  return std::holds_alternative<Enqueued>(broker.done(one(task)));
}

bool is_leased(Bench& broker, const Lease& command) {
  return std::holds_alternative<Leased>(broker.done(command));
}

TEST(QueueLimits, OfATask) {
  Bench broker(small());
  const auto refused = [&](const NewTask& task) { return refusal(broker.done(one(task))); };
  EXPECT_TRUE(is_stored(broker, {core::Bytes("1234567890"), 700, 6, "keys"}));
  EXPECT_TRUE(is_stored(broker, {core::Bytes(), 0, 0, "!~"}));
  EXPECT_EQ(refused({core::Bytes("12345678901")}), Refusal::payload_too_large);
  EXPECT_EQ(refused({core::Bytes("1"), 701}), Refusal::bad_request);
  EXPECT_EQ(refused({core::Bytes("1"), 0, 7}), Refusal::bad_request);
  EXPECT_EQ(refused({core::Bytes("1"), 0, 0, "tasks"}), Refusal::bad_request);
  for (const std::string bad : {" ", "\x7f", "\x1f"}) {
    EXPECT_EQ(refused({core::Bytes("1"), 0, 0, bad}), Refusal::bad_request);
  }
  EXPECT_EQ(broker.counts().pending, 2U);
}

TEST(QueueLimits, OfTheCharactersOfAName) {
  for (const std::string good : {"a", "z", "A", "Z", "0", "9", "-", "_", "a."}) {
    EXPECT_TRUE(is_valid_name(good, 5)) << good;
  }
  for (const std::string bad : {"`", "{", "@", "[", "/", ":", ",", "^", "."}) {
    EXPECT_FALSE(is_valid_name(bad, 5)) << bad;
  }
  EXPECT_TRUE(is_valid_name("12345", 5));
  EXPECT_FALSE(is_valid_name("123456", 5));
}

TEST(QueueLimits, OfTheTasksOfOneRequest) {
  Bench broker(small());
  const std::vector<NewTask> three(3, NewTask{core::Bytes("1")});
  const std::vector<NewTask> four(4, NewTask{core::Bytes("1")});
  EXPECT_EQ(refusal(broker.done(Enqueue{"mail", {}})), Refusal::bad_request);
  EXPECT_EQ(refusal(broker.done(Enqueue{"mail", four})), Refusal::bad_request);
  EXPECT_TRUE(std::holds_alternative<Enqueued>(broker.done(Enqueue{"mail", three})));
  EXPECT_EQ(refusal(broker.done(AckMany{"mail", {}})), Refusal::bad_request);
  EXPECT_EQ(refusal(broker.done(AckMany{"mail", std::vector<Holding>(4)})), Refusal::bad_request);
  EXPECT_TRUE(std::holds_alternative<Acked>(broker.done(AckMany{"mail", std::vector<Holding>(3)})));
  EXPECT_EQ(refusal(broker.done(ListDead{"mail", {}, 0})), Refusal::bad_request);
  EXPECT_EQ(refusal(broker.done(ListDead{"mail", {}, 4})), Refusal::bad_request);
  EXPECT_TRUE(std::holds_alternative<DeadLetters>(broker.done(ListDead{"mail", {}, 3})));
}

TEST(QueueLimits, OfALeaseRequest) {
  Bench broker(small());
  EXPECT_TRUE(is_leased(broker, {"mail", "ann", 1, 1, 0}));
  EXPECT_TRUE(is_leased(broker, {"mail", "ann", 3, 1'000, 0}));
  EXPECT_EQ(refusal(broker.done(Lease{"mail", "ann", 0, 1'000, 0})), Refusal::bad_request);
  EXPECT_EQ(refusal(broker.done(Lease{"mail", "ann", 4, 1'000, 0})), Refusal::bad_request);
  EXPECT_EQ(refusal(broker.done(Lease{"mail", "ann", 1, 0, 0})), Refusal::bad_request);
  EXPECT_EQ(refusal(broker.done(Lease{"mail", "ann", 1, 1'001, 0})), Refusal::bad_request);
  EXPECT_EQ(refusal(broker.done(Lease{"mail", "ann", 1, 1'000, 501})), Refusal::bad_request);
  EXPECT_TRUE(broker.ask(Lease{"mail", "ann", 1, 1'000, 500}).empty()) << "it waits";
}

TEST(QueueLimits, OfAnExtension) {
  Bench broker(small());
  broker.enqueue("1");
  const Holding held{TaskId{1},
                     std::get<Leased>(broker.done(Lease{"mail", "ann", 1, 500, 0})).tasks[0].lease};
  EXPECT_EQ(refusal(broker.done(Extend{"mail", held, 0})), Refusal::bad_request);
  EXPECT_EQ(refusal(broker.done(Extend{"mail", held, 1'001})), Refusal::bad_request);
  EXPECT_TRUE(is_done(broker.done(Extend{"mail", held, 1'000})));
  EXPECT_TRUE(is_done(broker.done(Extend{"mail", held, 1})));
}

TEST(QueueLimits, OfTheTasksThatAreNamed) {
  Bench broker(small());
  broker.enqueue("1");
  const LeaseToken lease{1, 1};
  EXPECT_EQ(refusal(broker.done(Ack{"mail", {TaskId{0}, lease}})), Refusal::no_such_task);
  EXPECT_EQ(refusal(broker.done(Ack{"mail", {TaskId{1}, lease}})), Refusal::stale_lease);
  EXPECT_EQ(refusal(broker.done(Ack{"post", {TaskId{1}, lease}})), Refusal::no_such_task);
  EXPECT_EQ(refusal(broker.done(Ack{"mail", {TaskId{2}, lease}})), Refusal::no_such_task);
}

TEST(QueueLimits, OfSettings) {
  Bench broker(small());
  EXPECT_TRUE(is_done(broker.done(SetQueue{"mail", {3, 6, "other"}})));
  EXPECT_EQ(refusal(broker.done(SetQueue{"mail", {4, 0, ""}})), Refusal::bad_request);
  EXPECT_EQ(refusal(broker.done(SetQueue{"mail", {0, 7, ""}})), Refusal::bad_request);
  EXPECT_EQ(refusal(broker.done(SetQueue{"mail", {0, 0, "letter"}})), Refusal::bad_name);
  EXPECT_EQ(refusal(broker.done(SetQueue{"letter", {}})), Refusal::bad_name);
}

TEST(QueueLimits, OfTheLengthOfAQueue) {
  Bench broker(small());
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(is_stored(broker, {core::Bytes("1")}));
  EXPECT_EQ(refusal(broker.done(one({core::Bytes("1")}))), Refusal::queue_full);
  broker.done(SetQueue{"other", {1, 0, ""}});
  broker.enqueue("1", "other");
  EXPECT_EQ(refusal(broker.done(Enqueue{"other", {{core::Bytes("1")}}})), Refusal::queue_full);
}

TEST(QueueLimits, OfTheBytesOfAllTasks) {
  Config config;
  config.max_stored_bytes = 2 * stored_size(core::Bytes("123"));
  Bench broker(config);
  EXPECT_TRUE(is_stored(broker, {core::Bytes("123")}));
  EXPECT_EQ(refusal(broker.done(one({core::Bytes("1234")}))), Refusal::queue_full);
  EXPECT_TRUE(is_stored(broker, {core::Bytes("123")}));
}

TEST(QueueLimits, OfTheKeysThatAreRemembered) {
  Config config;
  config.max_keys = 2;
  Bench broker(config);
  const auto task = [](const std::string& key) { return NewTask{core::Bytes("1"), 0, 0, key}; };
  EXPECT_EQ(refusal(broker.done(Enqueue{"mail", {task("a"), task("b"), task("c")}})),
            Refusal::too_many_keys);
  EXPECT_TRUE(is_stored(broker, task("a")));
  EXPECT_TRUE(is_stored(broker, task("b")));
  EXPECT_EQ(refusal(broker.done(one(task("c")))), Refusal::too_many_keys);
  EXPECT_TRUE(is_stored(broker, task("")));
}

TEST(QueueLimits, OfTheLeasesOfAWorkerAndOfAll) {
  Config config = small();
  config.max_queue_length = 10;
  Bench broker(config);
  for (int i = 0; i < 6; ++i) broker.enqueue("1");
  const auto take = [&](const std::string& worker) { return Lease{"mail", worker, 3, 1'000, 0}; };
  EXPECT_EQ(std::get<Leased>(broker.done(take("ann"))).tasks.size(), 3U);
  EXPECT_EQ(refusal(broker.done(take("ann"))), Refusal::too_many_leases);
  EXPECT_EQ(std::get<Leased>(broker.done(take("bob"))).tasks.size(), 1U);
  EXPECT_EQ(refusal(broker.done(take("cat"))), Refusal::too_many_leases);
}

TEST(QueueLimits, OfTheRequestsThatWait) {
  Bench broker(small());
  const auto wait = [](const std::string& worker) { return Lease{"mail", worker, 1, 1'000, 500}; };
  EXPECT_TRUE(broker.ask(wait("ann")).empty());
  EXPECT_TRUE(broker.ask(wait("bob")).empty());
  EXPECT_EQ(refusal(broker.done(wait("cat"))), Refusal::too_many_waiting);
}

TEST(QueueLimits, OfTheNumberOfQueues) {
  Bench broker(small());
  EXPECT_TRUE(is_done(broker.done(SetQueue{"a", {}})));
  broker.enqueue("1", "b");
  EXPECT_EQ(refusal(broker.done(SetQueue{"c", {}})), Refusal::too_many_queues);
  EXPECT_EQ(refusal(broker.done(Enqueue{"c", {{core::Bytes("1")}}})), Refusal::too_many_queues);
  EXPECT_TRUE(is_done(broker.done(SetQueue{"b", {}})));
}

}  // namespace
}  // namespace queue
