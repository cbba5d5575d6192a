// The cluster's HTTP as a node speaks it, without a socket.
#include "http.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "messages_wire.hpp"

namespace raft {
namespace {

using Asking = std::expected<Command, net::HttpResponse>;
using Headers = std::vector<net::HttpHeader>;

class RaftHttp : public testing::Test {
 protected:
  RaftHttp() { core_.step(now_, core::Start<Protocol>{{}, 1}, ready_); }

  static Config config() {
    Config config;
    config.self = {1};
    for (std::uint32_t id = 1; id <= 3; ++id) {
      config.members.push_back({{id}, "127.0.0.1:441" + std::to_string(id)});
    }
    return config;
  }

  /// From now on node 2 leads in term 7.
  void follow() {
    const AppendEntries beat{Term{7}, 0, {}, {{Term{7}, Nothing{}}}, 0, 1};
    core_.step(now_, core::Receive<Protocol>{{2}, beat}, ready_);
  }

  Asking ask(const std::string& method, const std::string& target, const std::string& body = "",
             const Headers& headers = {}) const {
    net::HttpRequest request;
    request.method = method;
    request.path = target.substr(0, target.find('?'));
    if (target.contains('?')) request.query = target.substr(target.find('?') + 1);
    request.headers = headers;
    request.body = core::Bytes(body);
    return Api().command(core_, request);
  }

  net::HttpResponse answer(Asked::Kind kind, const Result& result, std::uint32_t node = 0) const {
    return Api().response(core_, Asked{kind, {node}}, result);
  }

  Raft core_{config(), 0};
  core::Now now_;
  Ready ready_;
};

std::string body(const net::HttpResponse& response) { return std::string(response.body.view()); }

/// Expects a problem with this status and these words, after which nothing was done.
void expect_refused(const Asking& asked, unsigned status, const std::string& words) {
  ASSERT_FALSE(asked.has_value()) << words;
  EXPECT_EQ(asked.error().status, status) << body(asked.error());
  EXPECT_EQ(asked.error().content_type, "application/problem+json");
  EXPECT_TRUE(body(asked.error()).contains(words)) << body(asked.error()) << "\nwithout " << words;
  EXPECT_TRUE(body(asked.error()).contains(R"("outcome":"not_done")")) << body(asked.error());
}

core::Bytes bytes(const std::string& text) { return core::Bytes(text); }

// ---- Keys and values ----------------------------------------------------------------------------

TEST_F(RaftHttp, TakesAValueByteForByte) {
  const std::string all("\0\xff\r\n{\"", 6);
  EXPECT_EQ(ask("PUT", "/kv/a", all), Command(ClientRequest{kv::Put{"a", bytes(all), {}}, {}}));
  EXPECT_EQ(ask("PUT", "/kv/a"), Command(ClientRequest{kv::Put{"a", {}, {}}, {}}));
  EXPECT_EQ(ask("POST", "/kv/a/append", all),
            Command(ClientRequest{kv::Append{"a", bytes(all)}, {}}));
  EXPECT_EQ(ask("DELETE", "/kv/a"), Command(ClientRequest{kv::Delete{"a", {}}, {}}));
}

TEST_F(RaftHttp, DecodesAKey) {
  const auto key = [&](const std::string& place) {
    const Asking asked = ask("GET", "/kv/" + place);
    return asked ? std::get<ClientQuery>(*asked).query.key : "(refused)";
  };
  EXPECT_EQ(key("a%2Fb%20c"), "a/b c");
  EXPECT_EQ(key("%C3%A4"), "\xc3\xa4");
  EXPECT_EQ(key("..."), "...");
  EXPECT_EQ(key(std::string(512, 'k')), std::string(512, 'k'));
}

TEST_F(RaftHttp, RefusesWhatIsNoKey) {
  for (const std::string method : {"GET", "PUT", "DELETE"}) {
    expect_refused(ask(method, "/kv/" + std::string(513, 'k')), 400, "1 to 512 bytes of UTF-8");
    expect_refused(ask(method, "/kv/%FF"), 400, "1 to 512 bytes of UTF-8");
    expect_refused(ask(method, "/kv/%2E%2E"), 400, "are no keys");
    expect_refused(ask(method, "/kv/."), 400, "are no keys");
    for (const std::string path : {"/kv/%00", "/kv/%zz"}) {
      EXPECT_EQ(ask(method, path).error().status, 400u) << path;
    }
    EXPECT_EQ(ask(method, "/kv/").error().status, 404u);
  }
  expect_refused(ask("POST", "/kv/../append"), 400, "are no keys");
}

TEST_F(RaftHttp, AsksLinearizablyUnlessTheQuestionSaysStale) {
  const Command strict = ClientQuery{{"a"}, Consistency::linearizable};
  EXPECT_EQ(ask("GET", "/kv/a"), strict);
  EXPECT_EQ(ask("GET", "/kv/a?consistency=linearizable"), strict);
  EXPECT_EQ(ask("GET", "/kv/a?consistency=stale"), Command(ClientQuery{{"a"}, Consistency::stale}));
  for (const std::string query : {"consistency=", "consistency", "consistency=Stale",
                                  "consistency=stale&consistency=stale", "stale", "x=1"}) {
    expect_refused(ask("GET", "/kv/a?" + query), 400, R"("reason":"bad_request")");
  }
  expect_refused(ask("PUT", "/kv/a?consistency=stale"), 400, "this path takes nothing");
}

// ---- Conditions and sessions --------------------------------------------------------------------

TEST_F(RaftHttp, ReadsConditionsAsExpectedVersions) {
  const auto put = [&](const Headers& headers) { return ask("PUT", "/kv/a", "v", headers); };
  EXPECT_EQ(put({{"if-match", "\"17\""}}),
            Command(ClientRequest{kv::Put{"a", bytes("v"), 17}, {}}));
  EXPECT_EQ(put({{"If-None-Match", "*"}}), Command(ClientRequest{kv::Put{"a", bytes("v"), 0}, {}}));
  EXPECT_EQ(ask("DELETE", "/kv/a", "", {{"If-Match", "\"17\""}}),
            Command(ClientRequest{kv::Delete{"a", 17}, {}}));
  for (const std::string wrong : {"17", "\"\"", "\"", "*", "W/\"17\"", "\"1\", \"2\"", "\"0\"",
                                  "\"x\"", "\"18446744073709551616\"", ""}) {
    expect_refused(put({{"If-Match", wrong}}), 400, "If-Match must be one version");
  }
  expect_refused(put({{"If-None-Match", "\"17\""}}), 400, "If-None-Match must be *");
  expect_refused(put({{"If-Match", "\"1\""}, {"If-None-Match", "*"}}), 400, "exclude each other");
  expect_refused(put({{"If-Match", "\"1\""}, {"If-Match", "\"2\""}}), 400, "stands twice");
  expect_refused(ask("DELETE", "/kv/a", "", {{"If-None-Match", "*"}}), 400, "not there");
}

TEST_F(RaftHttp, AppendsUnderNoCondition) {
  for (const std::string name : {"If-Match", "If-None-Match"}) {
    expect_refused(ask("POST", "/kv/a/append", "v", {{name, "*"}}), 400, "takes no " + name);
    expect_refused(ask("POST", "/kv/a/append", "v", {{name, ""}}), 400, "takes no " + name);
  }
}

TEST_F(RaftHttp, MakesAChangeOfASessionHappenOnce) {
  const Headers both = {{"Raft-Session", "17"}, {"raft-sequence", "3"}};
  const Once once{Session{17}, 3};
  EXPECT_EQ(ask("PUT", "/kv/a", "v", both),
            Command(ClientRequest{kv::Put{"a", bytes("v"), {}}, once}));
  EXPECT_EQ(ask("DELETE", "/kv/a", "", both), Command(ClientRequest{kv::Delete{"a", {}}, once}));
  EXPECT_EQ(ask("POST", "/kv/a/append", "v", both),
            Command(ClientRequest{kv::Append{"a", bytes("v")}, once}));
}

TEST_F(RaftHttp, RefusesHalfASession) {
  const std::vector<std::pair<std::string, std::string>> targets = {
      {"PUT", "/kv/a"}, {"DELETE", "/kv/a"}, {"POST", "/kv/a/append"}};
  for (const auto& [method, path] : targets) {
    expect_refused(ask(method, path, "", {{"Raft-Session", "17"}}), 400, "both or neither");
    expect_refused(ask(method, path, "", {{"Raft-Sequence", "1"}}), 400, "both or neither");
    for (const std::string wrong : {"0", "-1", "x", "", "1.0", "18446744073709551616"}) {
      expect_refused(ask(method, path, "", {{"Raft-Session", wrong}, {"Raft-Sequence", "1"}}), 400,
                     "Raft-Session must be a number from 1 on");
      expect_refused(ask(method, path, "", {{"Raft-Session", "1"}, {"Raft-Sequence", wrong}}), 400,
                     "Raft-Sequence must be a number from 1 on");
    }
    expect_refused(ask(method, path, "",
                       {{"Raft-Session", "1"}, {"Raft-Session", "2"}, {"Raft-Sequence", "1"}}),
                   400, "stands twice");
  }
}

TEST_F(RaftHttp, OpensASession) {
  EXPECT_EQ(ask("POST", "/sessions"), Command(OpenSession{}));
  EXPECT_EQ(ask("POST", "/sessions", " {} "), Command(OpenSession{}));
  expect_refused(ask("POST", "/sessions", "{\"a\":1}"), 400, "the body must be {} or empty");
  const net::HttpResponse opened = answer(Asked::Kind::session, SessionOpened{Session{17}});
  EXPECT_EQ(opened.status, 201u);
  EXPECT_EQ(body(opened), "{\"session\":17}\n");
}

// ---- The cluster --------------------------------------------------------------------------------

TEST_F(RaftHttp, ChangesMembers) {
  const Command one = ChangeMembers{{{{{4}, "127.0.0.1:4414"}, MemberRole::learner}}};
  const std::string four = R"({"id":4,"address":"127.0.0.1:4414","role":"learner"})";
  EXPECT_EQ(ask("POST", "/cluster/members", four), one);
  EXPECT_EQ(ask("POST", "/cluster/members", R"({"changes":[)" + four + "]}"), one);
  const std::string both = R"({"changes":[)" + four + R"(,{"id":3.0,"role":"none"}]})";
  const Command two = ChangeMembers{
      {{{{4}, "127.0.0.1:4414"}, MemberRole::learner}, {{{3}, ""}, MemberRole::none}}};
  EXPECT_EQ(ask("POST", "/cluster/members", both), two);
  EXPECT_EQ(ask("DELETE", "/cluster/members/3"),
            Command(ChangeMembers{{{{{3}, ""}, MemberRole::none}}}));
}

TEST_F(RaftHttp, RefusesChangesThatItCannotRead) {
  for (const std::string wrong :
       {"", "{", "[]", "{}", R"({"id":4})", R"({"id":4,"role":"king","address":"a:1"})",
        R"({"id":-1,"role":"voter","address":"a:1"})", R"({"id":4,"role":"voter","address":7})",
        R"({"id":4,"role":"voter","address":"a:1","more":1})",
        R"({"id":4294967296,"role":"voter","address":"a:1"})", R"({"changes":{}})",
        R"({"changes":[{"id":4}]})"}) {
    expect_refused(ask("POST", "/cluster/members", wrong), 400, "the body must be {");
  }
  for (const std::string wrong :
       {R"({"id":4,"role":"voter"})", R"({"id":4,"role":"voter","address":"a"})",
        R"({"id":4,"role":"learner","address":"a b:1"})", R"({"id":0,"role":"none"})",
        R"({"id":4,"role":"none","address":"a:1"})", R"({"changes":[]})"}) {
    expect_refused(ask("POST", "/cluster/members", wrong), 400, R"("reason":"bad_request")");
  }
  std::string many;
  for (int id = 1; id <= 16; ++id) {
    many +=
        std::string(many.empty() ? "" : ",") + R"({"role":"none","id":)" + std::to_string(id) + "}";
  }
  expect_refused(ask("POST", "/cluster/members", R"({"changes":[)" + many + "]}"), 400, "1 to 15");
  for (const std::string id : {"0", "x", "-1", "4294967296"}) {
    expect_refused(ask("DELETE", "/cluster/members/" + id), 400, "a number from 1 on");
  }
}

TEST_F(RaftHttp, TransfersTheLead) {
  EXPECT_EQ(ask("POST", "/cluster/transfer", "{\"to\":2}"),
            Command(TransferLeadership{core::NodeId{2}}));
  for (const std::string wrong : {"", "{}", "{\"to\":\"2\"}", "{\"to\":0}", "{\"to\":2,\"a\":1}"}) {
    expect_refused(ask("POST", "/cluster/transfer", wrong), 400, R"("reason":"bad_request")");
  }
}

TEST_F(RaftHttp, TellsWhatItKnowsOfTheCluster) {
  const std::string members = R"("members":[{"id":1,"role":"voter","address":"127.0.0.1:4411"},)"
                              R"({"id":2,"role":"voter","address":"127.0.0.1:4412"},)"
                              R"({"id":3,"role":"voter","address":"127.0.0.1:4413"}]})";
  const net::HttpResponse before = ask("GET", "/cluster").error();
  EXPECT_EQ(before.status, 200u);
  EXPECT_EQ(before.content_type, "application/json");
  EXPECT_EQ(body(before), R"({"id":1,"role":"follower","term":0,"commit_index":0,"last_applied":0,)"
                          R"("last_log_index":0,)" +
                              members + "\n");
  EXPECT_EQ(before.header("Raft-Leader"), "");
  follow();
  const net::HttpResponse after = ask("GET", "/cluster").error();
  EXPECT_TRUE(body(after).starts_with(
      R"({"id":1,"role":"follower","term":7,"leader":2,"commit_index":0,"last_applied":0,)"
      R"("last_log_index":1,)"))
      << body(after);
  EXPECT_EQ(after.header("Raft-Leader"), "2");
  EXPECT_TRUE(Api().state(core_).starts_with(R"({"cluster":{"id":1,)")) << Api().state(core_);
}

TEST_F(RaftHttp, NamesTheLeaderInEveryAnswer) {
  follow();
  EXPECT_EQ(ask("GET", "/nothing").error().header("Raft-Leader"), "2");
  EXPECT_EQ(ask("PUT", "/kv/.").error().header("Raft-Leader"), "2");
  EXPECT_EQ(answer(Asked::Kind::change, Executed{kv::Stored{1}}).header("Raft-Leader"), "2");
  EXPECT_EQ(answer(Asked::Kind::change, Unknown{}).header("Raft-Leader"), "2");
}

TEST_F(RaftHttp, NamesThePathsAndMethodsThatThereAre) {
  EXPECT_EQ(ask("GET", "/kv").error().status, 404u);
  EXPECT_EQ(ask("GET", "/kv/a/b").error().status, 404u);
  const net::HttpResponse refused = ask("POST", "/kv/a").error();
  EXPECT_EQ(refused.status, 405u);
  EXPECT_EQ(refused.header("Allow"), "PUT, GET, HEAD, DELETE");
}

// ---- Answers ------------------------------------------------------------------------------------

TEST_F(RaftHttp, AnswersWithTheVersion) {
  const net::HttpResponse stored = answer(Asked::Kind::change, Executed{kv::Stored{17}});
  EXPECT_EQ(stored.status, 204u);
  EXPECT_EQ(stored.header("ETag"), "\"17\"");
  const std::string all("\0\xff", 2);
  const net::HttpResponse found =
      answer(Asked::Kind::question, Executed{kv::Found{bytes(all), 17}});
  EXPECT_EQ(found.status, 200u);
  EXPECT_EQ(found.content_type, "application/octet-stream");
  EXPECT_EQ(found.header("ETag"), "\"17\"");
  EXPECT_EQ(found.header("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(body(found), all);
}

TEST_F(RaftHttp, AKeyThatIsNotThereIsMissedByQuestionsAlone) {
  EXPECT_EQ(answer(Asked::Kind::change, Executed{kv::Missing{}}).status, 204u);
  const net::HttpResponse missing = answer(Asked::Kind::question, Executed{kv::Missing{}});
  EXPECT_EQ(missing.status, 404u);
  EXPECT_TRUE(body(missing).contains(R"("reason":"no_such_key","outcome":"not_done")"));
}

TEST_F(RaftHttp, AConflictTellsTheVersionThatThereIs) {
  const net::HttpResponse conflict = answer(Asked::Kind::change, Executed{kv::Conflict{9}});
  EXPECT_EQ(conflict.status, 412u);
  EXPECT_EQ(conflict.header("ETag"), "\"9\"");
  EXPECT_TRUE(body(conflict).contains(R"("reason":"conflict","outcome":"not_done")"));
  const net::HttpResponse absent = answer(Asked::Kind::change, Executed{kv::Conflict{0}});
  EXPECT_EQ(absent.status, 412u);
  EXPECT_EQ(absent.header("ETag"), "");
  EXPECT_EQ(answer(Asked::Kind::change, Executed{kv::TooLarge{}}).status, 413u);
  EXPECT_EQ(answer(Asked::Kind::members, Done{}).status, 204u);
}

TEST_F(RaftHttp, EveryRefusalSaysThatNothingWasDone) {
  const std::vector<std::pair<Refusal, unsigned>> all = {
      {Refusal::no_leader, 503},       {Refusal::not_carried_out, 503},
      {Refusal::too_busy, 429},        {Refusal::invalid, 400},
      {Refusal::no_room, 507},         {Refusal::session_expired, 410},
      {Refusal::sequence_is_old, 409}, {Refusal::members_change, 409},
      {Refusal::transfer_failed, 503}};
  for (const auto& [why, status] : all) {
    const net::HttpResponse refused = answer(Asked::Kind::change, Refused{why});
    EXPECT_EQ(refused.status, status);
    const bool later = status == 503 || status == 429;
    EXPECT_EQ(refused.header("Retry-After"), later ? "1" : "");
    const std::string name(wire::name_of(why));
    EXPECT_TRUE(body(refused).contains(R"("reason":")" + name + R"(","outcome":"not_done"})"))
        << body(refused);
  }
}

TEST_F(RaftHttp, AnUnknownOutcomeIsNoRefusal) {
  const net::HttpResponse unknown = answer(Asked::Kind::change, Unknown{});
  EXPECT_EQ(unknown.status, 504u);
  EXPECT_TRUE(body(unknown).contains(R"("reason":"unknown","outcome":"unknown"})"));
  EXPECT_TRUE(body(unknown).contains("may still be made"));
  EXPECT_EQ(unknown.header("Retry-After"), "");
}

TEST_F(RaftHttp, SaysWhatIsInvalidAboutEachRequest) {
  const Result invalid = Refused{Refusal::invalid};
  EXPECT_EQ(answer(Asked::Kind::removal, invalid).status, 400u);
  EXPECT_TRUE(body(answer(Asked::Kind::removal, invalid)).contains("at least one voter"));
  EXPECT_EQ(answer(Asked::Kind::transfer, invalid, 9).status, 404u);
  EXPECT_EQ(answer(Asked::Kind::transfer, invalid, 3).status, 400u);
  EXPECT_TRUE(body(answer(Asked::Kind::members, invalid)).contains("at least one voter"));
}

TEST_F(RaftHttp, KnowsWhatOfACommandItsAnswerDependsOn) {
  const auto kind = [&](const std::string& method, const std::string& path,
                        const std::string& text = "") {
    return Api().asked(*ask(method, path, text)).kind;
  };
  EXPECT_EQ(kind("PUT", "/kv/a"), Asked::Kind::change);
  EXPECT_EQ(kind("DELETE", "/kv/a"), Asked::Kind::change);
  EXPECT_EQ(kind("GET", "/kv/a"), Asked::Kind::question);
  EXPECT_EQ(kind("POST", "/sessions"), Asked::Kind::session);
  EXPECT_EQ(kind("POST", "/cluster/transfer", "{\"to\":2}"), Asked::Kind::transfer);
  EXPECT_EQ(kind("DELETE", "/cluster/members/3"), Asked::Kind::removal);
  EXPECT_EQ(Api().asked(*ask("POST", "/cluster/transfer", "{\"to\":2}")).node, core::NodeId{2});
  EXPECT_EQ(kind("POST", "/cluster/members", R"({"id":4,"role":"voter","address":"a:1"})"),
            Asked::Kind::members);
}

}  // namespace
}  // namespace raft
