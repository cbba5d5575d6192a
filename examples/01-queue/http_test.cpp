// The queue's HTTP, without a socket.
#include "http.hpp"

#include <gtest/gtest.h>

#include <string>

#include "messages_wire.hpp"
#include "queue_test.hpp"

namespace queue {
namespace {

net::HttpRequest post(const std::string& path, const std::string& body) {
  net::HttpRequest request;
  request.method = "POST";
  request.path = path;
  request.body = core::Bytes(body);
  return request;
}

unsigned refused_status(const net::HttpRequest& request) {
  const auto command = Api().command(request);
  EXPECT_FALSE(command.has_value()) << request.path << " " << request.body.view();
  return command ? 0 : command.error().status;
}

std::string body(const net::HttpResponse& response) { return std::string(response.body.view()); }

TEST(QueueHttp, TakesOneTaskOrManyByteForByte) {
  const auto one = Api().command(post("/queues/mail/tasks", " {\"payload\" : {\"n\": 1.50} }"));
  ASSERT_TRUE(one.has_value());
  EXPECT_EQ(std::get<Enqueue>(*one), (Enqueue{"mail", {core::Bytes("{\"n\": 1.50}")}}));
  const auto many = Api().command(
      post("/queues/mail/tasks", "{\"tasks\":[{\"payload\":1e400},{\"payload\":null}]}"));
  ASSERT_TRUE(many.has_value());
  EXPECT_EQ(std::get<Enqueue>(*many),
            (Enqueue{"mail", {core::Bytes("1e400"), core::Bytes("null")}}));
}

TEST(QueueHttp, LeasesWithWhatIsLeftOutAsUsual) {
  const auto command = Api().command(post("/queues/mail/leases", "{\"worker\":\"ann\",\"max\":3}"));
  ASSERT_TRUE(command.has_value());
  EXPECT_EQ(std::get<Lease>(*command), (Lease{"mail", "ann", 3, 30'000, 0}));
}

TEST(QueueHttp, RefusesWhatItCannotRead) {
  for (const std::string text :
       {"", "{", "1", "{}", "{\"payload\":}", "{\"payload\":1,\"more\":2}", "{\"tasks\":1}",
        "{\"tasks\":[1]}", "{\"tasks\":[{\"payload\":1},{}]}", "{\"payload\":1}x", "\xff"}) {
    EXPECT_EQ(refused_status(post("/queues/mail/tasks", text)), 400U);
  }
  for (const std::string text :
       {"", "{}", "{\"worker\":1}", "{\"worker\":\"a b\"}", "{\"worker\":\"ann\",\"max\":-1}",
        "{\"worker\":\"ann\",\"max\":4294967296}", "{\"worker\":\"ann\",\"color\":1}"}) {
    EXPECT_EQ(refused_status(post("/queues/mail/leases", text)), 400U);
  }
  for (const std::string text :
       {"", "{}", "{\"lease\":3}", "{\"lease\":\"3\"}", "{\"lease\":\"3-\"}", "{\"lease\":\"a-1\"}",
        "{\"lease\":\"03-1\"}", "{\"lease\":\"3-99999999999999999999\"}"}) {
    EXPECT_EQ(refused_status(post("/queues/mail/tasks/7/ack", text)), 400U);
  }
}

TEST(QueueHttp, RefusesPathsThatNameNothing) {
  const std::string lease = "{\"lease\":\"3-17\"}";
  EXPECT_EQ(refused_status(post("/queues/mail/tasks/x/ack", lease)), 404U);
  EXPECT_EQ(refused_status(post("/queues/mail/tasks/-1/ack", lease)), 404U);
  EXPECT_EQ(refused_status(post("/queues/mail/tasks/7/burn", lease)), 404U);
  EXPECT_EQ(refused_status(post("/nowhere", lease)), 404U);
  EXPECT_EQ(refused_status(post("/queues/a%20b/tasks", "{\"payload\":1}")), 400U);
  EXPECT_EQ(refused_status(post("/queues/mail", "")), 405U);
}

TEST(QueueHttp, SaysWhyWithAProblemDocument) {
  const auto stale = Api().response(Refused{Refusal::stale_lease});
  EXPECT_EQ(stale.status, 409U);
  EXPECT_EQ(stale.content_type, "application/problem+json");
  EXPECT_NE(body(stale).find("\"reason\":\"stale_lease\""), std::string::npos);
  const auto full = Api().response(Refused{Refusal::queue_full});
  EXPECT_EQ(full.status, 429U);
  EXPECT_EQ(full.header("Retry-After"), "1");
  EXPECT_EQ(Api().response(Refused{Refusal::no_room}).status, 507U);
  EXPECT_EQ(Api().response(Done{}).status, 204U);
}

TEST(QueueHttp, ShowsTheState) {
  Bench broker;
  broker.enqueue("1");
  broker.lease("ann");
  EXPECT_EQ(Api().state(broker.core()),
            "{\"queues\":{\"mail\":{\"pending\":0,\"processing\":1,\"completed\":0,\"waiting\":0}},"
            "\"tasks\":[{\"id\":\"1\",\"queue\":\"mail\",\"attempts\":1,\"worker\":\"ann\","
            "\"lease\":\"1-1\"}]}");
}

TEST(QueueHttp, CarriesEveryCommandToTheBroker) {
  const LeaseToken lease{3, 17};
  const std::vector<Command> commands = {
      Enqueue{"mail", {core::Bytes("1.50")}},
      Enqueue{"mail", {core::Bytes("1"), core::Bytes("[]")}},
      Lease{"mail", "ann", 2, 1'000, 500},
      Ack{"mail", TaskId{7}, lease},
      Nack{"mail", TaskId{7}, lease},
      Inspect{"mail"},
  };
  for (const Command& command : commands) {
    const auto arrived = Api().command(ClientApi().request(command));
    ASSERT_TRUE(arrived.has_value());
    EXPECT_EQ(*arrived, command);
  }
}

TEST(QueueHttp, CarriesEveryResultBack) {
  const core::Bytes deepest(std::string(31, '[') + std::string(31, ']'));
  const core::UnixTime at(1'700'000'000s);
  const std::vector<std::pair<Command, Result>> exchanges = {
      {Enqueue{"mail", {core::Bytes("1")}}, Enqueued{{TaskId{7}}}},
      {Enqueue{"mail", {core::Bytes("1"), core::Bytes("2")}}, Enqueued{{TaskId{7}, TaskId{8}}}},
      {Lease{}, Leased{}},
      {Lease{}, Leased{{{TaskId{7}, {3, 17}, 2, at, core::Bytes("{\"a\": 1.50}")}}}},
      {Lease{}, Leased{{{TaskId{7}, {3, 17}, 2, at, deepest}}}},
      {Ack{}, Done{}},
      {Nack{}, Done{}},
      {Inspect{}, Counts{1, 2, 3, 4}},
  };
  for (const auto& [command, result] : exchanges) {
    const auto arrived = ClientApi().result(command, Api().response(result));
    ASSERT_TRUE(arrived.has_value());
    EXPECT_EQ(*arrived, result);
  }
  for (const auto& known : wire::description<Refusal>.values) {
    const auto arrived = ClientApi().result(Ack{}, Api().response(Refused{known.value}));
    ASSERT_TRUE(arrived.has_value());
    EXPECT_EQ(*arrived, Result(Refused{known.value}));
  }
}

TEST(QueueHttp, TakesAnAnswerThatItDoesNotUnderstandAsUnknown) {
  net::HttpResponse odd;
  const auto unknown = std::unexpected(core::CallError::unknown);
  odd.body = core::Bytes("{\"id\":7}");
  const Enqueue enqueue{"mail", {core::Bytes("1")}};
  EXPECT_EQ(ClientApi().result(enqueue, odd), unknown);
  EXPECT_EQ(ClientApi().result(enqueue, Api().response(Done{})), unknown);
  EXPECT_EQ(ClientApi().result(enqueue, Api().response(Enqueued{})), unknown);
  EXPECT_EQ(ClientApi().result(Ack{}, odd), unknown);
  EXPECT_EQ(ClientApi().result(enqueue, net::problem(503, "")), unknown);
  EXPECT_EQ(ClientApi().result(Enqueue{}, net::problem(413, "")),
            Result(Refused{Refusal::payload_too_large}));
}

}  // namespace
}  // namespace queue
