// What producers do right, and what every client does, one promise a test.
#include "client_test.hpp"

#include <gtest/gtest.h>

#include <set>

namespace queue::client_test {
namespace {

/// The keys of the one Enqueue that is called.
std::vector<std::string> keys_of(const ClientReady& ready) {
  std::vector<std::string> keys;
  const Enqueue enqueue = std::get<Enqueue>(only_call(ready).command);
  for (const NewTask& one : enqueue.tasks) keys.push_back(one.key);
  return keys;
}

TEST(Producer, StoresATask) {
  Program producer = connected();
  const auto asked = producer.submit(letter);
  EXPECT_EQ(std::get<Enqueue>(only_call(asked).command), (Enqueue{"mail", letter.tasks}));
  const auto told = producer.answer(only_call(asked).request, Enqueued{{TaskId{9}}});
  EXPECT_EQ(std::get<Produced>(only_outcome(told)), (Produced{1, {TaskId{9}}}));
  EXPECT_TRUE(producer.core().idle());
}

TEST(Producer, KeepsTasksUntilItIsConnected) {
  Program producer(0);
  EXPECT_TRUE(producer.submit(letter).empty());
  EXPECT_FALSE(producer.core().idle());
  EXPECT_EQ(producer.connect().calls.size(), 1U);
}

TEST(Producer, GivesEachTaskAKey) {
  Program producer = connected();
  const auto keys = keys_of(producer.submit(keyless));
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys[0].size(), 16U + 2U);
  EXPECT_EQ(keys[0].find_first_not_of("0123456789abcdef"), 16U);
  EXPECT_EQ(keys[0].substr(16), "-1");
  EXPECT_EQ(keys[1], keys[0].substr(0, 16) + "-2");
  EXPECT_EQ(keys_of(producer.submit(keyless))[0], keys[0].substr(0, 16) + "-3");
}

TEST(Producer, KeepsTheKeysThatItsProgramGives) {
  Program producer = connected();
  const Produce mixed{1, "mail", {new_task("1", "my-key"), new_task("2")}};
  const auto keys = keys_of(producer.submit(mixed));
  EXPECT_EQ(keys[0], "my-key");
  EXPECT_FALSE(keys[1].empty());
}

TEST(Producer, NeverSharesAKeyWithAnotherOrWithItsFormerLife) {
  std::set<std::string> keys;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Program producer = connected(seed);
    for (const std::string& key : keys_of(producer.submit(keyless))) keys.insert(key);
  }
  EXPECT_EQ(keys.size(), 200U);
}

TEST(Producer, AsksAgainWhenTheAnswerWasLost) {
  Program producer = connected();
  const auto asked = producer.submit(letter);
  EXPECT_TRUE(producer.answer(only_call(asked).request, unknown).empty());
  const auto again = producer.wait_for_timer();
  EXPECT_EQ(only_call(again).command, only_call(asked).command);
  EXPECT_NE(only_call(again).request, only_call(asked).request);
}

TEST(Producer, SendsTheSameKeysWithEveryRetry) {
  Program producer = connected();
  auto asked = producer.submit(keyless);
  const auto keys = keys_of(asked);
  const std::vector<std::expected<Result, core::CallError>> answers = {
      unknown, Refused{Refusal::queue_full}, refused, Refused{Refusal::no_room}};
  for (const auto& answer : answers) {
    producer.answer(only_call(asked).request, answer);
    asked = producer.wait_for_timer();
    EXPECT_EQ(keys_of(asked), keys);
  }
}

TEST(Producer, TriesAgainWhenTheQueueIsFull) {
  Program producer = connected();
  const auto asked = producer.submit(letter);
  const auto told = producer.answer(only_call(asked).request, Refused{Refusal::queue_full});
  EXPECT_EQ(std::get<Delayed>(only_outcome(told)).reason, Refusal::queue_full);
  EXPECT_TRUE(told.calls.empty()) << "without a pause";
  EXPECT_EQ(producer.wait_for_timer().calls.size(), 1U);
}

TEST(Producer, SaysEachTimeThatItsTasksAreDelayed) {
  Program producer = connected();
  auto asked = producer.submit(letter);
  for (const Refusal reason :
       {Refusal::queue_full, Refusal::no_room, Refusal::too_many_queues, Refusal::too_many_keys}) {
    const auto told = producer.answer(only_call(asked).request, Refused{reason});
    EXPECT_EQ(std::get<Delayed>(only_outcome(told)), (Delayed{1, reason}));
    asked = producer.wait_for_timer();
  }
}

TEST(Producer, WaitsLongerAfterEachFailure) {
  Program producer = connected();
  auto asked = producer.submit(letter);
  for (const auto most : {200ms, 400ms, 800ms, 1'600ms, 3'200ms, 6'400ms, 10'000ms, 10'000ms}) {
    producer.answer(only_call(asked).request, unknown);
    EXPECT_GE(producer.time_to_timer(), most / 2);
    EXPECT_LE(producer.time_to_timer(), most);
    asked = producer.wait_for_timer();
  }
  for (int failure = 0; failure < 100; ++failure) asked = lose_answer(producer, asked);
  producer.answer(only_call(asked).request, unknown);
  EXPECT_GE(producer.time_to_timer(), 5s) << "the number has run over";
}

TEST(Producer, WaitsAsLongAsForAFirstFailureAfterASuccess) {
  Program producer = connected();
  auto asked = producer.submit(letter);
  for (int failure = 0; failure < 5; ++failure) asked = lose_answer(producer, asked);
  producer.answer(only_call(asked).request, Enqueued{{TaskId{9}}});
  asked = producer.submit(letter);
  producer.answer(only_call(asked).request, unknown);
  EXPECT_LE(producer.time_to_timer(), 200ms);
}

TEST(Producer, DoesNotComeBackTogetherWithOthers) {
  std::set<core::Duration> pauses;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Program producer = connected(seed);
    const auto asked = producer.submit(letter);
    producer.answer(only_call(asked).request, unknown);
    pauses.insert(producer.time_to_timer());
  }
  EXPECT_GT(pauses.size(), 10U);
}

TEST(Producer, WaitsAtLeastASecondWhenTheBrokerHasTooMuch) {
  for (const Refusal reason :
       {Refusal::queue_full, Refusal::too_many_queues, Refusal::too_many_keys}) {
    Program producer = connected();
    const auto asked = producer.submit(letter);
    producer.answer(only_call(asked).request, Refused{reason});
    EXPECT_GT(producer.time_to_timer(), 1s) << "all would come at the same moment";
    EXPECT_LE(producer.time_to_timer(), 1'200ms);
  }
}

TEST(Producer, GivesUpWhatCanNeverBeStored) {
  Program producer = connected();
  const auto asked = producer.submit(letter);
  const auto told = producer.answer(only_call(asked).request, Refused{Refusal::payload_too_large});
  EXPECT_EQ(std::get<NotProduced>(only_outcome(told)).reason, Refusal::payload_too_large);
  EXPECT_TRUE(producer.core().idle());
}

TEST(Producer, BoundsWhatItKeeps) {
  Program producer(0);
  producer.submit(letter);
  producer.submit(letter);
  const auto told = producer.submit(letter);
  EXPECT_TRUE(std::holds_alternative<NotProduced>(only_outcome(told)));
}

TEST(Producer, GivesUpAConnectionThatStaysSilent) {
  Program producer = connected();
  const auto asked = producer.submit(letter);
  EXPECT_TRUE(producer.wait_for_timer().reconnect);
  EXPECT_FALSE(producer.core().next_timeout().has_value());
  producer.answer(only_call(asked).request, unknown);
  producer.disconnect();
  producer.connect();
  EXPECT_EQ(producer.wait_for_timer().calls.size(), 1U);
}

TEST(Client, AsksOfTheBrokerWhatItsProgramAsks) {
  Program client(0);
  EXPECT_TRUE(client.submit(Ask{5, Look{"mail", TaskId{7}}}).empty());
  const auto asked = client.connect();
  EXPECT_EQ(std::get<Look>(only_call(asked).command), (Look{"mail", TaskId{7}}));
  const Result result = Refused{Refusal::no_such_task};
  const auto told = client.answer(only_call(asked).request, result);
  EXPECT_EQ(std::get<Answered>(only_outcome(told)), (Answered{5, result, false}));
  EXPECT_TRUE(client.core().idle());
}

TEST(Client, SaysWhetherAnAskThatWasNotAnsweredMayHaveBeenCarriedOut) {
  Program client = connected();
  const Ask ask{5, RetryDead{"mail", TaskId{7}}};
  const auto lost = client.submit(ask);
  const auto told = client.answer(only_call(lost).request, unknown);
  EXPECT_EQ(std::get<Answered>(only_outcome(told)), (Answered{5, {}, true}));
  EXPECT_TRUE(client.core().idle()) << "it is not asked again";
  const auto not_sent = client.submit(ask);
  const auto told_so = client.answer(only_call(not_sent).request, refused);
  EXPECT_EQ(std::get<Answered>(only_outcome(told_so)), (Answered{5, {}, false}));
  EXPECT_TRUE(client.core().idle());
}

TEST(Client, BoundsWhatItIsToAsk) {
  Program client(0);
  const Ask ask{5, ListQueues{}};
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(client.submit(ask).outcomes.empty());
  const auto told = client.submit(ask);
  EXPECT_EQ(std::get<Answered>(only_outcome(told)), (Answered{5, {}, false}));
}

// The tasks may wait for what is asked: that dead letters make room.
TEST(Client, HasRoomToAskWhenItHasNoneForTasks) {
  Program client(0);
  const Produce produce{1, "mail", {new_task("1")}};
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(client.submit(produce).outcomes.empty());
  EXPECT_TRUE(std::holds_alternative<NotProduced>(only_outcome(client.submit(produce))));
  EXPECT_TRUE(client.submit(Ask{5, ListQueues{}}).outcomes.empty());
}

/// Every input below changes something that decides what the client does later.
TEST(Client, DigestsAllOfItsState) {
  using Answer = core::Answer<ClientProtocol>;
  using Submit = core::Submit<ClientProtocol>;
  const std::vector<ClientInput> inputs = {
      core::Timeout{},  // request 2 and 3 are for extensions
      Answer{core::RequestId{2}, Done{}},
      Answer{core::RequestId{3}, unknown},
      core::Disconnected{},
      Submit{done},
      Submit{Ask{5, Look{"mail", TaskId{7}}}},
      Submit{Rest{}},
      core::Connected{},  // request 4 is for the ask, 5 for the ack
      Answer{core::RequestId{4}, unknown},
      Answer{core::RequestId{5}, unknown},
  };
  Program client = working_on({task, other});
  client.wait(client.time_to_timer());
  std::set<std::uint64_t> seen{client.core().digest()};
  for (const ClientInput& input : inputs) {
    client.step(input);
    EXPECT_TRUE(seen.insert(client.core().digest()).second) << "input " << seen.size();
  }
}

TEST(Client, DigestsWhenItIsToExtend) {
  std::set<std::uint64_t> seen;
  for (const auto sent_after : {0s, 1s, 2s}) {
    Program worker(1);
    worker.wait(sent_after);
    const auto asked = worker.connect();
    worker.answer(only_call(asked).request, Leased{{task}});
    seen.insert(worker.core().digest());
  }
  EXPECT_EQ(seen.size(), 3U);
}

TEST(Client, DigestsItsSeed) {
  EXPECT_NE(Program(0, 1).core().digest(), Program(0, 2).core().digest());
}

TEST(Client, DigestsWhatItIsToSend) {
  const std::vector<Work> works = {letter,
                                   Produce{1, "mail", {new_task("2", "my-key")}},
                                   Produce{1, "mail", {new_task("1", "another")}},
                                   Produce{1, "post", {new_task("1", "my-key")}},
                                   Ask{1, Look{"mail", TaskId{7}}},
                                   Ask{1, Look{"mail", TaskId{8}}}};
  std::set<std::uint64_t> kept;
  std::set<std::uint64_t> sent;
  for (const Work& work : works) {
    Program client(0);
    client.submit(work);
    kept.insert(client.core().digest());
    client.connect();
    sent.insert(client.core().digest());
  }
  EXPECT_EQ(kept.size(), works.size());
  EXPECT_EQ(sent.size(), works.size());
}

}  // namespace
}  // namespace queue::client_test
