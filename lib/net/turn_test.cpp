#include "net/turn.hpp"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>

namespace net {
namespace {

void post(boost::asio::io_context& io, int count, int& done) {
  for (int i = 0; i < count; ++i) boost::asio::post(io, [&done] { ++done; });
}

TEST(Turn, TakesAllThatIsThere) {
  boost::asio::io_context io(1);
  int done = 0;
  post(io, 100, done);
  take_what_is_there(io, true);
  EXPECT_EQ(done, 100);
}

TEST(Turn, StaysShortHoweverMuchIsThere) {
  boost::asio::io_context io(1);
  int done = 0;
  post(io, 5'000, done);
  take_what_is_there(io, false);
  EXPECT_EQ(done, 1'024);
}

TEST(Turn, DoesNotWaitWhenThereIsSomethingElseToDo) {
  boost::asio::io_context io(1);
  boost::asio::steady_timer never(io, std::chrono::hours(1));
  never.async_wait([](boost::system::error_code) {});
  take_what_is_there(io, false);
}

TEST(CoreTimer, EndsTheWaitWhenTheMomentComesAndOnlyForTheLastMomentNamed) {
  boost::asio::io_context io(1);
  CoreTimer timer(io);
  const auto now = read_clocks().mono;
  timer.arm(now + std::chrono::hours(1));
  const core::Instant soon = now + std::chrono::milliseconds(20);
  timer.arm(soon);
  EXPECT_FALSE(is_due(std::nullopt));
  while (!is_due(soon)) take_what_is_there(io, true);
  EXPECT_GE(read_clocks().mono, soon);
}

}  // namespace
}  // namespace net
