// The queue's HTTP from its clients' side: what they send arrives, and what they are answered.
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "http.hpp"
#include "messages_wire.hpp"

namespace queue {
namespace {

using namespace std::chrono_literals;

constexpr core::UnixTime noon(1'700'000'000s);
const Holding held{TaskId{7}, {3, 17}};

NewTask task(const std::string& payload) { return NewTask{core::Bytes(payload), 0, 0, ""}; }

std::vector<Command> every_command() {
  return {
      Enqueue{"mail", {task("1.50")}},
      Enqueue{"mail", {task("1"), task("[]")}},
      Enqueue{"mail", {NewTask{core::Bytes("{\"a\": 1.50}"), 5'000, 3, "order-\"\\ä"}}},
      Enqueue{"mail", {NewTask{core::Bytes("1"), UINT32_MAX, 0, "k"}, task("2")}},
      Enqueue{"mail", {}},
      Lease{"mail", "ann", 2, 1'000, 500},
      Ack{"mail", held},
      AckMany{"mail", {held, {TaskId{UINT64_MAX}, {UINT64_MAX, UINT64_MAX}}}},
      AckMany{"mail", {}},
      Nack{"mail", held},
      Extend{"mail", held, 1},
      Look{"mail", TaskId{7}},
      Inspect{"mail"},
      ListQueues{},
      SetQueue{"mail", {}},
      SetQueue{"mail", {10, 0, ""}},
      SetQueue{"mail", {0, 3, "morgue"}},
      ListDead{"mail", TaskId{}, 100},
      ListDead{"mail", TaskId{UINT64_MAX}, 7},
      RetryDead{"mail", TaskId{7}},
      DropDead{"mail", TaskId{7}},
  };
}

std::vector<std::pair<Command, Result>> every_exchange() {
  const core::Bytes deepest(std::string(31, '[') + std::string(31, ']'));
  const core::Bytes payload("{\"a\": 1.50}");
  const TaskInfo bare{TaskId{7}, "mail", TaskState::pending, 0, 5, noon, {}, {}, {}, {}, {}, {}};
  const TaskInfo whole{
      TaskId{7}, "mail",     TaskState::failed,     1,      5, noon, noon + 1ms, noon + 2ms,
      "ann",     noon + 3ms, ReturnReason::expired, payload};
  TaskInfo deep = bare;
  deep.payload = deepest;
  const QueueInfo plain{"mail", {10, 5, ""}, {1, 2, 3, 4, 5, 6, 7, 8}};
  const QueueInfo full{"mail", {UINT32_MAX, 5, "morgue"}, {UINT64_MAX, 0, 0, 0, 0, 0, 0, 0}};
  const Enqueue one{"mail", {task("1")}};
  const Enqueue two{"mail", {task("1"), task("2")}};
  const AckMany acks{"mail", {held, {TaskId{8}, {3, 18}}}};
  return {
      {one, Enqueued{{TaskId{7}}}},
      {two, Enqueued{{TaskId{7}, TaskId{UINT64_MAX}}}},
      {Lease{}, Leased{}},
      {Lease{}, Leased{{{TaskId{7}, {3, 17}, 2, 5, noon, payload},
                        {TaskId{8}, {3, 18}, UINT32_MAX, UINT32_MAX, {}, deepest}}}},
      {Ack{}, Done{}},
      {acks, Acked{{TaskId{7}, TaskId{8}}, {}}},
      {acks, Acked{{TaskId{8}}, {{TaskId{7}, Refusal::stale_lease}}}},
      {Nack{}, Done{}},
      {Extend{}, Done{}},
      {Look{}, bare},
      {Look{}, whole},
      {Look{}, deep},
      {Inspect{}, plain},
      {Inspect{}, full},
      {ListQueues{}, Queues{}},
      {ListQueues{}, Queues{{plain, full}}},
      {SetQueue{}, Done{}},
      {ListDead{}, DeadLetters{}},
      {ListDead{}, DeadLetters{{whole, deep}, true}},
      {RetryDead{}, Done{}},
      {DropDead{}, Done{}},
  };
}

TEST(QueueHttpClient, CarriesEveryCommandToTheBroker) {
  std::vector<bool> tried(std::variant_size_v<Command>);
  for (const Command& command : every_command()) {
    const net::HttpRequest request = ClientApi().request(command);
    SCOPED_TRACE(request.method + " " + request.path + " " + std::string(request.body.view()));
    const auto arrived = Api().command(request);
    ASSERT_TRUE(arrived.has_value());
    EXPECT_EQ(*arrived, command);
    tried[command.index()] = true;
  }
  EXPECT_EQ(tried, std::vector<bool>(tried.size(), true));
}

TEST(QueueHttpClient, CarriesEveryResultBack) {
  std::vector<bool> tried(std::variant_size_v<Command>);
  for (const auto& [command, result] : every_exchange()) {
    const net::HttpResponse response = Api().response(result);
    SCOPED_TRACE(std::string(response.body.view()));
    const auto arrived = ClientApi().result(command, response);
    ASSERT_TRUE(arrived.has_value());
    EXPECT_EQ(*arrived, result);
    tried[command.index()] = true;
  }
  EXPECT_EQ(tried, std::vector<bool>(tried.size(), true));
}

TEST(QueueHttpClient, CarriesEveryRefusalBackWhateverTheCommand) {
  for (const auto& known : wire::description<Refusal>.values) {
    for (const Command& command : every_command()) {
      EXPECT_EQ(ClientApi().result(command, Api().response(Refused{known.value})),
                Result(Refused{known.value}));
    }
    const Acked acked{{}, {{TaskId{7}, known.value}}};
    EXPECT_EQ(ClientApi().result(AckMany{"mail", {held}}, Api().response(acked)), Result(acked));
  }
}

TEST(QueueHttpClient, CarriesEveryStateOfATaskBack) {
  TaskInfo info;
  info.queue = "mail";
  for (const auto& known : wire::description<TaskState>.values) {
    info.state = known.value;
    EXPECT_EQ(ClientApi().result(Look{}, Api().response(info)), Result(info));
  }
  for (const auto& known : wire::description<ReturnReason>.values) {
    info.reason = known.value;
    EXPECT_EQ(ClientApi().result(Look{}, Api().response(info)), Result(info));
  }
}

TEST(QueueHttpClient, TakesARefusalThatItDoesNotKnowAsOne) {
  net::HttpResponse odd = net::problem(429, "");
  const Result no = Refused{Refusal::bad_request};
  for (const unsigned status : {400U, 404U, 409U, 429U}) {
    odd.status = status;
    EXPECT_EQ(ClientApi().result(Ack{}, odd), no);
    odd.body = core::Bytes("{\"reason\":\"bad_weather\"}");
    EXPECT_EQ(ClientApi().result(Ack{}, odd), no);
  }
  EXPECT_EQ(ClientApi().result(Enqueue{}, net::problem(413, "")),
            Result(Refused{Refusal::payload_too_large}));
  odd.status = 200;
  odd.body = core::Bytes("{\"done\":[],\"refused\":[{\"id\":\"7\",\"reason\":\"bad_weather\"}]}");
  EXPECT_EQ(ClientApi().result(AckMany{"mail", {held}}, odd),
            Result(Acked{{}, {{TaskId{7}, Refusal::bad_request}}}));
}

TEST(QueueHttpClient, LetsMembersBeThatANewerBrokerWrites) {
  net::HttpResponse newer;
  newer.body = core::Bytes("{\"new\":[1],\"tasks\":[],\"more\":false,\"color\":\"red\"}");
  EXPECT_EQ(ClientApi().result(ListDead{}, newer), Result(DeadLetters{}));
}

TEST(QueueHttpClient, TakesAnAnswerThatItDoesNotUnderstandAsUnknown) {
  const auto unknown = std::unexpected(core::CallError::unknown);
  const auto expect_unknown = [&](const Command& command, const std::string& body) {
    net::HttpResponse odd;
    odd.body = core::Bytes(body);
    EXPECT_EQ(ClientApi().result(command, odd), unknown) << body;
  };
  const Enqueue enqueue{"mail", {task("1")}};
  for (const std::string body :
       {"", "x", "[]", "{}", "{\"id\":\"7\"}", "{\"ids\":[7]}", "{\"ids\":[\"07\"]}",
        "{\"ids\":[\"7\",\"8\"]}", "{\"ids\":[]}", "{\"ids\":\"7\"}"}) {
    expect_unknown(enqueue, body);
  }
  for (const Command& command : every_command()) {
    expect_unknown(command, "{");
    EXPECT_EQ(ClientApi().result(command, net::problem(503, "")), unknown);
    EXPECT_EQ(ClientApi().result(command, net::problem(408, "")), unknown);
  }
  EXPECT_EQ(ClientApi().result(enqueue, Api().response(Done{})), unknown);
  EXPECT_EQ(ClientApi().result(AckMany{"mail", {held}}, Api().response(Acked{})), unknown);
}

/// What `answer` would be without the member that begins at `start`, or with another value there.
std::string with_member(std::string answer, std::string_view name, const std::string& member) {
  const std::string start = "\"" + std::string(name) + "\":";
  const std::size_t at = answer.find(start);
  const std::size_t end = answer.find_first_of(",}", at);
  return answer.replace(at, end - at, member);
}

TEST(QueueHttpClient, TakesAnAnswerWithAMemberMissingOrOfAnotherKindAsUnknown) {
  const LeasedTask leased{TaskId{7}, {3, 17}, 2, 5, noon, core::Bytes("1")};
  TaskInfo info{TaskId{7},
                "mail",
                TaskState::failed,
                1,
                5,
                noon,
                noon,
                noon,
                "a",
                noon,
                ReturnReason::expired,
                core::Bytes("1")};
  const QueueInfo queue{"mail", {10, 5, "morgue"}, {}};
  struct Answer {
    Command command;
    Result result;
    std::vector<std::string> needed;
    std::vector<std::string> optional;
  };
  const std::vector<Answer> answers = {
      {Lease{},
       Leased{{leased}},
       {"id", "lease", "attempt", "max_attempts", "expires_at_ms", "payload"},
       {}},
      {Look{},
       info,
       {"id", "queue", "state", "attempts", "max_attempts", "enqueued_at_ms"},
       {"not_before_ms", "expires_at_ms", "worker", "ended_at_ms", "reason"}},
      {Inspect{},
       queue,
       {"queue", "max_length", "max_attempts", "pending", "delayed", "processing", "completed",
        "failed", "dropped", "waiting", "oldest_ms"},
       {"dead_letters_to"}},
      {ListDead{}, DeadLetters{}, {"more"}, {}},
      {AckMany{"mail", {held}}, Acked{{}, {{TaskId{7}, {}}}}, {"id", "reason"}, {}},
  };
  for (const auto& [command, result, needed, optional] : answers) {
    const net::HttpResponse good = Api().response(result);
    const auto expect = [&](const std::string& name, const std::string& member, bool is_good) {
      net::HttpResponse odd = good;
      odd.body = core::Bytes(with_member(std::string(good.body.view()), name, member));
      EXPECT_EQ(ClientApi().result(command, odd).has_value(), is_good) << odd.body.view();
    };
    for (const std::string& name : needed) expect(name, "\"unheard-of\":1", false);
    for (const std::string& name : optional) expect(name, "\"unheard-of\":1", true);
    for (const std::string& name : needed) {
      if (name != "payload") expect(name, "\"" + name + "\":[]", false);
    }
    for (const std::string& name : optional) expect(name, "\"" + name + "\":[]", false);
  }
}

TEST(QueueHttpClient, TakesAValueThatNoBrokerWritesAsUnknown) {
  const auto reads = [](const Command& command, const Result& result, const std::string& name,
                        const std::string& value) {
    net::HttpResponse odd = Api().response(result);
    odd.body =
        core::Bytes(with_member(std::string(odd.body.view()), name, "\"" + name + "\":" + value));
    return ClientApi().result(command, odd).has_value();
  };
  const Leased leased{{{TaskId{7}, {3, 17}, 2, 5, noon, core::Bytes("1")}}};
  EXPECT_TRUE(reads(Lease{}, leased, "attempt", "4294967295"));
  EXPECT_FALSE(reads(Lease{}, leased, "attempt", "4294967296"));
  EXPECT_FALSE(reads(Lease{}, leased, "attempt", "-1"));
  EXPECT_FALSE(reads(Lease{}, leased, "max_attempts", "1e3"));
  EXPECT_TRUE(reads(Lease{}, leased, "expires_at_ms", "9223372036854775"));
  EXPECT_FALSE(reads(Lease{}, leased, "expires_at_ms", "9223372036854776"));
  EXPECT_FALSE(reads(Lease{}, leased, "expires_at_ms", "18446744073709551616"));
  EXPECT_FALSE(reads(Lease{}, leased, "id", "\"18446744073709551616\""));
  EXPECT_FALSE(reads(Lease{}, leased, "lease", "\"3\""));
  TaskInfo info;
  info.reason = ReturnReason::nacked;
  EXPECT_FALSE(reads(Look{}, info, "state", "\"asleep\""));
  EXPECT_FALSE(reads(Look{}, info, "reason", "\"bored\""));
  EXPECT_FALSE(reads(ListQueues{}, Queues{}, "queues", "{}"));
  EXPECT_FALSE(reads(ListDead{}, DeadLetters{}, "more", "1"));
}

}  // namespace
}  // namespace queue
