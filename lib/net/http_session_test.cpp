// What a connection may send, and what it is told: over real sockets, byte by byte.
#include <gtest/gtest.h>

#include <string>

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

TEST(HttpSession, ReadsNoMoreThanTheOutstandingRequestsThatItMayHave) {
  NodeOptions options;
  options.http_limits.max_outstanding = 2;
  TestNode node(options);
  RawSocket socket(node.port());
  socket.send(get("/hold/x") + get("/hold/y") + get("/echo/never-reached-before-the-release"));
  // The third request is not read, so it cannot have been answered; another connection releases the
  // others.
  while (ask(node.port(), "/metrics").find("lab_requests_open 2") == std::string::npos) {
  }
  ask(node.port(), "/release");
  EXPECT_NE(socket.read_to("never-reached-before-the-release").find("200 OK"), std::string::npos);
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

class Refused : public testing::TestWithParam<Refusal> {};

TEST_P(Refused, WithAProblemAndAClosedConnection) {
  NodeOptions options;
  options.http_limits.max_header_bytes = 512;
  options.http_limits.max_body_bytes = 100;
  TestNode node(options);
  RawSocket socket(node.port());
  socket.send(GetParam().sent);
  const std::string response = socket.read_to_end();
  EXPECT_TRUE(response.starts_with(std::string("HTTP/1.1 ") + GetParam().status)) << response;
  EXPECT_NE(response.find("application/problem+json"), std::string::npos);
  EXPECT_NE(response.find("Connection: close"), std::string::npos);
  EXPECT_EQ(body_of(ask(node.port(), "/echo/alive")), "alive");
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
        Refusal{"HeaderTooLarge",
                get("/echo/x", "Host: localhost\r\nX: " + std::string(600, 'x') + "\r\n"), "431"},
        Refusal{"AnotherExpectation",
                "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nExpect: a "
                "miracle\r\n\r\n",
                "417"},
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
  while (ask(node.port(), "/metrics").find("lab_connections_open 1\n") == std::string::npos) {
  }
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
