#include "sim/trace_replay.hpp"

#include <gtest/gtest.h>

#include "sim/toy_test.hpp"

namespace sim::test {
namespace {

constexpr std::uint64_t seed = 77;

toy::Config config_of(const toy::Options& options = {}) {
  return toy::System::config(options, NodeId{1});
}

/// A program as `--record` shows it: a node on a disk that is always quick.
class Recording {
 public:
  explicit Recording(const toy::Config& config) : config_(config) {}

  /// Starts the program, again if it was killed before.
  void start() {
    wire::TraceWriter(text).header({"toy", "node", core::Bytes(wire::encode(config_)), seed});
    core_.emplace(config_, seed);
    core::Start<toy::Protocol> start;
    start.recovered.log = log_;
    start.recovered.last_control = core::WriteSeq{log_.size()};
    start.incarnation = ++incarnation_;
    step(start);
    turn();
  }

  /// One turn for each number, and for the disk.
  void add(std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t number = first; number <= last; ++number) {
      step(core::Request<toy::Protocol>{core::SessionId{1}, core::RequestId{number},
                                        toy::Add{number}});
      turn();
      step(core::Persisted{core::Lane::control, core::WriteSeq{log_.size()}});
      turn();
    }
  }

  void tell(std::uint64_t number) {
    step(core::Receive<toy::Protocol>{NodeId{2}, toy::Gossip{{number, number + 1}}});
    step(core::Timeout{});
    turn();
  }

  std::string text;

 private:
  void step(const core::Input<toy::Protocol>& input) {
    now_.mono += milliseconds(10);
    wire::TraceWriter(text).step(now_, input);
    core_->step(now_, input, ready_);
  }

  void turn() {
    for (const auto& write : ready_.writes) {
      if (write.lane == core::Lane::control) log_.push_back(write);
    }
    wire::TraceWriter(text).ready(ready_);
    ready_ = {};
  }

  toy::Config config_;
  std::optional<toy::GrowingSet> core_;
  core::Ready<toy::Protocol> ready_;
  std::vector<core::Write<toy::Protocol>> log_;
  core::Now now_;
  std::uint64_t incarnation_ = 0;
};

/// A run with two kills in it.
std::string honest(const toy::Config& config = config_of()) {
  Recording recording(config);
  recording.start();
  recording.add(1, 5);
  recording.tell(20);
  recording.start();
  recording.add(6, 8);
  recording.start();
  recording.add(9, 9);
  return recording.text;
}

std::expected<TraceResult, std::string> play(std::string_view text,
                                             std::vector<std::string>* lines = nullptr) {
  Transcript transcript(false, [&](std::string_view line) {
    if (lines != nullptr) lines->emplace_back(line);
  });
  return replay_trace<toy::System>(text, transcript);
}

TEST(TraceReplayTest, AnHonestRecordingWithRestartsIsReproduced) {
  std::vector<std::string> lines;
  const auto result = play(honest(), &lines);
  ASSERT_TRUE(result.has_value()) << result.error();
  EXPECT_EQ(result->difference, "");
  EXPECT_EQ(result->warning, "");
  EXPECT_EQ(result->turns, 3U + 2 * 9 + 1);
  EXPECT_EQ(result->steps, result->turns + 1);
  EXPECT_EQ(lines.size(), result->steps + result->turns);
  EXPECT_EQ(play(honest())->hash, result->hash);
}

TEST(TraceReplayTest, AnotherConfigGivesADifferenceThatNamesTheTurn) {
  toy::Options options;
  options.bug = toy::Bug::invents_a_number;  // in the core that recorded
  Recording other(config_of(options));
  other.start();
  other.add(10, 12);
  std::string text;
  wire::TraceWriter(text).header({"toy", "node", core::Bytes(wire::encode(config_of())), seed});
  std::string old_header;
  wire::TraceWriter(old_header)
      .header({"toy", "node", core::Bytes(wire::encode(config_of(options))), seed});
  text += other.text.substr(old_header.size());
  std::vector<std::string> lines;
  const auto result = play(text, &lines);
  ASSERT_TRUE(result.has_value()) << result.error();
  EXPECT_TRUE(result->difference.starts_with("turn 2 of the recording wanted ready{writes=[write{"))
      << result->difference;
  EXPECT_EQ(result->turns, 2U);
  EXPECT_NE(lines.back().find("wanted "), std::string::npos);  // beside what it wants now
}

/// Draws from its seed, as the toy does not.
struct Drawing : toy::GrowingSet {
  Drawing(const toy::Config& config, std::uint64_t drawn)
      : GrowingSet(config, drawn), seed_(drawn) {}
  void step(const core::Now& now, const Input& input, Ready& ready) noexcept {
    GrowingSet::step(now, input, ready);
    ready.closes.push_back(core::SessionId{seed_});
  }

 private:
  std::uint64_t seed_;
};

TEST(TraceReplayTest, AnotherSeedGivesADifference) {
  std::string text;
  Drawing drawing(config_of(), seed);
  const core::Start<toy::Protocol> start{{}, 1};
  core::Ready<toy::Protocol> ready;
  drawing.step({}, start, ready);
  Transcript silent(false, [](std::string_view) {});
  for (const std::uint64_t told : {seed, seed + 1}) {
    text.clear();
    wire::TraceWriter writer(text);
    writer.header({"toy", "node", core::Bytes(wire::encode(config_of())), told});
    writer.step(core::Now{}, core::Input<toy::Protocol>(start));
    writer.ready(ready);
    TraceRecords records(text);
    const auto first = records.next();
    ASSERT_TRUE(first && *first);
    const auto header = wire::decode<wire::TraceHeader>((*first)->payload);
    using Ready = core::Ready<toy::Protocol>;
    const auto result = sim::play<toy::System, Drawing, core::Input<toy::Protocol>, Ready>(
        records, *header, silent);
    ASSERT_TRUE(result.has_value()) << result.error();
    EXPECT_EQ(result->difference.empty(), told == seed);
  }
}

TEST(TraceReplayTest, ATornEndIsAWarning) {
  const std::string text = honest();
  const auto whole = play(text);
  for (std::size_t cut = 1; cut < 200; cut += 7) {
    const auto result = play(text.substr(0, text.size() - cut));
    ASSERT_TRUE(result.has_value()) << result.error();
    EXPECT_EQ(result->difference, "");
    EXPECT_TRUE(result->warning.starts_with("at byte ") || result->turns < whole->turns) << cut;
  }
  EXPECT_TRUE(play(text.substr(0, text.size() - 1))->warning.starts_with("at byte "));
}

TEST(TraceReplayTest, AFlippedByteIsAnErrorThatNamesItsPlace) {
  const std::string text = honest();
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string flipped = text;
    flipped[at] = static_cast<char>(flipped[at] ^ 1);
    const auto result = play(flipped);
    ASSERT_FALSE(result.has_value()) << "byte " << at;
    ASSERT_TRUE(result.error().starts_with("at byte ")) << result.error();
    const auto place =
        from_text<core::Duration>(result.error().substr(8, result.error().find(':') - 8) + "us");
    ASSERT_TRUE(place.has_value()) << result.error();
    EXPECT_LE(place->count(), static_cast<std::int64_t>(at));
  }
}

TEST(TraceReplayTest, ARecordingOfSomethingElseIsRefused) {
  const auto refusal = [](const wire::TraceHeader& header) {
    std::string text;
    wire::TraceWriter(text).header(header);
    const auto result = play(text);
    return result ? "it was taken" : result.error();
  };
  const core::Bytes config(wire::encode(config_of()));
  EXPECT_EQ(refusal({"queue", "node", config, 1}), "it was recorded by the system queue");
  EXPECT_EQ(refusal({"toy", "spy", config, 1}), "it was recorded by a core named spy");
  EXPECT_TRUE(
      refusal({"toy", "node", core::Bytes("x"), 1}).starts_with("the config of the recording: "));
  EXPECT_EQ(refusal({"toy", "node", config, 1}), "it was taken");
  const auto empty = play("");
  ASSERT_FALSE(empty.has_value());
  EXPECT_EQ(empty.error(), "it holds no start of a program");
}

TEST(TraceReplayTest, TwoKindsOfCoreInOneRecordingAreRefused) {
  std::string text = honest();
  const core::Bytes options(wire::encode(toy::Options()));
  wire::TraceWriter(text).header({"toy", "client", options, 1});
  EXPECT_EQ(play(text).error(), "it holds two kinds of core");
}

TEST(TraceReplayTest, ARecordingOfAClientIsReproduced) {
  const toy::Options options;
  std::string text;
  wire::TraceWriter writer(text);
  writer.header({"toy", "client", core::Bytes(wire::encode(options)), 1});
  toy::Adder core(options, 1);
  core::Now now;
  for (const core::ClientInput<toy::ClientProtocol>& input :
       std::initializer_list<core::ClientInput<toy::ClientProtocol>>{
           core::Submit<toy::ClientProtocol>{toy::Add{7}}, core::Connected{},
           core::Answer<toy::ClientProtocol>{core::RequestId{1}, toy::Result(toy::Added{7})}}) {
    core::ClientReady<toy::ClientProtocol> ready;
    now.mono += seconds(1);
    core.step(now, input, ready);
    writer.step(now, input);
    writer.ready(ready);
  }
  const auto result = play(text);
  ASSERT_TRUE(result.has_value()) << result.error();
  EXPECT_EQ(result->difference, "");
  EXPECT_EQ(result->turns, 3U);
}

}  // namespace
}  // namespace sim::test
