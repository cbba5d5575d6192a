// A client core on real sockets: what it is told of servers that answer, that do not, and that lie.
#include "net/client.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

#include "net/test_node.hpp"
#include "net/test_trace.hpp"
#include "net/toy_client.hpp"

namespace net {
namespace {

/// A client on a thread of its own, and all that its core says, in order.
class TestClient {
 public:
  using Host = ClientHost<toy::Client, toy::ClientApi>;

  explicit TestClient(const ClientOptions& options, const std::string& record = "") {
    ClientHostOptions all;
    all.client = options;
    all.client.first_retry_ms = 1;
    all.client.last_retry_ms = 20;
    all.system = "toy";
    all.record = record;
    host_ = std::move(*Host::open({}, all, {}, [this](const toy::Text& text) { hear(text.text); }));
    host_->on_signal([this] { hear("signal"); });
    look();
    thread_ = std::thread([this] { ended_ = host_->run(); });
  }
  ~TestClient() { std::ignore = stop(); }
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;

  void call(toy::Verb verb, const std::string& text) { submit({false, {verb, text}}); }
  void give_up() { submit({true, {}}); }

  /// The next thing that the core says.
  std::string next() {
    std::unique_lock lock(mutex_);
    said_something_.wait(lock, [this] { return !said_.empty(); });
    std::string first = std::move(said_.front());
    said_.pop_front();
    return first;
  }

  std::expected<void, std::string> stop() {
    host_->stop();
    return wait();
  }
  std::expected<void, std::string> wait() {
    if (thread_.joinable()) thread_.join();
    return ended_;
  }

 private:
  void submit(toy::Task task) {
    const std::scoped_lock lock(mutex_);
    to_submit_.push_back(std::move(task));
  }

  /// On the client's thread, again and again: hands over what the test wants done.
  void look() {
    std::vector<toy::Task> tasks;
    {
      const std::scoped_lock lock(mutex_);
      tasks.swap(to_submit_);
    }
    for (toy::Task& task : tasks) host_->submit(std::move(task));
    host_->after(std::chrono::milliseconds(1), [this] { look(); });
  }

  void hear(const std::string& text) {
    const std::scoped_lock lock(mutex_);
    said_.push_back(text);
    said_something_.notify_one();
  }

  std::unique_ptr<Host> host_;
  std::thread thread_;
  std::expected<void, std::string> ended_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable said_something_;
  std::deque<std::string> said_;
  std::vector<toy::Task> to_submit_;
};

ClientOptions to(const std::vector<std::string>& servers) {
  ClientOptions options;
  options.servers = servers;
  return options;
}

std::string address_of(const TestNode& node) { return "127.0.0.1:" + std::to_string(node.port()); }

std::string answer(const std::string& text, const std::string& headers = "") {
  return "HTTP/1.1 200 OK\r\n" + headers + "Content-Length: " + std::to_string(text.size()) +
         "\r\n\r\n" + text;
}

TEST(Client, GetsAnswers) {
  TestNode node({});
  TestClient client(to({address_of(node)}));
  EXPECT_EQ(client.next(), "connected");
  client.call(toy::Verb::echo, "one");
  EXPECT_EQ(client.next(), "1: one");
  client.call(toy::Verb::echo, std::string(1 << 20, 'x'));
  EXPECT_EQ(client.next(), "2: " + std::string(1 << 20, 'x'));
}

TEST(Client, SendsARequestThatAnyServerUnderstands) {
  TestPort port;
  TestClient client(to({port.address()}));
  RawSocket server = port.accept();
  EXPECT_EQ(client.next(), "connected");
  client.call(toy::Verb::echo, "one");
  EXPECT_EQ(server.read_to("one"),
            "POST /echo HTTP/1.1\r\nHost: " + port.address() + "\r\nContent-Length: 3\r\n\r\none");
  for (const char c : answer("1")) server.send(std::string(1, c));
  EXPECT_EQ(client.next(), "1: 1");
  client.call(toy::Verb::echo, "two");
  server.read_to("two");  // on the same connection
  server.send(answer("2"));
  EXPECT_EQ(client.next(), "2: 2");
}

TEST(Client, OpensAConnectionForEachCallThatWouldWait) {
  TestNode node({});
  TestClient client(to({address_of(node)}));
  EXPECT_EQ(client.next(), "connected");
  client.call(toy::Verb::hold, "held");
  client.call(toy::Verb::echo, "meanwhile");
  EXPECT_EQ(client.next(), "2: meanwhile");
  client.call(toy::Verb::release, "");
  const std::vector<std::string> both = {client.next(), client.next()};
  EXPECT_NE(std::ranges::find(both, "1: held"), both.end());
  EXPECT_NE(std::ranges::find(both, "3: released"), both.end());
}

TEST(Client, IsToldThatACallWasRefusedIfItWasNeverSent) {
  const SilentPort nobody;
  ClientOptions options = to({nobody.address()});
  options.connect_timeout_ms = 3'600'000;
  TestClient client(options);
  client.call(toy::Verb::echo, "one");
  EXPECT_EQ(client.next(), "1: refused");
}

TEST(Client, IsToldThatTheOutcomeIsUnknownIfTheConnectionIsLost) {
  TestPort port;
  TestClient client(to({port.address()}));
  {
    RawSocket server = port.accept();
    EXPECT_EQ(client.next(), "connected");
    client.call(toy::Verb::echo, "one");
    server.read_to("one");
    server.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\non");
  }
  EXPECT_EQ(client.next(), "1: unknown");
  EXPECT_EQ(client.next(), "disconnected");
  RawSocket again = port.accept();
  EXPECT_EQ(client.next(), "connected");
  client.call(toy::Verb::echo, "two");
  again.read_to("two");
  again.send(answer("2"));
  EXPECT_EQ(client.next(), "2: 2");
}

TEST(Client, TellsUnknownFromRefusedWhenSeveralCallsWait) {
  TestPort port;
  ClientOptions options = to({port.address()});
  options.max_connections = 1;
  TestClient client(options);
  {
    RawSocket server = port.accept();
    EXPECT_EQ(client.next(), "connected");
    client.call(toy::Verb::echo, "one");
    client.call(toy::Verb::echo, "two");
    server.read_to("one");
  }
  EXPECT_EQ(client.next(), "1: unknown");
  EXPECT_EQ(client.next(), "2: refused");
  EXPECT_EQ(client.next(), "disconnected");
}

TEST(Client, RefusesCallsBeyondThoseThatMayWait) {
  TestPort port;
  ClientOptions options = to({port.address()});
  options.max_connections = 1;
  options.max_waiting = 1;
  TestClient client(options);
  RawSocket server = port.accept();
  EXPECT_EQ(client.next(), "connected");
  for (const char* text : {"one", "two", "three"}) client.call(toy::Verb::echo, text);
  EXPECT_EQ(client.next(), "3: refused");
  server.read_to("one");
  server.send(answer("1"));
  EXPECT_EQ(client.next(), "1: 1");
  server.read_to("two");
  server.send(answer("2"));
  EXPECT_EQ(client.next(), "2: 2");
}

TEST(Client, GivesUpOnACallThatIsNotAnswered) {
  TestPort port;
  ClientOptions options = to({port.address()});
  options.call_timeout_ms = 20;
  TestClient client(options);
  RawSocket server = port.accept();
  EXPECT_EQ(client.next(), "connected");
  client.call(toy::Verb::echo, "one");
  EXPECT_EQ(client.next(), "1: unknown");
  EXPECT_EQ(client.next(), "disconnected");
  server.read_to("one");
  EXPECT_EQ(server.read_to_end(), "");
}

TEST(Client, GivesUpOnAConnectThatHangsAndGoesOnToTheNextServer) {
  const SilentPort nobody;
  TestNode node({});
  ClientOptions options = to({nobody.address(), address_of(node)});
  options.connect_timeout_ms = 20;
  TestClient client(options);
  EXPECT_EQ(client.next(), "connected");
  client.call(toy::Verb::echo, "one");
  EXPECT_EQ(client.next(), "1: one");
}

TEST(Client, ConnectsAgainAndAgainUntilAServerIsThere) {
  const std::uint16_t number = TestPort().number();
  TestClient client(to({"127.0.0.1:" + std::to_string(number)}));
  client.call(toy::Verb::echo, "too early");
  EXPECT_EQ(client.next(), "1: refused");
  NodeOptions options;
  options.http.port = number;
  TestNode node(options);
  EXPECT_EQ(client.next(), "connected");
}

TEST(Client, GoesToAnotherServerWhenTheCoreGivesUpThisOne) {
  TestPort first;
  TestPort second;
  ClientOptions options = to({first.address(), second.address()});
  options.max_connections = 2;
  TestClient client(options);
  RawSocket one = first.accept();
  EXPECT_EQ(client.next(), "connected");
  for (const char* text : {"one", "two", "three"}) client.call(toy::Verb::echo, text);
  RawSocket other = first.accept();
  one.read_to("one");
  other.read_to("two");
  client.give_up();
  EXPECT_EQ(client.next(), "3: refused");
  EXPECT_EQ(client.next(), "1: unknown");
  EXPECT_EQ(client.next(), "2: unknown");
  EXPECT_EQ(client.next(), "disconnected");
  second.accept();
  EXPECT_EQ(client.next(), "connected");
}

TEST(Client, OpensANewConnectionAfterAnAnswerThatEndsTheOld) {
  TestPort port;
  TestClient client(to({port.address()}));
  RawSocket server = port.accept();
  EXPECT_EQ(client.next(), "connected");
  client.call(toy::Verb::echo, "one");
  server.read_to("one");
  server.send(answer("1", "Connection: close\r\n"));
  EXPECT_EQ(client.next(), "1: 1");
  EXPECT_EQ(client.next(), "disconnected");
  EXPECT_EQ(server.read_to_end(), "");
  port.accept();
  EXPECT_EQ(client.next(), "connected");
}

TEST(Client, FindsAConnectionForACallThoughAnotherOneFailed) {
  TestPort port;
  TestClient client(to({port.address()}));
  RawSocket first = port.accept();
  EXPECT_EQ(client.next(), "connected");
  client.call(toy::Verb::hold, "long");
  first.read_to("long");
  port.close();
  client.call(toy::Verb::echo, "two");
  std::this_thread::sleep_for(std::chrono::milliseconds(50));  // a second connection is refused
  TestPort again(64, port.number());
  RawSocket second = again.accept();
  second.read_to("two");
  second.send(answer("2"));
  EXPECT_EQ(client.next(), "2: 2");
}

struct Lie {
  const char* name;
  std::string sent;
};

class LyingServer : public testing::TestWithParam<Lie> {};

TEST_P(LyingServer, LeavesTheOutcomeUnknownAndLosesTheConnection) {
  TestPort port;
  ClientOptions options = to({port.address()});
  options.max_response_bytes = 100;
  TestClient client(options);
  RawSocket server = port.accept();
  EXPECT_EQ(client.next(), "connected");
  client.call(toy::Verb::echo, "one");
  server.read_to("one");
  server.send(GetParam().sent);
  EXPECT_EQ(client.next(), "1: unknown");
  EXPECT_EQ(client.next(), "disconnected");
  EXPECT_EQ(server.read_to_end(), "");
}

INSTANTIATE_TEST_SUITE_P(
    Client, LyingServer,
    testing::Values(Lie{"NoHttp", "SSH-2.0-OpenSSH_9.2\r\n"},
                    Lie{"AnAnswerThatIsTooLarge", answer(std::string(101, 'x'))},
                    Lie{"ALengthThatIsNone", "HTTP/1.1 200 OK\r\nContent-Length: few\r\n\r\n"},
                    Lie{"HeadersWithoutEnd", "HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x')}),
    [](const auto& test) { return test.param.name; });

TEST(Client, LosesAConnectionThatSaysWhatNobodyAsked) {
  TestPort port;
  TestClient client(to({port.address()}));
  RawSocket server = port.accept();
  EXPECT_EQ(client.next(), "connected");
  server.send(answer("unasked"));
  EXPECT_EQ(client.next(), "disconnected");
  EXPECT_EQ(server.read_to_end(), "");
}

TEST(Client, NeedsServersThatHaveAPort) {
  EXPECT_FALSE(TestClient(to({})).wait());
  EXPECT_FALSE(TestClient(to({"localhost"})).wait());
}

TEST(Client, ActsOnTheFirstSignalAndEndsAtTheSecond) {
  TestNode node({});
  TestClient client(to({address_of(node)}));
  EXPECT_EQ(client.next(), "connected");
  ::kill(::getpid(), SIGTERM);
  while (client.next() != "signal") {  // the node has got it, too
  }
  ::kill(::getpid(), SIGTERM);
  EXPECT_TRUE(client.wait());
}

TEST(Client, RecordsATraceThatItsCoreFollows) {
  const TemporaryFolder folder;
  TestNode node({});
  {
    TestClient client(to({address_of(node)}), folder / "trace");
    EXPECT_EQ(client.next(), "connected");
    client.call(toy::Verb::echo, "one");
    EXPECT_EQ(client.next(), "1: one");
  }
  expect_core_follows<toy::Client>(folder / "trace", 1);
}

}  // namespace
}  // namespace net
