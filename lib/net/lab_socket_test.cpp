// A node's socket for orders, and what may come to it.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "net/test_node.hpp"

namespace net {
namespace {

namespace fs = std::filesystem;

class LabSocketTest : public testing::Test {
 protected:
  LabSocketTest() {
    options_.data_dir = folder_ / "data";
    options_.lab = true;
  }

  std::string path() const { return options_.data_dir + "/control"; }

  std::string answer(const std::string& order) const {
    RawSocket socket(path());
    socket.send(order + "\n");
    return socket.read_to("\n");
  }

  std::string refusal() const {
    auto node = Node<toy::Toy, toy::Api>::open({}, options_, {});
    return node ? "" : node.error();
  }

  TemporaryFolder folder_;
  NodeOptions options_;
};

TEST_F(LabSocketTest, AnswersEachLineWithALine) {
  TestNode node(options_);
  EXPECT_EQ(answer("block 3,4"), "ok\n");
  RawSocket socket(path());
  socket.send("fau");
  socket.send("lts\ndelay 2 150\nnonsense\nfaults\n");
  EXPECT_EQ(socket.read_to("\n"), "ok block 3,4\n");
  EXPECT_EQ(socket.read_to("\n"), "ok\n");
  EXPECT_TRUE(socket.read_to("\n").starts_with("error: "));
  EXPECT_EQ(socket.read_to("\n"), "ok block 3,4; delay 2 150\n");
}

TEST_F(LabSocketTest, IsOpenedOnlyWhenItIsAskedFor) {
  options_.lab = false;
  TestNode node(options_);
  EXPECT_TRUE(fs::exists(options_.data_dir + "/identity"));
  EXPECT_FALSE(fs::exists(path()));
}

TEST_F(LabSocketTest, IsForItsOwnerAlone) {
  const mode_t before = ::umask(0);
  TestNode node(options_);
  ::umask(before);
  EXPECT_EQ(fs::status(path()).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(LabSocketTest, GoesAwayWithItsNodeAndTheFaultsWithIt) {
  {
    TestNode node(options_);
    EXPECT_EQ(answer("block 2"), "ok\n");
  }
  EXPECT_FALSE(fs::exists(path()));
  TestNode node(options_);
  EXPECT_EQ(answer("faults"), "ok\n");
}

TEST_F(LabSocketTest, ReplacesWhatAKilledNodeHasLeft) {
  fs::create_directories(options_.data_dir);
  {
    const int left = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path().copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(left, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ::close(left);
  }
  ASSERT_TRUE(fs::is_socket(path()));
  TestNode node(options_);
  EXPECT_EQ(answer("faults"), "ok\n");
}

TEST_F(LabSocketTest, LeavesAloneWhatIsNoSocketAndSaysSo) {
  fs::create_directories(options_.data_dir);
  std::ofstream(path()) << "precious";
  EXPECT_NE(refusal().find(path()), std::string::npos) << refusal();
  EXPECT_TRUE(fs::is_regular_file(path()));
}

TEST_F(LabSocketTest, NeedsADataFolder) {
  options_.data_dir.clear();
  EXPECT_NE(refusal().find("--data-dir"), std::string::npos) << refusal();
}

TEST_F(LabSocketTest, NamesAPathThatIsTooLong) {
  options_.data_dir = folder_ / std::string(120, 'x');
  EXPECT_NE(refusal().find("shorter path"), std::string::npos) << refusal();
}

TEST_F(LabSocketTest, TakesALongPathThatIsShortFromWhereTheNodeWasStarted) {
  const std::string deep = folder_ / std::string(120, 'x');
  options_.data_dir = deep + "/data";
  fs::create_directories(deep);
  const fs::path before = fs::current_path();
  fs::current_path(deep);
  {
    TestNode node(options_);
    RawSocket socket(std::string("data/control"));
    socket.send("faults\n");
    EXPECT_EQ(socket.read_to("\n"), "ok\n");
  }
  fs::current_path(before);
}

TEST_F(LabSocketTest, ClosesALineThatDoesNotEnd) {
  options_.lab_limits.idle_timeout_ms = 3'600'000;
  TestNode node(options_);
  RawSocket socket(path());
  socket.send(std::string(100'000, 'x'));
  EXPECT_TRUE(socket.read_to_end().starts_with("error: "));
  EXPECT_EQ(answer("faults"), "ok\n");
}

TEST_F(LabSocketTest, ClosesAConnectionThatSaysNothing) {
  options_.lab_limits.idle_timeout_ms = 50;
  TestNode node(options_);
  RawSocket socket(path());
  socket.send("faults\nhal");
  EXPECT_EQ(socket.read_to_end(), "ok\n");
}

TEST_F(LabSocketTest, ClosesWhoTakesNoAnswers) {
  options_.lab_limits.idle_timeout_ms = 50;
  TestNode node(options_);
  RawSocket socket(path());
  std::string orders;
  for (int i = 0; i < 100'000; ++i) orders += "faults\n";
  socket.send(orders);  // returns once the node has closed it
  EXPECT_EQ(answer("faults"), "ok\n");
}

TEST_F(LabSocketTest, TakesNoMoreConnectionsThanItMay) {
  options_.lab_limits.max_connections = 2;
  options_.lab_limits.idle_timeout_ms = 3'600'000;
  TestNode node(options_);
  std::vector<RawSocket> callers;
  for (int i = 0; i < 2; ++i) {
    callers.emplace_back(path()).send("faults\n");
    EXPECT_EQ(callers.back().read_to("\n"), "ok\n");
  }
  EXPECT_EQ(RawSocket(path()).read_to_end(), "");
  callers.front().send("faults\n");
  EXPECT_EQ(callers.front().read_to("\n"), "ok\n");
}

}  // namespace
}  // namespace net
