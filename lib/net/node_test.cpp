// A core on real sockets and a real disk: what survives, what is said at the end, what is recorded.
#include "net/node.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>

#include "disk/memory_file_system.hpp"
#include "disk/test_support.hpp"
#include "net/test_node.hpp"

namespace net {
namespace {

/// A folder that goes away with the test.
class NodeOnDisk : public testing::Test {
 protected:
  NodeOnDisk()
      : folder_(std::filesystem::temp_directory_path() /
                ("net-test-" + std::to_string(::getpid()) + "-" +
                 testing::UnitTest::GetInstance()->current_test_info()->name())) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    options_.data_dir = (folder_ / "data").string();
  }
  ~NodeOnDisk() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_;
  NodeOptions options_;
};

TEST_F(NodeOnDisk, WhatWasAnsweredIsThereAfterARestart) {
  {
    TestNode node(options_);
    EXPECT_EQ(body_of(ask(node.port(), "/keep/a")), "kept");
    EXPECT_EQ(body_of(ask(node.port(), "/keep/b")), "kept");
  }
  TestNode node(options_);
  EXPECT_EQ(body_of(ask(node.port(), "/kept")), "ab");
  EXPECT_EQ(body_of(ask(node.port(), "/state")), "{\"kept\":\"ab\"}");
}

TEST_F(NodeOnDisk, ManyThatWaitShareOneSync) {
  TestNode node(options_);
  RawSocket socket(node.port());
  std::string all;
  for (int i = 0; i < 32; ++i) all += get("/keep/x");
  socket.send(all);
  for (int i = 0; i < 32; ++i) socket.read_to("\r\n\r\nkept");
  const std::string metrics = ask(node.port(), "/metrics");
  EXPECT_NE(metrics.find("lab_disk_writes_total 32\n"), std::string::npos);
  EXPECT_EQ(metrics.find("lab_disk_syncs_total 32\n"), std::string::npos) << metrics;
}

TEST_F(NodeOnDisk, AFolderInUseIsRefusedWithAWord) {
  TestNode node(options_);
  auto second = Node<toy::Toy, toy::Api>::open({}, options_, {});
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().find("process"), std::string::npos) << second.error();
}

TEST_F(NodeOnDisk, ATraceHoldsEveryStepAndGoesOnAfterARestart) {
  options_.record = (folder_ / "trace").string();
  options_.seed = 7;
  for (int run = 0; run < 2; ++run) {
    TestNode node(options_);
    ask(node.port(), "/keep/a");
  }
  std::ifstream file(options_.record, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), {});
  wire::TraceReader reader;
  reader.feed(bytes);
  std::string kept;
  int headers = 0;
  std::optional<toy::Toy> core;
  toy::Toy::Ready ready;
  for (auto record = reader.next(); record && *record; record = reader.next()) {
    if ((*record)->kind == wire::TraceKind::header) {
      ++headers;
      core.emplace(toy::Setup{}, wire::decode<wire::TraceHeader>((*record)->payload)->seed);
    } else if ((*record)->kind == wire::TraceKind::step) {
      const auto step = wire::decode<wire::TraceStep<toy::Toy::Input>>((*record)->payload);
      ASSERT_TRUE(step);
      core->step(step->now, step->input, ready);
    } else {
      EXPECT_EQ(wire::encode(std::exchange(ready, {})), (*record)->payload.view());
    }
  }
  EXPECT_TRUE(reader.finish());
  EXPECT_EQ(headers, 2);
  EXPECT_EQ(core->kept(), "aa");
}

TEST(Node, InMemoryForgetsEverythingAtItsEnd) {
  {
    TestNode node({});
    EXPECT_EQ(body_of(ask(node.port(), "/keep/a")), "kept");
    EXPECT_EQ(body_of(ask(node.port(), "/kept")), "a");
  }
  TestNode node({});
  EXPECT_EQ(body_of(ask(node.port(), "/kept")), "");
}

TEST(Node, APortInUseIsNamed) {
  TestNode node({});
  NodeOptions options;
  options.http.port = node.port();
  auto second = Node<toy::Toy, toy::Api>::open({}, options, {});
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().find(std::to_string(node.port())), std::string::npos);
}

TEST(Node, AnswersThoseWhoWaitWhenItStops) {
  TestNode node({});
  RawSocket waiting(node.port());
  waiting.send(get("/hold/x"));
  while (ask(node.port(), "/metrics").find("lab_requests_open 1") == std::string::npos) {
  }
  EXPECT_TRUE(node.stop());
  const std::string response = waiting.read_to_end();
  EXPECT_TRUE(response.starts_with("HTTP/1.1 503")) << response;
  EXPECT_NE(response.find("unknown"), std::string::npos);
}

TEST(Node, StopsWhenASyncFailsAndSaysThatTheOutcomeIsUnknown) {
  std::atomic<bool> broken = false;
  disk::MemoryDisk disk;
  disk::MemoryFileSystem below(disk);
  NodeOptions options;
  options.files = std::make_shared<disk::test::FaultyFileSystem>(
      below, [&](std::string_view call, std::uint64_t) -> std::optional<disk::IoErrorKind> {
        if (broken && call == "sync") return disk::IoErrorKind::io;
        return std::nullopt;
      });
  TestNode node(options);
  EXPECT_EQ(body_of(ask(node.port(), "/keep/a")), "kept");
  broken = true;
  const std::string response = ask(node.port(), "/keep/b");
  EXPECT_TRUE(response.starts_with("HTTP/1.1 503")) << response;
  EXPECT_NE(response.find("unknown"), std::string::npos);
  const auto ended = node.wait();
  ASSERT_FALSE(ended);
  EXPECT_NE(ended.error().find("failed by the test"), std::string::npos) << ended.error();
}

TEST(Node, SaysThatItIsWell) {
  TestNode node({});
  EXPECT_EQ(body_of(ask(node.port(), "/health")), "{\"status\":\"ok\"}\n");
  RawSocket socket(node.port());
  socket.send(post("/health", ""));
  EXPECT_NE(socket.read_to("\r\n\r\n").find("Allow: GET, HEAD"), std::string::npos);
}

}  // namespace
}  // namespace net
