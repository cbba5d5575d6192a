// Answers as servers write them: with a length, in chunks, or without a body.
#include "rig/http.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>

#include "rig/wrong.hpp"

namespace bench {
namespace {

/// A server that says what it is told to, in one thread with its client.
class BenchRigHttp : public testing::Test {
 protected:
  void SetUp() override {
    const sockaddr_in any = loopback(0);
    ASSERT_EQ(::bind(listening_, reinterpret_cast<const sockaddr*>(&any), sizeof any), 0);
    ASSERT_EQ(::listen(listening_, 1), 0);
  }
  void TearDown() override { ::close(listening_); }

  /// The client, whose next answers are these.
  std::unique_ptr<HttpConnection> told(std::string_view answers) {
    sockaddr_in address{};
    socklen_t length = sizeof address;
    ::getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &length);
    auto connection = std::make_unique<HttpConnection>(ntohs(address.sin_port));
    const int accepted = ::accept(listening_, nullptr, nullptr);
    ::send(accepted, answers.data(), answers.size(), MSG_NOSIGNAL);
    ::shutdown(accepted, SHUT_WR);
    ::close(accepted);
    return connection;
  }

  int listening_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
};

TEST_F(BenchRigHttp, ReadsEachAnswerToItsEndAndNoFurther) {
  const auto connection = told(
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
      "HTTP/1.1 503 Unavailable\r\nTransfer-Encoding: chunked\r\n\r\n"
      "4\r\nno l\r\n10\r\neader at present\r\n0\r\n\r\n"
      "HTTP/1.1 204 No Content\r\n\r\n");
  HttpConnection::Answer answer = connection->receive();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "hello");
  answer = connection->receive();
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.body, "no leader at present");
  answer = connection->receive();
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.body, "");
}

TEST_F(BenchRigHttp, TakesNothingElseForAnAnswer) {
  for (const char* said : {"", "HTTP/1.1 20", "SSH-2.0-OpenSSH\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhello\r\n"}) {
    const auto connection = told(said);
    EXPECT_THROW(connection->receive(), Wrong) << said;
  }
}

}  // namespace
}  // namespace bench
