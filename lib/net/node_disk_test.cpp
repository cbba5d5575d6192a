// A core on a disk, a real one and one that fails when it is told to.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <string>

#include "disk/test_support.hpp"
#include "net/test_node.hpp"

namespace net {
namespace {

class NodeInFolder : public testing::Test {
 protected:
  NodeInFolder() { options_.data_dir = folder_ / "data"; }

  TemporaryFolder folder_;
  NodeOptions options_;
};

TEST_F(NodeInFolder, HasWhatWasAnsweredAfterARestart) {
  {
    TestNode node(options_);
    EXPECT_EQ(body_of(ask(node.port(), "/keep/a")), "kept");
    EXPECT_EQ(body_of(ask(node.port(), "/keep/b")), "kept");
  }
  TestNode node(options_);
  EXPECT_EQ(body_of(ask(node.port(), "/kept")), "ab");
  EXPECT_EQ(body_of(ask(node.port(), "/keep/c")), "kept");
  EXPECT_EQ(body_of(ask(node.port(), "/load")), "abc");
}

TEST_F(NodeInFolder, WaitsForADiskThatIsMadeSlow) {
  options_.sync_us = 200'000;
  TestNode node(options_);
  const auto asked = std::chrono::steady_clock::now();
  EXPECT_EQ(body_of(ask(node.port(), "/keep/a")), "kept");
  EXPECT_GE(std::chrono::steady_clock::now() - asked, std::chrono::milliseconds(200));
}

TEST_F(NodeInFolder, RefusesAFolderInUseWithAWord) {
  TestNode node(options_);
  auto second = Node<toy::Toy, toy::Api>::open({}, options_, {});
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().find("process"), std::string::npos) << second.error();
}

TEST_F(NodeInFolder, RefusesAFolderWhoseRecordsAreOfAnotherSystem) {
  {
    auto files = disk::PosixFileSystem::open(options_.data_dir);
    ASSERT_TRUE(files);
    auto opened = disk::Store::open(**files, {});
    ASSERT_TRUE(opened);
    const disk::RawWrite write = disk::test::log_write(1);
    ASSERT_TRUE(opened->store.append({&write, 1}));
    ASSERT_TRUE(opened->store.sync());
  }
  auto node = Node<toy::Toy, toy::Api>::open({}, options_, {});
  ASSERT_FALSE(node);
  EXPECT_FALSE(node.error().empty());
}

/// A disk whose syncs wait for the test, or fail.
class NodeOnSlowDisk : public testing::Test {
 protected:
  NodeOnSlowDisk() {
    options_.files = std::make_shared<disk::test::FaultyFileSystem>(
        memory_, [this](std::string_view call, std::uint64_t) { return judge(call); });
    options_.full_disk_retry_ms = 10;
  }

  std::optional<disk::IoErrorKind> judge(std::string_view call) {
    if (call == "sync") {
      ++syncs_;
      slow_.wait(true);
      if (broken_) return disk::IoErrorKind::io;
    }
    if (call == "create" && full_) return disk::IoErrorKind::no_space;
    return std::nullopt;
  }

  void let_go() {
    slow_ = false;
    slow_.notify_all();
  }

  disk::MemoryDisk disk_;
  disk::MemoryFileSystem memory_{disk_};
  std::atomic<bool> slow_ = false;
  std::atomic<bool> broken_ = false;
  std::atomic<bool> full_ = false;
  std::atomic<int> syncs_ = 0;
  NodeOptions options_;
};

TEST_F(NodeOnSlowDisk, MakesAllThatWaitsDurableWithOneSync) {
  TestNode node(options_);
  slow_ = true;
  syncs_ = 0;
  RawSocket first(node.port());
  first.send(get("/keep/x"));
  wait_until([&] { return syncs_ == 1; });
  RawSocket others(node.port());
  for (int i = 0; i < 30; ++i) others.send(get("/keep/x"));
  wait_until([&] { return metric(node.port(), "lab_requests_open") == 31; });
  let_go();
  EXPECT_EQ(body_of(first.read_response()), "kept");
  for (int i = 0; i < 30; ++i) EXPECT_EQ(body_of(others.read_response()), "kept");
  EXPECT_EQ(syncs_, 2);
  EXPECT_EQ(metric(node.port(), "lab_disk_writes_total"), 31u);
  EXPECT_EQ(metric(node.port(), "lab_disk_syncs_total"), 2u);
}

TEST_F(NodeOnSlowDisk, AnswersNothingBeforeItIsDurable) {
  TestNode node(options_);
  slow_ = true;
  RawSocket waiting(node.port());
  waiting.send(get("/keep/x"));
  wait_until([&] { return metric(node.port(), "lab_requests_open") == 1; });
  EXPECT_FALSE(waiting.has_news(50));
  let_go();
  EXPECT_EQ(body_of(waiting.read_response()), "kept");
}

TEST_F(NodeOnSlowDisk, ReadsNoMoreRequestsWhileTooMuchWaitsForTheDisk) {
  options_.max_unsynced_bytes = 1'000;
  TestNode node(options_);
  RawSocket other(node.port());
  slow_ = true;
  syncs_ = 0;
  RawSocket waiting(node.port());
  waiting.send(post("/keep", std::string(1'001, 'x')));
  wait_until([&] { return syncs_ > 0; });
  other.send(get("/echo/later"));
  EXPECT_FALSE(other.has_news(100));
  let_go();
  EXPECT_EQ(body_of(waiting.read_response()), "kept");
  EXPECT_EQ(body_of(other.read_response()), "later");
}

TEST_F(NodeOnSlowDisk, AnswersWhatIsOnItsWayToTheDiskBeforeItStops) {
  options_.drain_ms = 3'600'000;
  TestNode node(options_);
  slow_ = true;
  RawSocket waiting(node.port());
  waiting.send(get("/keep/x"));
  wait_until([&] { return metric(node.port(), "lab_requests_open") == 1; });
  RawSocket idle(node.port());
  idle.send(get("/echo/x"));
  idle.read_response();
  node.ask_to_stop();
  EXPECT_EQ(idle.read_to_end(), "");  // so it is stopping
  let_go();
  EXPECT_EQ(body_of(waiting.read_response()), "kept");
}

TEST_F(NodeOnSlowDisk, StopsWhenASyncFailsAndSaysThatTheOutcomeIsUnknown) {
  options_.drain_ms = 50;
  TestNode node(options_);
  EXPECT_EQ(body_of(ask(node.port(), "/keep/a")), "kept");
  RawSocket half(node.port());
  half.send(
      "POST /keep HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n"
      "Expect: 100-continue\r\n\r\n");
  EXPECT_EQ(half.read_to("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  broken_ = true;
  const std::string response = ask(node.port(), "/keep/b");
  EXPECT_TRUE(response.starts_with("HTTP/1.1 503")) << response;
  EXPECT_NE(response.find("The disk failed. Whether this was carried out is unknown."),
            std::string::npos);
  EXPECT_TRUE(half.read_response().starts_with("HTTP/1.1 503"));
  const auto ended = node.wait();
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error(), "the disk failed, and the node stopped: sync failed by the test");
}

TEST_F(NodeOnSlowDisk, TellsTheCoreWhenTheDiskIsFullAndWhenItHasRoomAgain) {
  options_.http_limits.max_body_bytes = 4 << 20;
  TestNode node(options_);
  EXPECT_EQ(body_of(ask(node.port(), "/room")), "room");
  // The first segment fills up and the spare one is taken: a new one would have to be set aside.
  const auto keep = [&] {
    RawSocket socket(node.port());
    socket.send(post("/keep", std::string(4 << 20, 'x')));
    EXPECT_EQ(body_of(socket.read_response()), "kept");
  };
  for (int i = 0; i < 3; ++i) keep();
  full_ = true;
  keep();
  wait_until([&] { return body_of(ask(node.port(), "/room")) == "full"; });
  full_ = false;
  wait_until([&] { return body_of(ask(node.port(), "/room")) == "room"; });
  keep();
}

}  // namespace
}  // namespace net
