// The client's half of the HTTP, held against the node's: what the one writes, the other reads.
#include "http_client.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http.hpp"
#include "http_answers.hpp"
#include "messages_wire.hpp"

namespace raft {
namespace {

using Known = std::expected<Result, core::CallError>;

class RaftClientHttp : public testing::Test {
 protected:
  RaftClientHttp() { core_.step(now_, core::Start<Protocol>{{}, 1}, ready_); }

  static Config config() {
    Config config;
    config.self = {1};
    config.members = {{{1}, "127.0.0.1:4411"}, {{2}, "127.0.0.1:4412"}};
    return config;
  }

  /// What a node understands of what the client writes.
  std::expected<Command, net::HttpResponse> heard(const Command& command) const {
    return Api().command(core_, client_.request(command));
  }

  /// What the client understands of what a node answers.
  std::expected<Result, core::CallError> told(const Command& command, const Result& result) const {
    return client_.result(command, Api().response(core_, Api().asked(command), result));
  }

  Raft core_{config(), 0};
  core::Now now_;
  Ready ready_;
  ClientApi client_{{{{6}, "127.0.0.1:4416"}}};
};

const Command a_put = ClientRequest{kv::Put{"a", core::Bytes("1"), {}}, {}};
const Command a_delete = ClientRequest{kv::Delete{"a", {}}, {}};
const Command a_get = ClientQuery{kv::Get{"a"}, Consistency::linearizable};

TEST_F(RaftClientHttp, EveryCommandArrivesAsItWas) {
  const std::string odd = "../ %?#\xc3\xa4";
  const std::vector<Command> commands = {
      a_put,
      a_delete,
      a_get,
      ClientRequest{kv::Put{odd, core::Bytes(std::string("\0\xff", 2)), kv::Version{17}}, {}},
      ClientRequest{kv::Put{"a", {}, kv::Version{0}}, Once{{5}, 2}},
      ClientRequest{kv::Delete{"a", kv::Version{3}}, Once{{5}, 3}},
      ClientRequest{kv::Append{"a", core::Bytes("x")}, Once{{5}, 4}},
      ClientQuery{kv::Get{"a"}, Consistency::stale},
      OpenSession{},
      ChangeMembers{
          {{{{3}, "127.0.0.1:4413"}, MemberRole::learner}, {{{2}, ""}, MemberRole::none}}},
      TransferLeadership{{2}},
  };
  for (const Command& command : commands) {
    const auto understood = heard(command);
    ASSERT_TRUE(understood.has_value()) << understood.error().body.view();
    EXPECT_EQ(*understood, command) << client_.request(command).path;
  }
}

TEST_F(RaftClientHttp, AMemberWithoutAnAddressGetsTheKnownOne) {
  const auto understood = heard(ChangeMembers{{{{{6}, ""}, MemberRole::voter}}});
  ASSERT_TRUE(understood.has_value());
  EXPECT_EQ(*understood, Command(ChangeMembers{{{{{6}, "127.0.0.1:4416"}, MemberRole::voter}}}));
}

TEST_F(RaftClientHttp, EveryAnswerArrivesAsItWas) {
  const kv::Found found{core::Bytes(std::string("\0\xff", 2)), 17};
  const std::vector<std::pair<Command, Result>> cases = {
      {a_put, Executed{kv::Stored{17}}},
      {a_put, Executed{kv::Conflict{16}}},
      {a_put, Executed{kv::Conflict{0}}},
      {a_put, Executed{kv::TooLarge{}}},
      {a_delete, Executed{kv::Missing{}}},
      {a_delete, Executed{kv::Conflict{16}}},
      {a_get, Executed{found}},
      {a_get, Executed{kv::Missing{}}},
      {a_put, Unknown{}},
      {OpenSession{}, SessionOpened{{42}}},
      {TransferLeadership{{2}}, Done{}},
      {ChangeMembers{{{{{2}, ""}, MemberRole::none}}}, Done{}},
  };
  for (const auto& [command, result] : cases) {
    const auto understood = told(command, result);
    ASSERT_TRUE(understood.has_value()) << result.index();
    EXPECT_EQ(*understood, result) << result.index();
  }
}

TEST_F(RaftClientHttp, EveryRefusalArrivesAsItWas) {
  for (const auto& known : wire::description<Refusal>.values) {
    const auto understood = told(a_put, Refused{known.value});
    ASSERT_TRUE(understood.has_value()) << known.name;
    EXPECT_EQ(*understood, Result(Refused{known.value})) << known.name;
  }
  const auto bad = client_.result(a_put, not_done(400, reason::bad_request, "No."));
  ASSERT_TRUE(bad.has_value());
  EXPECT_EQ(*bad, Result(Refused{Refusal::invalid}));
}

TEST_F(RaftClientHttp, AnErrorOfTheHostIsUnknownFrom500OnAndInvalidOrToBeAskedAgainBelow) {
  using core::CallError;
  for (const unsigned status : {403U, 408U, 421U, 429U}) {
    EXPECT_EQ(client_.result(a_put, net::problem(status, "Not now, not here.")),
              std::unexpected(CallError::refused));
  }
  for (const unsigned status : {400U, 404U, 405U, 413U, 431U}) {
    EXPECT_EQ(client_.result(a_put, net::problem(status, "Never.")),
              Known(Refused{Refusal::invalid}));
  }
  EXPECT_EQ(client_.result(a_put, net::problem(503, "Going.")),
            std::unexpected(CallError::unknown));
}

// A client would ask for ever, and for nothing else, if this were told as a refusal that passes.
TEST_F(RaftClientHttp, AnEmptyKeyHasNoPathAndIsInvalid) {
  const std::vector<Command> commands = {
      ClientRequest{kv::Put{"", core::Bytes("1"), {}}, {}},
      ClientRequest{kv::Delete{"", {}}, {}},
      ClientRequest{kv::Append{"", core::Bytes("1")}, {}},
      ClientQuery{kv::Get{""}, Consistency::linearizable},
  };
  for (const Command& command : commands) {
    const auto understood = heard(command);
    ASSERT_FALSE(understood.has_value());
    EXPECT_EQ(client_.result(command, understood.error()), Known(Refused{Refusal::invalid}));
  }
}

TEST_F(RaftClientHttp, NonsenseIsUnknown) {
  net::HttpResponse response{200, "text/plain", core::Bytes("hello"), {}};
  using core::CallError;
  for (const Command& command : {a_put, a_get, Command(OpenSession{})}) {
    EXPECT_EQ(client_.result(command, response), std::unexpected(CallError::unknown));
  }
}

}  // namespace
}  // namespace raft
