// A core on real sockets: what is said at the end, and what a node tells of itself.
#include "net/node.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <sstream>
#include <string>

#include "net/test_node.hpp"

namespace net {
namespace {

NodeOptions with_a_peer() {
  NodeOptions options;
  options.node = core::NodeId{1};
  options.peers = Listen{};
  return options;
}

TEST(Node, InMemoryForgetsEverythingAtItsEnd) {
  {
    TestNode node({});
    EXPECT_EQ(body_of(ask(node.port(), "/keep/a")), "kept");
    EXPECT_EQ(body_of(ask(node.port(), "/kept")), "a");
  }
  TestNode node({});
  EXPECT_EQ(body_of(ask(node.port(), "/kept")), "");
  EXPECT_EQ(body_of(ask(node.port(), "/load")), "gone");
}

// ---- An Api that looks at the core --------------------------------------------------------------

/// Answers ?held itself, and puts before each text what was asked and how many requests wait.
class Looking {
 public:
  using Command = toy::Ask;

  std::expected<Command, HttpResponse> command(const toy::Toy& toy, const HttpRequest& http) const {
    if (http.query == "held") return std::unexpected(text(std::to_string(toy.held())));
    return toy::Api().command(http);
  }
  toy::Verb asked(const Command& command) const { return command.verb; }
  HttpResponse response(const toy::Toy& toy, toy::Verb asked, const toy::Text& result) const {
    return text(std::string(wire::name_of(asked)) + " " + std::to_string(toy.held()) + " " +
                result.text);
  }
  std::string state(const toy::Toy&) const { return "{}"; }

 private:
  static HttpResponse text(const std::string& text) {
    return {200, "text/plain", core::Bytes(text), {}};
  }
};

class LookingNode : public testing::Test {
 protected:
  void get(std::uint64_t session, std::uint64_t request, const std::string& path,
           const std::string& query = "") {
    HttpRequest http;
    http.path = path;
    http.query = query;
    driver_.on_http({session}, {request}, http);
  }

  /// "SESSION/REQUEST TEXT" of each answer of a turn.
  std::vector<std::string> turn() {
    Outbox outbox;
    driver_.turn({}, outbox);
    std::vector<std::string> answers;
    for (const Outbox::Response& answer : outbox.responses) {
      answers.push_back(std::to_string(answer.session.value) + "/" +
                        std::to_string(answer.request.value) + " " +
                        std::string(answer.response.body.view()));
    }
    return answers;
  }

  CoreDriver<toy::Toy, Looking> driver_{toy::Toy({}, 0), Looking(), {}, Recorder()};
};

TEST_F(LookingNode, KnowsWhatEachResultAnswers) {
  get(1, 1, "/hold/a");
  get(1, 2, "/echo/b");
  get(2, 1, "/hold/c");
  EXPECT_EQ(turn(), (std::vector<std::string>{"1/2 echo 2 b"}));
  get(3, 1, "/echo", "held");
  EXPECT_EQ(turn(), (std::vector<std::string>{"3/1 2"}));
  get(3, 2, "/release");
  EXPECT_EQ(turn(),
            (std::vector<std::string>{"1/1 hold 0 a", "2/1 hold 0 c", "3/2 release 0 released"}));
}

TEST_F(LookingNode, SaysNothingToWhoeverIsGone) {
  get(1, 1, "/hold/a");
  get(2, 1, "/hold/b");
  turn();
  get(3, 1, "/release");
  driver_.on_closed({1});
  EXPECT_EQ(turn(), (std::vector<std::string>{"2/1 hold 0 b", "3/1 release 0 released"}));
}

TEST(Node, APortInUseIsNamed) {
  TestNode node({});
  NodeOptions options;
  options.http.port = node.port();
  auto second = Node<toy::Toy, toy::Api>::open({}, options, {});
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().find("port " + std::to_string(node.port()) + " of 127.0.0.1 is in use"),
            std::string::npos)
      << second.error();
}

TEST(Node, AnAddressThatIsNoneIsNamed) {
  NodeOptions options;
  options.http.address = "localhost";
  auto node = Node<toy::Toy, toy::Api>::open({}, options, {});
  ASSERT_FALSE(node);
  EXPECT_NE(node.error().find("\"localhost\" is not an IP address"), std::string::npos);
}

TEST(Node, TellsTheCoreWhenItsTimeHasCome) {
  TestNode node({});
  EXPECT_EQ(body_of(ask(node.port(), "/sleep/20")), "awake");
  EXPECT_EQ(body_of(ask(node.port(), "/sleep/0")), "awake");
}

TEST(Node, SaysThatTheOutcomeIsUnknownToThoseWhoStillWaitWhenItStops) {
  TestNode node({});
  RawSocket waiting(node.port());
  waiting.send(get("/hold/x") + get("/hold/y"));
  wait_until([&] { return metric(node.port(), "lab_requests_open") == 2; });
  node.ask_to_stop();
  for (const bool last : {false, true}) {
    const std::string response = waiting.read_response();
    EXPECT_TRUE(response.starts_with("HTTP/1.1 503")) << response;
    EXPECT_NE(response.find("Whether this was carried out is unknown."), std::string::npos);
    EXPECT_NE(response.find("Retry-After: 1\r\n"), std::string::npos);
    EXPECT_EQ(response.find("Connection: close\r\n") != std::string::npos, last);
  }
  EXPECT_EQ(waiting.read_to_end(), "");
}

TEST(Node, SaysThatNothingOfAHalfSentRequestWasCarriedOutWhenItStops) {
  TestNode node({});
  RawSocket half(node.port());
  half.send(
      "POST /keep HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n"
      "Expect: 100-continue\r\n\r\n");
  EXPECT_EQ(half.read_to("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");  // it has read so far
  node.ask_to_stop();
  const std::string response = half.read_response();
  EXPECT_TRUE(response.starts_with("HTTP/1.1 503")) << response;
  EXPECT_NE(response.find("Nothing of this request was carried out."), std::string::npos);
  EXPECT_EQ(half.read_to_end(), "");
}

TEST(Node, ClosesIdleConnectionsAtOnceWhenItStops) {
  NodeOptions options;
  options.drain_ms = 3'600'000;
  TestNode node(options);
  RawSocket idle(node.port());
  idle.send(get("/echo/x"));
  EXPECT_EQ(body_of(idle.read_response()), "x");
  node.ask_to_stop();
  EXPECT_EQ(idle.read_to_end(), "");
  EXPECT_TRUE(node.wait());
}

TEST(Node, GivesRequestsUnderWayTheTimeToDrainWhilePeersMayStillHelp) {
  NodeOptions options = with_a_peer();
  options.drain_ms = 3'600'000;
  const TestPort peer;
  TestNode node(options, {{{core::NodeId{2}, peer.address()}}});
  RawSocket waiting(node.port());
  waiting.send(get("/sleep/300"));
  wait_until([&] { return metric(node.port(), "lab_requests_open") == 1; });
  node.ask_to_stop();
  const std::string response = waiting.read_response();
  EXPECT_TRUE(response.starts_with("HTTP/1.1 200")) << response;
  EXPECT_NE(response.find("Connection: close\r\n"), std::string::npos);
}

TEST(Node, EndsDrainingWhenItsTimeIsOver) {
  NodeOptions options = with_a_peer();
  options.drain_ms = 50;
  const TestPort peer;
  TestNode node(options, {{{core::NodeId{2}, peer.address()}}});
  RawSocket waiting(node.port());
  waiting.send(get("/hold/x"));
  wait_until([&] { return metric(node.port(), "lab_requests_open") == 1; });
  node.ask_to_stop();
  EXPECT_TRUE(waiting.read_response().starts_with("HTTP/1.1 503"));
}

TEST(Node, TakesNoConnectionsOnceItStops) {
  NodeOptions options = with_a_peer();
  options.drain_ms = 3'600'000;
  const TestPort peer;
  TestNode node(options, {{{core::NodeId{2}, peer.address()}}});
  RawSocket waiting(node.port());
  waiting.send(get("/hold/x"));
  wait_until([&] { return metric(node.port(), "lab_requests_open") == 1; });
  const std::uint16_t port = node.port();
  RawSocket idle(port);
  idle.send(get("/echo/x"));
  idle.read_response();
  node.ask_to_stop();
  EXPECT_EQ(idle.read_to_end(), "");
  const TestPort same_number(64, port);  // binding it fails as long as the node listens
}

class NodeAndSignals : public testing::TestWithParam<int> {};

TEST_P(NodeAndSignals, EndsGracefully) {
  NodeOptions options;
  options.drain_ms = 50;
  TestNode node(options);
  RawSocket waiting(node.port());
  waiting.send(get("/hold/x"));
  wait_until([&] { return metric(node.port(), "lab_requests_open") == 1; });
  ::kill(::getpid(), GetParam());
  EXPECT_TRUE(waiting.read_response().starts_with("HTTP/1.1 503"));
  EXPECT_TRUE(node.wait());
}

INSTANTIATE_TEST_SUITE_P(Node, NodeAndSignals, testing::Values(SIGTERM, SIGINT));

TEST(Node, SaysThatItIsWell) {
  TestNode node({});
  EXPECT_EQ(body_of(ask(node.port(), "/health")), "{\"status\":\"ok\"}\n");
  RawSocket socket(node.port());
  socket.send(post("/health", ""));
  const std::string refused = socket.read_response();
  EXPECT_TRUE(refused.starts_with("HTTP/1.1 405")) << refused;
  EXPECT_NE(refused.find("Allow: GET, HEAD\r\n"), std::string::npos);
}

TEST(Node, ShowsItsCoreAsJson) {
  TestNode node({});
  ask(node.port(), "/keep/a%22b");
  const std::string response = ask(node.port(), "/state");
  EXPECT_NE(response.find("Content-Type: application/json\r\n"), std::string::npos);
  EXPECT_EQ(body_of(response), R"({"kept":"a\"b","held":0})");
}

TEST(Node, CountsWhatPrometheusCanRead) {
  TestNode node({});
  ask(node.port(), "/echo/x");
  ask(node.port(), "/nothing");
  RawSocket(node.port()).send("no http\r\n\r\n");
  const auto refused = [&] { return metric(node.port(), "lab_responses_total{class=\"4xx\"}"); };
  wait_until([&] { return refused() == 2; });
  const std::string response = ask(node.port(), "/metrics");
  EXPECT_NE(response.find("Content-Type: text/plain; version=0.0.4\r\n"), std::string::npos);
  std::istringstream lines(body_of(response));
  std::string described;  // by the HELP and TYPE lines before
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string first, second, name;
    words >> first >> second >> name;
    if (first == "#") {
      EXPECT_TRUE(second == "HELP" || (second == "TYPE" && name == described)) << line;
      described = name;
      continue;
    }
    EXPECT_EQ(first.substr(0, first.find('{')), described) << line;
    EXPECT_EQ(second, std::to_string(std::stoull(second))) << line;
    EXPECT_TRUE(name.empty()) << line;
  }
}

}  // namespace
}  // namespace net
