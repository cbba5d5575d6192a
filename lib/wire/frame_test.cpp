#include "wire/frame.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "wire/crc32c.hpp"
#include "wire/golden_test.hpp"

namespace {

using wire::Frame;
using wire::FrameError;
using wire::FrameReader;
using namespace std::string_literals;

constexpr std::uint32_t limit = 1000;

std::string frame(std::uint16_t kind, std::string_view payload) {
  std::string out;
  wire::append_frame(out, kind, payload);
  return out;
}

/// Makes the header's checksum right again after a change to the header.
std::string with_good_header_crc(std::string bytes) {
  const std::uint32_t crc = wire::crc32c(std::string_view(bytes).substr(0, 16));
  for (std::size_t i = 0; i < 4; ++i) bytes[16 + i] = static_cast<char>(crc >> 8 * i & 0xff);
  return bytes;
}

std::expected<std::optional<Frame>, FrameError> first_of(std::string_view bytes) {
  FrameReader reader(limit);
  reader.feed(bytes);
  return reader.next();
}

TEST(Crc32c, GivesThePublishedValues) {  // RFC 3720, appendix B.4
  std::string up;
  std::string down;
  for (int i = 0; i < 32; ++i) {
    up.push_back(static_cast<char>(i));
    down.push_back(static_cast<char>(31 - i));
  }
  EXPECT_EQ(wire::crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(wire::crc32c(std::string(32, '\xff')), 0x62a8ab43u);
  EXPECT_EQ(wire::crc32c(up), 0x46dd794eu);
  EXPECT_EQ(wire::crc32c(down), 0x113fdb5cu);
  EXPECT_EQ(wire::crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(wire::crc32c(""), 0u);
}

TEST(Crc32c, ContinuesWhereItStopped) {
  std::string data;
  for (int i = 0; i < 100; ++i) data.push_back(static_cast<char>(i * 37));
  for (std::size_t cut = 0; cut <= data.size(); ++cut) {
    EXPECT_EQ(wire::crc32c(data.substr(cut), wire::crc32c(data.substr(0, cut))),
              wire::crc32c(data));
  }
}

TEST(Frame, KeepsItsLayout) {
  wire::Golden golden("frame");
  golden.add_bytes("kind 1, empty", frame(1, ""));
  golden.add_bytes("kind 258, \"hello\"", frame(258, "hello"));
  golden.check();
}

TEST(Frame, CanBeWrittenInPlace) {
  std::string out = "before";
  wire::append_framed(out, 7, std::string("text"));
  EXPECT_EQ(out, "before" + frame(7, wire::encode(std::string("text"))));
}

TEST(FrameReader, CutsAnyChunksIntoTheSameFrames) {
  const std::vector<std::string> payloads = {"", "a", std::string(300, 'b'), "",
                                             std::string(1000, 'c')};
  std::string stream;
  for (const std::string& payload : payloads) wire::append_frame(stream, 5, payload);
  for (std::size_t chunk = 1; chunk <= stream.size(); ++chunk) {
    FrameReader reader(limit);
    std::vector<std::string> found;
    for (std::size_t at = 0; at < stream.size(); at += chunk) {
      reader.feed(std::string_view(stream).substr(at, chunk));
      for (auto next = reader.next(); next.value(); next = reader.next()) {
        EXPECT_EQ((*next)->kind, 5);
        found.emplace_back((*next)->payload.view());
      }
    }
    EXPECT_EQ(found, payloads) << "chunks of " << chunk;
    EXPECT_EQ(reader.consumed(), stream.size());
    EXPECT_EQ(reader.waiting(), 0u);
  }
}

TEST(FrameReader, DetectsEveryFlippedBit) {
  const std::string good = frame(258, "some payload");
  for (std::size_t byte = 0; byte < good.size(); ++byte) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string bad = good;
      bad[byte] = static_cast<char>(bad[byte] ^ 1 << bit);
      const auto read = first_of(bad);
      ASSERT_FALSE(read) << "byte " << byte << " bit " << bit;
      const FrameError expected = byte < 4    ? FrameError::not_a_frame
                                  : byte < 20 ? FrameError::damaged_header
                                              : FrameError::damaged_payload;
      EXPECT_EQ(read.error(), expected) << "byte " << byte << " bit " << bit;
    }
  }
}

TEST(FrameReader, WaitsForTheRestOfATruncatedFrame) {
  const std::string good = frame(1, "some payload");
  for (std::size_t length = 0; length < good.size(); ++length) {
    FrameReader reader(limit);
    reader.feed(std::string_view(good).substr(0, length));
    const auto read = reader.next();
    ASSERT_TRUE(read) << length;
    EXPECT_FALSE(*read) << length;
    EXPECT_EQ(reader.waiting(), length);
    EXPECT_EQ(reader.consumed(), 0u);
  }
}

TEST(FrameReader, TellsAnotherVersionFromDamage) {
  std::string other = frame(1, "payload");
  other[4] = 2;
  EXPECT_EQ(first_of(other).error(), FrameError::damaged_header);
  EXPECT_EQ(first_of(with_good_header_crc(other)).error(), FrameError::other_version);
}

TEST(FrameReader, RefusesALengthAboveItsLimitBeforeThePayloadComes) {
  EXPECT_TRUE(first_of(frame(1, std::string(limit, 'x'))));
  EXPECT_EQ(first_of(frame(1, std::string(limit + 1, 'x')).substr(0, 20)).error(),
            FrameError::too_large);
  std::string huge = frame(1, "");
  for (std::size_t at = 8; at < 12; ++at) huge[at] = '\xff';
  EXPECT_EQ(first_of(huge).error(), FrameError::damaged_header);
  EXPECT_EQ(first_of(with_good_header_crc(huge)).error(), FrameError::too_large);
}

TEST(FrameReader, RefusesAnotherProtocolAtItsFirstByte) {
  EXPECT_EQ(first_of("GET / HTTP/1.1\r\n").error(), FrameError::not_a_frame);
  EXPECT_EQ(first_of("G").error(), FrameError::not_a_frame);
  EXPECT_TRUE(first_of("LA"));
}

TEST(FrameReader, StaysFailed) {
  FrameReader reader(limit);
  reader.feed("x");
  EXPECT_FALSE(reader.next());
  reader.feed(frame(1, "good"));
  EXPECT_EQ(reader.next().error(), FrameError::not_a_frame);
  EXPECT_EQ(reader.waiting(), 1u);
}

TEST(FrameReader, KeepsWhatItReturnedWhenTheBufferMovesOn) {
  FrameReader reader(limit);
  reader.feed(frame(1, "first"));
  const auto first = reader.next();
  reader.feed(frame(1, std::string(900, 'y')));
  ASSERT_TRUE(reader.next());
  EXPECT_EQ((*first)->payload.view(), "first");
}

TEST(FrameError, EachHasItsSentence) {
  std::set<std::string_view> sentences;
  for (const auto error :
       {FrameError::not_a_frame, FrameError::damaged_header, FrameError::other_version,
        FrameError::too_large, FrameError::damaged_payload}) {
    sentences.insert(describe_error(error));
  }
  EXPECT_EQ(sentences.size(), 5u);
}

}  // namespace
