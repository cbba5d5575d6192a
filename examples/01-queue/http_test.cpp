// The queue's HTTP as the broker speaks it, without a socket.
#include "http.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http_bodies.hpp"
#include "json_slices.hpp"
#include "messages_wire.hpp"
#include "queue_test.hpp"

namespace queue {
namespace {

using Asked = std::expected<Command, net::HttpResponse>;

constexpr core::UnixTime noon(1'700'000'000s);

Asked ask(const std::string& method, const std::string& path, const std::string& body = "") {
  net::HttpRequest request;
  request.method = method;
  request.path = path.substr(0, path.find('?'));
  if (path.contains('?')) request.query = path.substr(path.find('?') + 1);
  request.body = core::Bytes(body);
  return Api().command(request);
}

Asked post(const std::string& path, const std::string& body) { return ask("POST", path, body); }

std::string body(const net::HttpResponse& response) { return std::string(response.body.view()); }

/// The status and the sentence of an error that also has to be a whole problem document.
std::string problem_of(const net::HttpResponse& response) {
  EXPECT_EQ(response.content_type, "application/problem+json");
  EXPECT_TRUE(json_value(response.body.view()).has_value()) << body(response);
  const auto members = json_members(response.body.view());
  if (!members || members->size() != 5) return "not five members: " + body(response);
  EXPECT_EQ(members->at(2).value, std::to_string(response.status));
  return std::string(members->at(2).value) + " " + std::string(members->at(4).value) + " " +
         std::string(members->at(3).value);
}

/// Expects the status, the reason, and a sentence with these words in it.
void expect_refused(const Asked& asked, const std::string& start, const std::string& words = "") {
  ASSERT_FALSE(asked.has_value()) << start << " " << words;
  const std::string problem = problem_of(asked.error());
  EXPECT_TRUE(problem.starts_with(start)) << problem;
  EXPECT_TRUE(problem.contains(words)) << problem << "\nwithout: " << words;
}

const std::string bad_request = "400 \"bad_request\"";
const std::string bad_name = "400 \"bad_name\"";

struct WrongBody {
  std::string body;
  std::string words;  // in the sentence
};

/// Every one is refused, and the answer tells `form`, as it stands in a JSON text.
void expect_all_refused(const std::string& method, const std::string& path, const std::string& form,
                        const std::vector<WrongBody>& bodies) {
  for (const WrongBody& wrong : bodies) {
    SCOPED_TRACE(method + " " + path + " " + wrong.body);
    expect_refused(ask(method, path, wrong.body), bad_request, wrong.words);
    expect_refused(ask(method, path, wrong.body), bad_request, form);
  }
}

NewTask task(const std::string& payload) { return NewTask{core::Bytes(payload), 0, 0, ""}; }

// ---- Requests -----------------------------------------------------------------------------------

TEST(QueueHttp, TakesOneTaskOrManyByteForByte) {
  const auto one = post("/queues/mail/tasks", " {\"payload\" : {\"n\": 1.50} }");
  ASSERT_TRUE(one.has_value());
  EXPECT_EQ(*one, Command(Enqueue{"mail", {task("{\"n\": 1.50}")}}));
  const auto many =
      post("/queues/mail/tasks", "{\"tasks\":[{\"payload\":1e400},{\"payload\":null}]}");
  ASSERT_TRUE(many.has_value());
  EXPECT_EQ(*many, Command(Enqueue{"mail", {task("1e400"), task("null")}}));
}

TEST(QueueHttp, TakesTheMembersOfATaskInAnyOrder) {
  const std::string payload = "[ 1.50,\t\"\\u0061\" ]";
  const std::vector<std::string> members = {"\"payload\":" + payload, "\"delay_ms\":604800000",
                                            "\"max_attempts\": 100",
                                            "\"idempotency_key\":\"a\\u002db\""};
  const NewTask whole{core::Bytes(payload), 604'800'000, 100, "a-b"};
  for (std::size_t first = 0; first < members.size(); ++first) {
    std::string text = members[first];
    for (std::size_t i = 1; i < members.size(); ++i) {
      text += " ,\n" + members[(first + i) % members.size()];
    }
    EXPECT_EQ(post("/queues/mail/tasks", "{" + text + "}"), Command(Enqueue{"mail", {whole}}));
    EXPECT_EQ(post("/queues/mail/tasks", "{\"tasks\":[{" + text + "},{\"payload\":2}]}"),
              Command(Enqueue{"mail", {whole, task("2")}}));
  }
}

TEST(QueueHttp, RefusesTasksThatItCannotRead) {
  expect_all_refused(
      "POST", "/queues/mail/tasks", R"(the body must be {\"payload\": any, \"delay_ms\"?: integer)",
      {{"", "not JSON at byte 0"},
       {"{", "not JSON"},
       {"1", "an object is needed"},
       {"[]", "an object is needed"},
       {"\xff", "not UTF-8"},
       {"{}", R"(\"payload\": this member is missing)"},
       {"{\"delay_ms\":1}", R"(\"payload\": this member is missing)"},
       {"{\"payload\":}", "not JSON"},
       {"{\"payload\":1}x", "not JSON at byte 13"},
       {"{\"payload\":1,\"more\":2}", R"(unknown member \"more\")"},
       {"{\"p\\u0061yload\":1}", R"(unknown member \"p\\u0061yload\")"},
       {"{\"payload\":1,\"payload\":2}", R"(\"payload\" stands twice)"},
       {"{\"payload\":1,\"delay_ms\":\"5\"}", R"(\"delay_ms\": a text where an integer)"},
       {"{\"payload\":1,\"delay_ms\":null}", R"(\"delay_ms\": null where an integer)"},
       {"{\"payload\":1,\"delay_ms\":1.5}", R"(\"delay_ms\": a number with a fraction)"},
       {"{\"payload\":1,\"delay_ms\":-1}", R"(\"delay_ms\": -1 is not from 0 to 4294967295)"},
       {"{\"payload\":1,\"delay_ms\":4294967296}", "4294967296 is not from 0"},
       {"{\"payload\":1,\"max_attempts\":true}", R"(\"max_attempts\": true or false where)"},
       {"{\"payload\":1,\"max_attempts\":0}", R"(\"max_attempts\": 0 is no choice)"},
       {"{\"payload\":1,\"idempotency_key\":7}", R"(\"idempotency_key\": an integer where a text)"},
       {"{\"payload\":1,\"idempotency_key\":\"\"}", R"(\"idempotency_key\": \"\" is no choice)"},
       {"{\"payload\":1,\"idempotency_key\":\"\\ud800\"}", R"(\"idempotency_key\": JSON: )"},
       {"{\"tasks\":1}", R"(\"tasks\": an array is needed)"},
       {"{\"tasks\":[1]}", "tasks[0]: an object is needed"},
       {"{\"tasks\":[{\"payload\":1},{}]}", R"(tasks[1]: \"payload\": this member is missing)"},
       {"{\"tasks\":[{\"payload\":1}],\"delay_ms\":1}", R"(unknown member \"tasks\")"},
       {"{\"tasks\":[{\"tasks\":[]}]}", R"(tasks[0]: unknown member \"tasks\")"}});
}

TEST(QueueHttp, TakesPayloadsOnlyUpToADepth) {
  const auto nested = [](std::size_t depth) {
    return "{\"payload\":" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  EXPECT_TRUE(post("/queues/mail/tasks", nested(31)).has_value());
  expect_refused(post("/queues/mail/tasks", nested(32)), bad_request, "more than 32 deep");
}

TEST(QueueHttp, LeasesWithWhatIsLeftOutAsUsual) {
  EXPECT_EQ(post("/queues/mail/leases", "{\"worker\":\"ann\",\"max\":3}"),
            Command(Lease{"mail", "ann", 3, 30'000, 0}));
  EXPECT_EQ(post("/queues/mail/leases",
                 "{\"wait_ms\":5,\"visibility_ms\":7,\"max\":1,\"worker\":\"ann\"}"),
            Command(Lease{"mail", "ann", 1, 7, 5}));
}

TEST(QueueHttp, RefusesLeaseRequestsThatItCannotRead) {
  expect_all_refused("POST", "/queues/mail/leases",
                     R"(the body must be {\"worker\": name, \"max\"?: integer)",
                     {{"", "JSON: "},
                      {"1", "an integer where an object"},
                      {"{}", "lease request.worker: this field is missing"},
                      {"{\"worker\":1}", "lease request.worker: an integer where a text"},
                      {"{\"worker\":\"ann\",\"max\":-1}", "lease request.max: -1 is not from 0"},
                      {"{\"worker\":\"ann\",\"max\":4294967296}", "4294967296 is not from 0"},
                      {"{\"worker\":\"ann\",\"wait_ms\":null}", "null where an integer"},
                      {"{\"worker\":\"ann\",\"visibility_ms\":1e3}", "a number with a fraction"},
                      {"{\"worker\":\"ann\",\"color\":1}", R"(unknown field \"color\")"},
                      {"{\"worker\":\"ann\",\"worker\":\"bob\"}", R"(\"worker\" stands twice)"}});
  expect_refused(post("/queues/mail/leases", "{\"worker\":\"a b\"}"), bad_name);
}

TEST(QueueHttp, TakesAcksAndNacks) {
  const std::string lease = "{\"lease\":\"3-17\"}";
  const Holding held{TaskId{7}, {3, 17}};
  EXPECT_EQ(post("/queues/mail/tasks/7/ack", lease), Command(Ack{"mail", held}));
  EXPECT_EQ(post("/queues/mail/tasks/7/nack", lease), Command(Nack{"mail", held}));
}

TEST(QueueHttp, RefusesAcksAndNacksThatItCannotRead) {
  for (const std::string verb : {"ack", "nack"}) {
    expect_all_refused("POST", "/queues/mail/tasks/7/" + verb,
                       R"(the body must be {\"lease\": \"3-17\"})",
                       {{"", "JSON: "},
                        {"{}", "ack or nack.lease: this field is missing"},
                        {"{\"lease\":3}", "an integer where a text"},
                        {"{\"lease\":\"3-17\",\"visibility_ms\":1}", "unknown field"},
                        {"{\"lease\":\"3-17\",\"lease\":\"3-17\"}", "stands twice"}});
    for (const std::string lease :
         {"", "3", "3-", "-3", "a-1", "03-1", "3-01", "3 - 1", "3-1-1", "3-99999999999999999999"}) {
      expect_refused(post("/queues/mail/tasks/7/" + verb, "{\"lease\":\"" + lease + "\"}"),
                     bad_request, "a lease looks like");
    }
  }
}

TEST(QueueHttp, TakesExtensionsWithTheTimeLeftOutAsUsual) {
  const Holding held{TaskId{7}, {3, 17}};
  EXPECT_EQ(post("/queues/mail/tasks/7/extend", "{\"lease\":\"3-17\"}"),
            Command(Extend{"mail", held, 30'000}));
  EXPECT_EQ(post("/queues/mail/tasks/7/extend", "{\"visibility_ms\":5,\"lease\":\"3-17\"}"),
            Command(Extend{"mail", held, 5}));
}

TEST(QueueHttp, RefusesExtensionsThatItCannotRead) {
  const std::string path = "/queues/mail/tasks/7/extend";
  expect_all_refused("POST", path, R"({\"lease\": \"3-17\", \"visibility_ms\"?: integer})",
                     {{"", "JSON: "},
                      {"{}", "extension.lease: this field is missing"},
                      {"{\"lease\":7}", "extension.lease: an integer where a text"},
                      {"{\"lease\":\"3-17\",\"visibility_ms\":\"1\"}", "a text where an integer"},
                      {"{\"lease\":\"3-17\",\"visibility_ms\":-1}", "-1 is not from 0"},
                      {"{\"lease\":\"3-17\",\"visibility_ms\":4294967296}", "is not from 0"},
                      {"{\"lease\":\"3-17\",\"more\":1}", R"(unknown field \"more\")"}});
  expect_refused(post(path, "{\"lease\":\"3\"}"), bad_request, "a lease looks like");
}

TEST(QueueHttp, TakesManyAcksAtOnce) {
  EXPECT_EQ(
      post("/queues/mail/acks",
           "{\"tasks\":[{\"id\":\"7\",\"lease\":\"3-17\"},{\"lease\":\"3-18\",\"id\":\"8\"}]}"),
      Command(AckMany{"mail", {{TaskId{7}, {3, 17}}, {TaskId{8}, {3, 18}}}}));
}

TEST(QueueHttp, RefusesManyAcksThatItCannotRead) {
  const std::string path = "/queues/mail/acks";
  const auto with = [](const std::string& ack) { return "{\"tasks\":[" + ack + "]}"; };
  expect_all_refused("POST", path, R"({\"tasks\": [{\"id\": \"17\", \"lease\": \"3-17\"}, ...]})",
                     {{"", "JSON: "},
                      {"{}", "acks.tasks: this field is missing"},
                      {"[]", "an array where an object"},
                      {"{\"tasks\":{}}", "acks.tasks: an object where an array"},
                      {"{\"tasks\":[],\"worker\":\"ann\"}", R"(unknown field \"worker\")"},
                      {with("7"), "an integer where an object"},
                      {with("{\"id\":\"7\"}"), "ack.lease: this field is missing"},
                      {with("{\"lease\":\"3-17\"}"), "ack.id: this field is missing"},
                      {with("{\"id\":7,\"lease\":\"3-17\"}"), "ack.id: an integer where a string"},
                      {with("{\"id\":\"07\",\"lease\":\"3-17\"}"), "not a plain decimal number"},
                      {with("{\"id\":\"99999999999999999999\",\"lease\":\"3-17\"}"), "ack.id: "},
                      {with("{\"id\":\"7\",\"lease\":1}"), "ack.lease: an integer where a text"},
                      {with("{\"id\":\"7\",\"lease\":\"3-17\",\"x\":1}"), "unknown field"}});
  expect_refused(post(path, with("{\"id\":\"7\",\"lease\":\"3\"}")), bad_request,
                 "a lease looks like");
}

TEST(QueueHttp, TakesSettingsWithWhatIsLeftOutForTheBrokerToChoose) {
  EXPECT_EQ(ask("PUT", "/queues/mail", "{}"), Command(SetQueue{"mail", {0, 0, ""}}));
  EXPECT_EQ(ask("PUT", "/queues/mail", "{\"dead_letters_to\":null}"),
            Command(SetQueue{"mail", {0, 0, ""}}));
  EXPECT_EQ(ask("PUT", "/queues/mail",
                " {\"dead_letters_to\":\"morgue\",\"max_attempts\":3,\"max_length\":4294967295}"),
            Command(SetQueue{"mail", {4'294'967'295, 3, "morgue"}}));
}

TEST(QueueHttp, TakesDeadLettersThatGoToTheirOwnQueueForThoseThatStayInIt) {
  EXPECT_EQ(ask("PUT", "/queues/mail", "{\"dead_letters_to\":\"mail\"}"),
            Command(SetQueue{"mail", {0, 0, ""}}));
}

TEST(QueueHttp, TakesIntegersWithAZeroFraction) {
  EXPECT_EQ(ask("PUT", "/queues/mail", "{\"max_length\":7.0}"),
            Command(SetQueue{"mail", {7, 0, ""}}));
  EXPECT_EQ(post("/queues/mail/leases", "{\"worker\":\"ann\",\"max\":3.00}"),
            Command(Lease{"mail", "ann", 3, 30'000, 0}));
}

TEST(QueueHttp, RefusesSettingsThatItCannotRead) {
  expect_all_refused(
      "PUT", "/queues/mail", R"(\"dead_letters_to\"?: name or null})",
      {{"", "not JSON"},
       {"[]", "an object is needed"},
       {"{\"max_length\":\"1\"}", R"(\"max_length\": a text where an integer)"},
       {"{\"max_length\":-1}", R"(\"max_length\": -1 is not from 0)"},
       {"{\"max_length\":4294967296}", R"(\"max_length\": 4294967296 is not from 0)"},
       {"{\"max_length\":0}", R"(\"max_length\": 0 is no choice)"},
       {"{\"max_length\":null}", R"(\"max_length\": null where an integer)"},
       {"{\"max_attempts\":[]}", R"(\"max_attempts\": an array where an integer)"},
       {"{\"max_attempts\":0}", R"(\"max_attempts\": 0 is no choice)"},
       {"{\"dead_letters_to\":1}", R"(\"dead_letters_to\": an integer where a text)"},
       {"{\"dead_letters_to\":\"\"}", R"(\"dead_letters_to\": \"\" is no choice)"},
       {"{\"max_length\":1,\"max_length\":1}", R"(\"max_length\" stands twice)"},
       {"{\"color\":1}", R"(unknown member \"color\")"}});
  expect_refused(ask("PUT", "/queues/mail", "{\"dead_letters_to\":\"a b\"}"), bad_name);
}

TEST(QueueHttp, TakesDeadLettersFromAnIdOnUpToANumber) {
  EXPECT_EQ(ask("GET", "/queues/mail/dead"), Command(ListDead{"mail", TaskId{0}, 100}));
  EXPECT_EQ(ask("GET", "/queues/mail/dead?"), Command(ListDead{"mail", TaskId{0}, 100}));
  EXPECT_EQ(ask("GET", "/queues/mail/dead?max=5"), Command(ListDead{"mail", TaskId{0}, 5}));
  EXPECT_EQ(ask("GET", "/queues/mail/dead?max=5&after=18446744073709551615"),
            Command(ListDead{"mail", TaskId{UINT64_MAX}, 5}));
}

TEST(QueueHttp, RefusesAQueryThatItCannotRead) {
  const auto refused = [](const std::string& query, const std::string& words) {
    SCOPED_TRACE(query);
    expect_refused(ask("GET", "/queues/mail/dead?" + query), bad_request, words);
  };
  for (const std::string query : {"max", "max=", "max=-1", "max=01", "max=1.5", "max=x", "max=1 ",
                                  "max=%31", "max=4294967296", "max==1"}) {
    refused(query, "max must be a number from 0 to 4294967295");
  }
  refused("after=18446744073709551616", "after must be a number from 0 to 18446744073709551615");
  refused("after=", "after must be a number");
  refused("max=1&max=1", "max stands twice");
  refused("after=1&max=1&after=2", "after stands twice");
  for (const std::string query :
       {"more=1", "Max=1", "max=1&", "&max=1", "=1", "&", "max=1&&after=2"}) {
    refused(query, "this path takes only after, max");
  }
  expect_refused(ask("GET", "/queues/mail?max=1"), bad_request, "this path takes nothing");
  expect_refused(ask("POST", "/queues/mail/tasks?delay_ms=5", "{\"payload\":1}"), bad_request,
                 "this path takes nothing");
}

TEST(QueueHttp, TakesWhatThePathSaysAlone) {
  const std::string any = "what stands in a body that nobody reads";
  for (const std::string& body : {std::string(), any}) {
    EXPECT_EQ(ask("GET", "/queues", body), Command(ListQueues{}));
    EXPECT_EQ(ask("GET", "/queues/mail", body), Command(Inspect{"mail"}));
    EXPECT_EQ(ask("GET", "/queues/mail/tasks/7", body), Command(Look{"mail", TaskId{7}}));
    EXPECT_EQ(ask("GET", "/queues/mail/dead", body), Command(ListDead{"mail", TaskId{0}, 100}));
    EXPECT_EQ(ask("DELETE", "/queues/mail/dead/7", body), Command(DropDead{"mail", TaskId{7}}));
  }
  for (const std::string body : {"", "{}", " { } "}) {
    EXPECT_EQ(ask("POST", "/queues/mail/dead/7/retry", body),
              Command(RetryDead{"mail", TaskId{7}}));
  }
  expect_all_refused("POST", "/queues/mail/dead/7/retry", "the body must be {} or empty",
                     {{"{\"max_attempts\":1}", R"(unknown field \"max_attempts\")"},
                      {"[]", "an array where an object"},
                      {" ", "JSON: "}});
}

TEST(QueueHttp, RefusesPathsThatNameNothing) {
  const std::string lease = "{\"lease\":\"3-17\"}";
  for (const std::string id : {"x", "-1", "+1", "07", "1.0", "18446744073709551616", "%20"}) {
    SCOPED_TRACE(id);
    const std::string no_such_task = "404 \"no_such_task\"";
    for (const std::string verb : {"/ack", "/nack", "/extend"}) {
      expect_refused(post("/queues/mail/tasks/" + id + verb, lease), no_such_task);
    }
    expect_refused(ask("GET", "/queues/mail/tasks/" + id), no_such_task, "id is a number");
    expect_refused(post("/queues/mail/dead/" + id + "/retry", ""), no_such_task);
    expect_refused(ask("DELETE", "/queues/mail/dead/" + id), no_such_task);
  }
  for (const std::string path :
       {"/nowhere", "/queues/mail/tasks/7/burn", "/queues/", "/queues//dead", "/queues/mail/",
        "/queues/mail/dead/7/retry/now", "//"}) {
    const auto nothing = post(path, lease);
    ASSERT_FALSE(nothing.has_value()) << path;
    EXPECT_EQ(nothing.error().status, 404U) << path;
  }
}

TEST(QueueHttp, RefusesOtherMethodsAndSaysWhichThereAre) {
  const auto allowed = [](const std::string& method, const std::string& path) {
    const auto asked = ask(method, path);
    if (asked.has_value()) return std::string("taken");
    return std::to_string(asked.error().status) + " " + std::string(asked.error().header("Allow"));
  };
  EXPECT_EQ(allowed("POST", "/queues/mail"), "405 GET, HEAD, PUT");
  EXPECT_EQ(allowed("DELETE", "/queues/mail"), "405 GET, HEAD, PUT");
  EXPECT_EQ(allowed("POST", "/queues"), "405 GET, HEAD");
  EXPECT_EQ(allowed("POST", "/"), "405 GET, HEAD");
  EXPECT_EQ(allowed("DELETE", "/page.js"), "405 GET, HEAD");
  EXPECT_EQ(allowed("GET", "/queues/mail/tasks"), "405 POST");
  EXPECT_EQ(allowed("PUT", "/queues/mail/tasks/7"), "405 GET, HEAD");
  EXPECT_EQ(allowed("DELETE", "/queues/mail/dead"), "405 GET, HEAD");
  EXPECT_EQ(allowed("GET", "/queues/mail/dead/7"), "405 DELETE");
}

TEST(QueueHttp, RefusesQueuesWithOtherNamesOnEveryPath) {
  const std::string too_long(101, 'a');
  const std::vector<std::string> names = {"a%20b", "a%2Fb", "%ff",    "%22",   ".",
                                          "..",    ".a",    "%2e%2e", too_long};
  for (const std::string& name : names) {
    SCOPED_TRACE(name);
    const std::string queue = "/queues/" + name;
    expect_refused(post(queue + "/tasks", "{\"payload\":1}"), bad_name, "1 to 100 letters");
    expect_refused(post(queue + "/leases", "{\"worker\":\"ann\"}"), bad_name);
    expect_refused(post(queue + "/tasks/7/ack", "{\"lease\":\"3-17\"}"), bad_name);
    expect_refused(post(queue + "/tasks/7/nack", "{\"lease\":\"3-17\"}"), bad_name);
    expect_refused(post(queue + "/tasks/7/extend", "{\"lease\":\"3-17\"}"), bad_name);
    expect_refused(post(queue + "/acks", "{\"tasks\":[]}"), bad_name);
    expect_refused(ask("GET", queue), bad_name);
    expect_refused(ask("PUT", queue, "{}"), bad_name);
    expect_refused(ask("GET", queue + "/tasks/7"), bad_name);
    expect_refused(ask("GET", queue + "/dead"), bad_name);
    expect_refused(post(queue + "/dead/7/retry", ""), bad_name);
    expect_refused(ask("DELETE", queue + "/dead/7"), bad_name);
  }
}

TEST(QueueHttp, DoesNotSendBackAWholeBodyThatItCannotRead) {
  const std::string name(100'000, 'x');
  const auto refused = post("/queues/mail/tasks", "{\"" + name + "\":1}");
  expect_refused(refused, bad_request, "...; the body must be");
  EXPECT_LT(refused.error().body.size(), 1'000U);
  const auto of_record = post("/queues/mail/leases", "{\"" + name + "\":1}");
  expect_refused(of_record, bad_request, "...; the body must be");
  EXPECT_LT(of_record.error().body.size(), 1'000U);
}

// ---- Answers ------------------------------------------------------------------------------------

TEST(QueueHttp, AnswersEveryResultAsItIsWritten) {
  const auto answer = [](const Result& result) {
    const net::HttpResponse response = Api().response(result);
    return std::to_string(response.status) + " " + response.content_type + " " + body(response);
  };
  const std::string created = "201 application/json ";
  EXPECT_EQ(answer(Enqueued{{TaskId{7}}}), created + "{\"ids\":[\"7\"]}");
  EXPECT_EQ(answer(Enqueued{{TaskId{7}, TaskId{8}}}), created + "{\"ids\":[\"7\",\"8\"]}");
  const std::string ok = "200 application/json ";
  EXPECT_EQ(answer(Leased{}), ok + "{\"tasks\":[]}");
  EXPECT_EQ(answer(Leased{{{TaskId{7}, {3, 17}, 2, 5, noon, core::Bytes("{\"a\": 1.50}")}}}),
            ok + "{\"tasks\":[{\"id\":\"7\",\"lease\":\"3-17\",\"attempt\":2,\"max_attempts\":5,"
                 "\"expires_at_ms\":1700000000000,\"payload\":{\"a\": 1.50}}]}");
  EXPECT_EQ(answer(Done{}), "204  ");
  EXPECT_EQ(answer(Acked{{TaskId{7}}, {{TaskId{8}, Refusal::stale_lease}}}),
            ok + "{\"done\":[\"7\"],\"refused\":[{\"id\":\"8\",\"reason\":\"stale_lease\"}]}");
  const QueueInfo info{"mail", {10, 5, ""}, {1, 2, 3, 4, 5, 6, 7, 8}};
  const std::string mail =
      "{\"queue\":\"mail\",\"settings\":{\"max_length\":10,\"max_attempts\":5},\"pending\":1,"
      "\"delayed\":2,\"processing\":3,\"completed\":4,\"failed\":5,\"dropped\":6,\"waiting\":7,"
      "\"oldest_ms\":8}";
  EXPECT_EQ(answer(info), ok + mail);
  EXPECT_EQ(answer(Queues{{info, info}}), ok + "{\"queues\":[" + mail + "," + mail + "]}");
  EXPECT_TRUE(answer(QueueInfo{"mail", {10, 5, "morgue"}, {}})
                  .contains("\"max_attempts\":5,\"dead_letters_to\":\"morgue\"},"));
}

TEST(QueueHttp, ShowsOfATaskWhatAppliesToIt) {
  TaskInfo info{TaskId{7}, "mail", TaskState::pending, 0, 5, noon, {}, {}, {}, {}, {}, {}};
  const std::string always =
      "{\"id\":\"7\",\"queue\":\"mail\",\"state\":\"pending\",\"attempts\":0,"
      "\"max_attempts\":5,\"enqueued_at_ms\":1700000000000";
  EXPECT_EQ(body(Api().response(info)), always + "}");
  info.not_before = noon + 1ms;
  info.expires_at = noon + 2ms;
  info.worker = "ann";
  info.ended_at = noon + 3ms;
  info.reason = ReturnReason::expired;
  info.payload = core::Bytes("1.50");
  const std::string all = always +
                          ",\"not_before_ms\":1700000000001,\"expires_at_ms\":1700000000002,"
                          "\"worker\":\"ann\",\"ended_at_ms\":1700000000003,\"reason\":\"expired\","
                          "\"payload\":1.50}";
  EXPECT_EQ(body(Api().response(info)), all);
  EXPECT_EQ(body(Api().response(DeadLetters{{info}, true})),
            "{\"tasks\":[" + all + "],\"more\":true}");
  EXPECT_EQ(body(Api().response(DeadLetters{})), "{\"tasks\":[],\"more\":false}");
}

TEST(QueueHttp, SaysWhyWithAProblemDocument) {
  struct Known {
    Refusal reason;
    unsigned status;
    std::string words;
  };
  const std::vector<Known> all = {
      {Refusal::bad_name, 400, "'_' and '.', and does not begin with '.'"},
      {Refusal::bad_request, 400, "out of range"},
      {Refusal::payload_too_large, 413, "65536 bytes"},
      {Refusal::no_such_queue, 404, "no such queue"},
      {Refusal::no_such_task, 404, "no such task"},
      {Refusal::stale_lease, 409, "no longer held under this lease"},
      {Refusal::queue_full, 429, "full"},
      {Refusal::too_many_queues, 429, "as many queues as"},
      {Refusal::too_many_leases, 429, "ack some first"},
      {Refusal::too_many_waiting, 429, "too many workers wait"},
      {Refusal::too_many_keys, 429, "idempotency keys are remembered as may be, each for 3600 s"},
      {Refusal::not_failed, 409, "no dead letter"},
      {Refusal::no_room, 507, "disk is full"},
  };
  EXPECT_EQ(all.size(), wire::description<Refusal>.values.size());
  for (const Known& known : all) {
    const net::HttpResponse response = Api().response(Refused{known.reason});
    const std::string name(wire::name_of(known.reason));
    const std::string problem = problem_of(response);
    EXPECT_TRUE(problem.starts_with(std::to_string(known.status) + " \"" + name + "\"")) << problem;
    EXPECT_TRUE(problem.contains(known.words)) << problem;
    EXPECT_EQ(response.header("Retry-After"), known.status == 429 ? "1" : "") << name;
  }
}

TEST(QueueHttp, NamesTheLimitsThatTheBrokerHas) {
  const std::string problem = problem_of(Api().response(Refused{Refusal::bad_request}));
  for (const std::string range :
       {"tasks at once 1 to 100,", "visibility_ms 1 to 3600000,", "wait_ms 0 to 30000,",
        "delay_ms 0 to 604800000,", "max_attempts 1 to 100,",
        "idempotency_key 1 to 200 visible ASCII characters,"}) {
    EXPECT_TRUE(problem.contains(range)) << problem << "\nwithout: " << range;
  }
}

TEST(QueueHttp, ShowsTheState) {
  Bench broker;
  broker.enqueue("1");
  broker.lease("ann");
  const std::string queue = body(Api().response(broker.done(Inspect{"mail"})));
  const TaskInfo held = broker.look(TaskId{1});
  EXPECT_EQ(Api().state(broker.core()),
            "{\"queues\":[" + queue +
                "],\"tasks\":[{\"id\":\"1\",\"queue\":\"mail\",\"state\":\"processing\","
                "\"attempts\":1,\"max_attempts\":5,\"enqueued_at_ms\":1700000000000,"
                "\"expires_at_ms\":1700000010000,\"worker\":\"ann\"}]}");
  EXPECT_EQ(Api().state(Bench().core()), "{\"queues\":[],\"tasks\":[]}");
}

TEST(QueueHttp, ShowsFirstWhatIsHeldThenWhatWaitsForItsTime) {
  Bench broker;
  for (int i = 0; i < 200; ++i) broker.enqueue("1");
  broker.lease("ann");
  NewTask later{core::Bytes("1")};
  later.delay_ms = 1;
  broker.done(Enqueue{"mail", {later}});
  const std::vector<TaskInfo> shown = broker.core().first_tasks(3);
  ASSERT_EQ(shown.size(), 3U);
  EXPECT_EQ(shown[0].task, TaskId{1});
  EXPECT_EQ(shown[0].worker, "ann");
  EXPECT_EQ(shown[1].task, TaskId{201});
  EXPECT_EQ(shown[2].task, TaskId{2});
  EXPECT_EQ(broker.core().first_tasks(1).size(), 1U);
  EXPECT_EQ(broker.core().first_tasks(1'000).size(), 201U);
}

TEST(QueueHttp, ShowsOnlyTheFirstHundredTasks) {
  Bench broker;
  for (int i = 0; i < 101; ++i) broker.enqueue("1");
  const std::string state = Api().state(broker.core());
  const auto members = json_members(state);
  ASSERT_TRUE(members.has_value());
  const auto tasks = json_elements(members->at(1).value);
  ASSERT_TRUE(tasks.has_value());
  EXPECT_EQ(tasks->size(), 100U);
}

}  // namespace
}  // namespace queue
