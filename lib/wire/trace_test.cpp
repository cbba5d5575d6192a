#include "wire/trace.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "wire/golden_test.hpp"
#include "wire/samples_test.hpp"

namespace {

using Input = core::Input<sample::Protocol>;
using Ready = core::Ready<sample::Protocol>;
using Code = wire::TraceError::Code;
using wire::TraceKind;
using wire::TraceReader;
using wire::TraceWriter;

const wire::TraceHeader header{"sample", "node", core::Bytes(wire::encode(sample::Point{1, 2})),
                               42};
const core::Now now{core::Instant(std::chrono::seconds(1)),
                    core::UnixTime(std::chrono::seconds(2))};

/// Two turns: one with two steps, one with one.
std::string two_turns() {
  std::string file;
  TraceWriter writer(file);
  writer.header(header);
  writer.step(now, sample::inputs()[0]);
  writer.step(now, sample::inputs()[2]);
  writer.ready(sample::ready());
  writer.step(now, Input(core::Timeout{}));
  writer.ready(Ready{});
  return file;
}

struct Outcome {
  std::vector<TraceKind> kinds;
  std::optional<wire::TraceError> error;  // of next(), or else of finish()
  std::uint64_t whole_turns_bytes = 0;
};

Outcome read_all(std::string_view file) {
  Outcome outcome;
  TraceReader reader;
  reader.feed(file);
  auto next = reader.next();
  for (; next && *next; next = reader.next()) outcome.kinds.push_back((*next)->kind);
  if (!next) outcome.error = next.error();
  if (const auto end = reader.finish(); next && !end) outcome.error = end.error();
  outcome.whole_turns_bytes = reader.whole_turns_bytes();
  return outcome;
}

TEST(Trace, GivesBackEveryByteThatWasRecorded) {
  const std::string file = two_turns();
  TraceReader reader;
  reader.feed(file);
  std::string copy;
  TraceWriter writer(copy);
  for (auto next = reader.next(); next.value(); next = reader.next()) {
    const wire::TraceRecord& record = **next;
    if (record.kind == TraceKind::header) {
      writer.header(wire::decode<wire::TraceHeader>(record.payload).value());
    } else if (record.kind == TraceKind::step) {
      const auto step = wire::decode<wire::TraceStep<Input>>(record.payload).value();
      writer.step(step.now, step.input);
    } else {
      writer.ready(wire::decode<Ready>(record.payload).value());
    }
  }
  EXPECT_TRUE(reader.finish());
  EXPECT_EQ(reader.whole_turns_bytes(), file.size());
  EXPECT_EQ(copy, file);
}

TEST(Trace, RecordsAClientToo) {
  std::string file;
  TraceWriter writer(file);
  writer.header(header);
  writer.step(now, sample::client_inputs()[3]);
  writer.ready(sample::client_ready());
  EXPECT_EQ(read_all(file).kinds,
            (std::vector{TraceKind::header, TraceKind::step, TraceKind::ready}));
}

TEST(Trace, IsGoodUpToATornEndWhereverItWasCut) {
  const std::string file = two_turns();
  std::uint64_t turns = 0;
  for (std::size_t length = 0; length < file.size(); ++length) {
    const Outcome outcome = read_all(file.substr(0, length));
    const bool between_turns = length > 0 && outcome.whole_turns_bytes == length;
    if (between_turns) ++turns;
    EXPECT_EQ(outcome.error.has_value(), !between_turns) << length;
    if (outcome.error) {
      EXPECT_EQ(outcome.error->code, Code::torn) << length;
    }
    EXPECT_LE(outcome.whole_turns_bytes, length);
  }
  EXPECT_EQ(turns, 2u);  // after the header, and after the first Ready
}

TEST(Trace, GoesOnAfterARestartWhereTheTornEndWasCut) {
  std::string file = two_turns();
  file.resize(file.size() - 3);
  file.resize(read_all(file).whole_turns_bytes);
  file += two_turns();
  EXPECT_FALSE(read_all(file).error);
  EXPECT_EQ(read_all(file).kinds.size(), 4u + 6u);
}

TEST(Trace, TellsDamageFromATornEnd) {
  const std::string file = two_turns();
  for (std::size_t at = 0; at < file.size(); ++at) {
    std::string bad = file;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    const Outcome outcome = read_all(bad);
    ASSERT_TRUE(outcome.error) << at;
    EXPECT_TRUE(outcome.error->code == Code::damaged || outcome.error->code == Code::not_a_trace)
        << at;
    EXPECT_LE(outcome.error->at, at);
  }
}

TEST(Trace, SeesToTheOrder) {
  const auto write = [](auto... parts) {
    std::string file;
    TraceWriter writer(file);
    (parts(writer), ...);
    return read_all(file);
  };
  const auto head = [](TraceWriter& w) { w.header(header); };
  const auto step = [](TraceWriter& w) { w.step(now, Input(core::Timeout{})); };
  const auto end = [](TraceWriter& w) { w.ready(Ready{}); };
  EXPECT_EQ(write(step).error->code, Code::out_of_order);
  EXPECT_EQ(write(end).error->code, Code::out_of_order);
  EXPECT_EQ(write(head, end).error->code, Code::out_of_order);
  EXPECT_EQ(write(head, step, head).error->code, Code::out_of_order);
  EXPECT_EQ(write(head, step, end, end).error->code, Code::out_of_order);
  EXPECT_FALSE(write(head, head, step, step, end, step, end, head).error);

  std::string unknown;
  wire::append_frame(unknown, 9, "");
  EXPECT_EQ(read_all(unknown).error->code, Code::out_of_order);
}

TEST(Trace, KeepsItsFormat) {
  wire::Golden golden("trace");
  golden.add("header", header);
  golden.add("step", wire::TraceStep<Input>{now, core::Timeout{}});
  golden.add("client step",
             wire::TraceStep<core::ClientInput<sample::Protocol>>{now, core::Connected{}});
  golden.add_bytes("two turns", two_turns());
  golden.check();
}

}  // namespace
