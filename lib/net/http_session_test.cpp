// What a connection may send, and what it is told: over real sockets, byte by byte.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <memory>
#include <string>
#include <vector>

#include "net/test_node.hpp"

namespace net {
namespace {

TEST(HttpSession, AnswersRequestsOfOneConnectionOneAfterTheOther) {
  TestNode node({});
  RawSocket socket(node.port());
  for (const char* text : {"a", "b"}) {
    socket.send(get(std::string("/echo/") + text));
    EXPECT_TRUE(socket.read_to("\r\n\r\n").starts_with("HTTP/1.1 200 OK\r\n"));
    EXPECT_EQ(socket.read_to(text), text);
  }
}

TEST(HttpSession, KeepsTheOrderOfPipelinedRequestsThoughTheCoreAnswersThemInAnother) {
  TestNode node({});
  RawSocket socket(node.port());
  socket.send(get("/hold/first") + get("/echo/second") + get("/release") + get("/echo/last"));
  std::string all;
  for (const char* text : {"first", "second", "released", "last"}) all += socket.read_to(text);
  EXPECT_LT(all.find("first"), all.find("second"));
  EXPECT_LT(all.find("second"), all.find("released"));
}

TEST(HttpSession, AnswersWhatCameTogetherInOneTurnWithOneWrite) {
  TestNode node({});
  RawSocket socket(node.port());
  std::string all;
  for (int i = 0; i < 20; ++i) all += get("/echo/x");
  socket.send(get("/echo/first"));
  EXPECT_EQ(body_of(socket.read_response()), "first");  // so the turn of the start is over
  socket.send(get("/metrics"));
  const std::string before = socket.read_response();
  socket.send(all);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(body_of(socket.read_response()), "x");
  socket.send(get("/metrics"));
  const std::string after = socket.read_response();
  const auto grown = [&](const std::string& name) {
    return metric_in(after, name) - metric_in(before, name);
  };
  EXPECT_EQ(grown("lab_turns_total"), 1u);
  EXPECT_EQ(grown("lab_socket_writes_total"), 2u);  // and the first answer to /metrics
}

TEST(HttpSession, ClosesOrKeepsTheConnectionAsTheClientSays) {
  TestNode node({});
  RawSocket old(node.port());
  old.send("GET /echo/old HTTP/1.0\r\nHost: localhost\r\n\r\n");
  EXPECT_TRUE(old.read_to_end().ends_with("\r\n\r\nold"));
  RawSocket last(node.port());
  last.send(get("/echo/last", "Host: localhost\r\nConnection: close\r\n") + get("/echo/ignored"));
  const std::string response = last.read_to_end();
  EXPECT_NE(response.find("Connection: close\r\n"), std::string::npos);
  EXPECT_TRUE(response.ends_with("\r\n\r\nlast")) << response;
}

TEST(HttpSession, TakesABodyInChunks) {
  TestNode node({});
  RawSocket socket(node.port());
  socket.send(
      "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n");
  EXPECT_EQ(body_of(socket.read_response()), "hello world");
}

TEST(HttpSession, TellsTheCoreThatAClientHasGone) {
  TestNode node({});
  const auto held = [&] { return body_of(ask(node.port(), "/state")); };
  {
    RawSocket socket(node.port());
    socket.send(get("/hold/x"));
    wait_until([&] { return held() == R"({"kept":"","held":1})"; });
    EXPECT_EQ(metric(node.port(), "lab_requests_open"), 1u);
  }
  wait_until([&] { return held() == R"({"kept":"","held":0})"; });
  EXPECT_EQ(metric(node.port(), "lab_requests_open"), 0u);
}

TEST(HttpSession, IsClosedWhenTheCoreWantsIt) {
  TestNode node({});
  RawSocket socket(node.port());
  socket.send(get("/leave"));
  EXPECT_EQ(socket.read_to_end(), "");
}

TEST(HttpSession, AnswersUnknownPathsAndMethodsWithAProblem) {
  TestNode node({});
  RawSocket socket(node.port());
  const auto answer = [&](const std::string& request) {
    socket.send(request);
    return socket.read_response();
  };
  const std::string nothing = answer(get("/nothing/here"));
  EXPECT_TRUE(nothing.starts_with("HTTP/1.1 404 Not Found\r\n")) << nothing;
  EXPECT_NE(nothing.find("Content-Type: application/problem+json\r\n"), std::string::npos);
  EXPECT_EQ(body_of(nothing),
            "{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404,"
            "\"detail\":\"There is nothing at this path.\"}\n");
  const std::string method = answer("DELETE /echo/x HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_TRUE(method.starts_with("HTTP/1.1 405 Method Not Allowed\r\n")) << method;
  EXPECT_NE(method.find("Allow: GET, HEAD\r\n"), std::string::npos) << method;
  EXPECT_TRUE(answer(get("/echo/%zz")).starts_with("HTTP/1.1 400 Bad Request\r\n"));
  EXPECT_TRUE(answer(get("*")).starts_with("HTTP/1.1 404"));
  EXPECT_EQ(body_of(answer(get("/echo/as%20ever?and=more"))), "as ever");
}

TEST(HttpSession, ReadsNoMoreThanTheOutstandingRequestsThatItMayHave) {
  NodeOptions options;
  options.http_limits.max_outstanding = 2;
  TestNode node(options);
  RawSocket socket(node.port());
  socket.send(get("/hold/x") + get("/hold/y") + get("/echo/z"));
  std::string metrics;
  std::uint64_t asked = 0;
  wait_until([&] {
    metrics = ask(node.port(), "/metrics");
    ++asked;
    return metric_in(metrics, "lab_requests_open") == 2;
  });
  EXPECT_EQ(metric_in(metrics, "lab_requests_total"), asked + 2);
  ask(node.port(), "/release");
  for (const char* text : {"x", "y", "z"}) EXPECT_EQ(body_of(socket.read_response()), text);
}

TEST(HttpSession, TakesARequestThatComesByteByByte) {
  TestNode node({});
  RawSocket socket(node.port());
  for (const char c : post("/echo", "slow but sound")) socket.send(std::string(1, c));
  EXPECT_NE(socket.read_to("slow but sound").find("200 OK"), std::string::npos);
}

TEST(HttpSession, AnswersHeadLikeGetWithoutABody) {
  TestNode node({});
  RawSocket socket(node.port());
  socket.send("HEAD /echo/text HTTP/1.1\r\nHost: localhost\r\n\r\n" + get("/echo/next"));
  const std::string first = socket.read_to("\r\n\r\n");
  EXPECT_NE(first.find("Content-Length: 4\r\n"), std::string::npos);
  EXPECT_TRUE(socket.read_to("\r\n\r\n").starts_with("HTTP/1.1 200"));  // and not "text"
}

TEST(HttpSession, AsksForTheBodyOfWhoeverWaitsToBeAsked) {
  TestNode node({});
  RawSocket socket(node.port());
  socket.send(
      "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nExpect: "
      "100-continue\r\n\r\n");
  EXPECT_EQ(socket.read_to("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  socket.send("ok");
  EXPECT_NE(socket.read_to("\r\n\r\nok").find("200 OK"), std::string::npos);
}

struct Refusal {
  const char* name;
  std::string sent;
  const char* status;
};

class Refused : public testing::TestWithParam<Refusal> {
 protected:
  Refused() {
    options_.http_limits.max_header_bytes = 512;
    options_.http_limits.max_body_bytes = 100;
  }

  NodeOptions options_;
};

TEST_P(Refused, WithAProblemAndAClosedConnection) {
  TestNode node(options_);
  RawSocket socket(node.port());
  socket.send(GetParam().sent);
  const std::string response = socket.read_to_end();
  EXPECT_TRUE(response.starts_with(std::string("HTTP/1.1 ") + GetParam().status)) << response;
  EXPECT_NE(response.find("application/problem+json"), std::string::npos);
  EXPECT_NE(response.find("Connection: close"), std::string::npos);
  EXPECT_EQ(body_of(ask(node.port(), "/echo/alive")), "alive");
}

TEST_P(Refused, AfterTheAnswersToTheRequestsBefore) {
  TestNode node(options_);
  RawSocket socket(node.port());
  socket.send(get("/hold/first") + GetParam().sent);
  wait_until([&] { return metric(node.port(), "lab_requests_open") == 1; });
  ask(node.port(), "/release");
  EXPECT_EQ(body_of(socket.read_response()), "first");
  const std::string response = socket.read_to_end();
  EXPECT_TRUE(response.starts_with(std::string("HTTP/1.1 ") + GetParam().status)) << response;
}

INSTANTIATE_TEST_SUITE_P(
    HttpSession, Refused,
    testing::Values(
        Refusal{"NoHttp", "\x16\x03\x01 hello\r\n\r\n", "400"},
        Refusal{"BodyTooLarge", post("/echo", std::string(101, 'x')), "413"},
        Refusal{"ABodyThatClaimsToBeHuge",
                "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999\r\n\r\n",
                "413"},
        Refusal{"LengthThatIsNoNumber",
                "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: ten\r\n\r\n", "400"},
        Refusal{"LengthAndChunks",
                "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n"
                "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "400"},
        Refusal{"TwoLengths",
                "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nContent-Length: "
                "4\r\n\r\nabc",
                "400"},
        Refusal{"NoNumberOfChunk",
                "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                "many\r\n",
                "400"},
        Refusal{"ChunksTooLarge",
                "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                "ffffffff\r\n",
                "413"},
        Refusal{"AnotherTransferEncoding",
                "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n"
                "GET /echo/smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "501"},
        Refusal{"AHeaderWithoutAColon", get("/echo/x", "Host: localhost\r\nwhat is this\r\n"),
                "400"},
        Refusal{"ARequestLineWithoutEnd", "GET /" + std::string(600, 'x'), "431"},
        Refusal{"HeaderTooLarge",
                get("/echo/x", "Host: localhost\r\nX: " + std::string(600, 'x') + "\r\n"), "431"},
        Refusal{"AnotherExpectation",
                "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nExpect: a "
                "miracle\r\n\r\n",
                "417"},
        Refusal{"NewVersion", "GET /echo/x HTTP/2.0\r\nHost: localhost\r\n\r\n", "505"},
        Refusal{"OldVersion", "GET /echo/x HTTP/0.9\r\nHost: localhost\r\n\r\n", "505"}),
    [](const auto& test) { return test.param.name; });

TEST(HttpSession, GivesUpOnAHeaderThatDoesNotEnd) {
  NodeOptions options;
  options.http_limits.header_timeout_ms = 50;
  TestNode node(options);
  RawSocket socket(node.port());
  socket.send("GET /echo/x HTTP/1.1\r\nHost: loc");
  EXPECT_TRUE(socket.read_to_end().starts_with("HTTP/1.1 408"));
}

TEST(HttpSession, GivesUpOnABodyThatDoesNotEnd) {
  NodeOptions options;
  options.http_limits.body_timeout_ms = 50;
  TestNode node(options);
  RawSocket socket(node.port());
  socket.send("POST /keep HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf");
  EXPECT_TRUE(socket.read_to_end().starts_with("HTTP/1.1 408"));
  EXPECT_EQ(body_of(ask(node.port(), "/kept")), "");
}

TEST(HttpSession, ClosesAnIdleConnection) {
  NodeOptions options;
  options.http_limits.idle_timeout_ms = 50;
  TestNode node(options);
  RawSocket socket(node.port());
  EXPECT_EQ(socket.read_to_end(), "");
}

TEST(HttpSession, ClosesAConnectionThatTakesNoBytes) {
  NodeOptions options;
  options.http_limits.write_timeout_ms = 100;
  options.http_limits.max_body_bytes = 16 << 20;
  TestNode node(options);
  RawSocket greedy(node.port());
  greedy.send(post("/echo", std::string(16 << 20, 'x')));  // and never reads the answer
  wait_until([&] { return metric(node.port(), "lab_connections_open") == 1; });
}

TEST(HttpSession, ReadsNothingMoreFromAClientThatIsBehindAndTellsTheCore) {
  NodeOptions options;
  options.http_limits.max_body_bytes = 16 << 20;
  options.http_limits.send_high_bytes = 1 << 20;
  options.http_limits.send_low_bytes = 1 << 19;
  TestNode node(options);
  RawSocket slow(node.port());
  const std::string large(16 << 20, 'x');  // more than the kernel keeps for a client
  slow.send(post("/echo", large));
  const auto backlogs = [&] { return body_of(ask(node.port(), "/backlogs")); };
  wait_until([&] { return backlogs() == "full "; });
  const std::uint64_t requests = metric(node.port(), "lab_requests_total");
  slow.send(get("/echo/later"));
  EXPECT_EQ(metric(node.port(), "lab_requests_total"), requests + 1);  // the one that asks
  EXPECT_EQ(body_of(slow.read_response()), large);
  EXPECT_EQ(body_of(slow.read_response()), "later");
  EXPECT_EQ(backlogs(), "full free ");
}

TEST(HttpSession, ClosesAConnectionWhoseAnswersAreMoreThanItMayKeepWaiting) {
  NodeOptions options;
  options.http_limits.send_cap_bytes = 2 << 20;
  TestNode node(options);
  RawSocket greedy(node.port());
  for (int i = 0; i < 32; ++i) greedy.send(post("/hold", std::string(1 << 20, 'x')));
  wait_until([&] { return metric(node.port(), "lab_requests_open") == 32; });
  ask(node.port(), "/release");
  EXPECT_LT(greedy.read_to_end().size(), 32u << 20);
  wait_until([&] { return metric(node.port(), "lab_connections_open") == 1; });
}

TEST(HttpSession, TurnsConnectionsBeyondTheLimitAway) {
  NodeOptions options;
  options.http_limits.max_connections = 1;
  TestNode node(options);
  RawSocket first(node.port());
  first.send(get("/echo/in"));
  first.read_to("in");
  RawSocket second(node.port());
  EXPECT_TRUE(second.read_to_end().starts_with("HTTP/1.1 503"));
  first.send(get("/echo/still"));
  EXPECT_NE(first.read_to("still").find("200 OK"), std::string::npos);
}

TEST(HttpSession, ClosesTooManyOfThoseTurnedAwayWithoutAWord) {
  NodeOptions options;
  options.http_limits.max_connections = 1;
  options.http_limits.linger_timeout_ms = 3'600'000;
  TestNode node(options);
  std::vector<std::unique_ptr<RawSocket>> all;
  for (int i = 0; i < 1 + 64; ++i) all.push_back(std::make_unique<RawSocket>(node.port()));
  EXPECT_TRUE(all.back()->read_to("\r\n").starts_with("HTTP/1.1 503"));
  EXPECT_EQ(RawSocket(node.port()).read_to_end(), "");
}

/// While it lives the process can open one more file and no other.
class FewFiles {
 public:
  FewFiles() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    open_one();
    rlimit limit = before_;
    limit.rlim_cur = static_cast<rlim_t>(files_.back()) + 8;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    while (open_one()) {
    }
    ::close(files_.back());
    files_.pop_back();
  }
  ~FewFiles() { end(); }
  FewFiles(const FewFiles&) = delete;
  FewFiles& operator=(const FewFiles&) = delete;

  void end() {
    for (const int file : std::exchange(files_, {})) ::close(file);
    ::setrlimit(RLIMIT_NOFILE, &before_);
  }

 private:
  bool open_one() {
    const int file = ::open("/dev/null", O_RDONLY);
    if (file >= 0) files_.push_back(file);
    return file >= 0;
  }

  rlimit before_{};
  std::vector<int> files_;
};

TEST(HttpSession, TakesConnectionsAgainAfterTheProcessRanOutOfFiles) {
  TestNode node({});
  RawSocket first(node.port());
  first.send(get("/echo/open"));
  EXPECT_EQ(body_of(first.read_response()), "open");
  FewFiles few;
  RawSocket second(node.port());  // takes the last file: the node has none to accept it with
  second.send(get("/echo/at-last"));
  EXPECT_FALSE(second.has_news(200));
  first.send(get("/echo/still"));
  EXPECT_EQ(body_of(first.read_response()), "still");
  few.end();
  EXPECT_EQ(body_of(second.read_response()), "at-last");
}

TEST(RequestGuard, KeepsPagesOfOtherSitesOut) {
  TestNode node({});
  const auto status = [&](const std::string& headers) {
    RawSocket socket(node.port());
    socket.send(get("/echo/x", headers + "Connection: close\r\n"));
    return socket.read_to_end().substr(9, 3);
  };
  EXPECT_EQ(status("Host: localhost:4100\r\n"), "200");
  EXPECT_EQ(status("Host: [::1]:4100\r\n"), "200");
  EXPECT_EQ(status("Host: LOCALHOST\r\n"), "200");
  EXPECT_EQ(status("Host: localhost\r\nOrigin: http://localhost:3000\r\n"), "200");
  EXPECT_EQ(status("Host: evil.example\r\n"), "421");
  EXPECT_EQ(status("Host: localhost.evil.example\r\n"), "421");
  EXPECT_EQ(status("Host: localhost\r\nOrigin: http://evil.example\r\n"), "403");
  EXPECT_EQ(status("Host: localhost\r\nOrigin: null\r\n"), "403");
  EXPECT_EQ(status(""), "400");
  EXPECT_EQ(status("Host: localhost\r\nHost: localhost\r\n"), "400");
}

TEST(RequestGuard, LetsInWhoWasNamed) {
  NodeOptions options;
  options.allowed_hosts = {"broker"};
  TestNode node(options);
  RawSocket socket(node.port());
  socket.send(get("/echo/x", "Host: broker:4100\r\nConnection: close\r\n"));
  EXPECT_TRUE(socket.read_to_end().starts_with("HTTP/1.1 200"));
}

}  // namespace
}  // namespace net
