#include "net/socket_writer.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <thread>

#include "net/test_node.hpp"

namespace net {
namespace {

/// A writer whose other end reads only when the test does.
class SocketWriterTest : public testing::Test {
 protected:
  SocketWriterTest() : other_((connect(), port_.accept())) { socket_.non_blocking(true); }

  void connect() { socket_.connect({boost::asio::ip::address_v4::loopback(), port_.number()}); }

  std::optional<SocketWriter::Error> write(const std::string& text) {
    writer_.queue() += text;
    return writer_.write(socket_, [this](SocketWriter::Error error) { done_ = error; });
  }

  boost::asio::io_context io_;
  boost::asio::ip::tcp::socket socket_{io_};
  TestPort port_;
  RawSocket other_;
  SocketWriter writer_;
  std::optional<SocketWriter::Error> done_;
};

const std::string large(16 << 20, 'x');  // more than the kernel keeps

TEST_F(SocketWriterTest, SaysAtOnceWhatTheKernelTakesAtOnce) {
  EXPECT_EQ(write("short"), SocketWriter::Error());
  EXPECT_TRUE(writer_.empty());
  EXPECT_EQ(other_.read(5), "short");
}

TEST_F(SocketWriterTest, LetsWhatIsQueuedMeanwhileWait) {
  EXPECT_EQ(write(large), std::nullopt);
  writer_.queue() += "later";
  EXPECT_TRUE(writer_.writing());
  EXPECT_LE(writer_.bytes(), large.size() + 5);
  EXPECT_GT(writer_.bytes(), 5u);
  std::thread reader([&] { EXPECT_EQ(other_.read(large.size()), large); });
  while (!done_) io_.run_one();
  reader.join();
  EXPECT_EQ(*done_, SocketWriter::Error());
  EXPECT_FALSE(writer_.writing());
  EXPECT_EQ(writer_.bytes(), 5u);
}

TEST_F(SocketWriterTest, IsNotStuckWhileTheOtherEndTakesBytesHoweverSlowly) {
  static constexpr std::uint32_t limit_ms = 1'000;
  EXPECT_EQ(write(large), std::nullopt);
  const auto so_long_from_now = [] {
    return std::chrono::steady_clock::now() + std::chrono::milliseconds(limit_ms);
  };
  SteadyTime later = so_long_from_now();
  while (!writer_.stuck(later, limit_ms)) later = so_long_from_now();
  const std::size_t left = writer_.bytes();
  while (writer_.bytes() == left) {
    other_.read(1 << 20);
    io_.poll_one();
  }
  EXPECT_FALSE(done_);
  EXPECT_FALSE(writer_.stuck(later, limit_ms));
}

TEST_F(SocketWriterTest, TellsOfAConnectionThatBreaks) {
  EXPECT_EQ(write(large), std::nullopt);
  {
    const RawSocket gone(std::move(other_));
  }
  while (!done_) io_.run_one();
  EXPECT_TRUE(*done_);
  EXPECT_FALSE(writer_.writing());
}

}  // namespace
}  // namespace net
