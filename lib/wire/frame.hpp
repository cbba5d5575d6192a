// A frame: one message on a byte stream, with its length and its checksums. Peer links and trace
// files are rows of frames.
//
//   offset  bytes  little-endian
//        0      4  magic "LABW"
//        4      2  version of the format
//        6      2  kind: what the payload is, numbered by whoever uses frames
//        8      4  length of the payload
//       12      4  crc32c of the payload
//       16      4  crc32c of the 16 bytes before
//
// This header stays as it is in every version; the version speaks of what is inside. So another
// version and a damaged header can be told apart, and a length is never believed before its
// checksum was.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "core/bytes.hpp"
#include "wire/wire.hpp"

namespace wire {

inline constexpr std::uint16_t format_version = 1;
inline constexpr std::uint32_t frame_header_bytes = 20;

struct Frame {
  std::uint16_t kind = 0;
  core::Bytes payload;
};

enum class FrameError : std::uint8_t {
  not_a_frame,      // the magic is missing: the other side speaks something else
  damaged_header,   // the header's checksum is wrong
  other_version,    // a sound header of a version that this program does not know
  too_large,        // a sound header that announces more than this reader accepts
  damaged_payload,  // the payload's checksum is wrong
};

/// A sentence for a person.
std::string_view describe_error(FrameError error);

/// Appends a frame. The payload must be smaller than 4 GiB.
void append_frame(std::string& out, std::uint16_t kind, std::string_view payload);

/// Leaves room for a header and returns where it stands; what is appended to `out` before
/// end_frame() with that place is the payload. Saves a copy against append_frame().
std::size_t begin_frame(std::string& out);
void end_frame(std::string& out, std::size_t place, std::uint16_t kind);

/// Appends a frame with the binary form of `value`.
template <class T>
void append_framed(std::string& out, std::uint16_t kind, const T& value) {
  const std::size_t place = begin_frame(out);
  append(out, value);
  end_frame(out, place, kind);
}

/// Cuts a byte stream into frames, however the stream was chopped up.
class FrameReader {
 public:
  /// Refuses frames whose payload is larger than `max_payload` bytes.
  explicit FrameReader(std::uint32_t max_payload) : max_payload_(max_payload) {}

  /// Takes the next bytes of the stream. Call next() until it has no more before feeding again:
  /// then at most one unfinished frame is kept.
  void feed(std::string_view bytes);

  /// The next frame; nullopt when more bytes are needed. After an error the stream is lost: every
  /// later call returns the same error.
  std::expected<std::optional<Frame>, FrameError> next();

  /// How many bytes of the stream the frames returned so far took.
  std::uint64_t consumed() const { return consumed_; }

  /// How many bytes wait for the rest of their frame. At the end of a stream, 0 means that it ended
  /// cleanly.
  std::uint64_t waiting() const { return buffer_.size() - start_; }

 private:
  std::expected<void, FrameError> check_header();

  std::uint32_t max_payload_;
  std::string buffer_;
  std::size_t start_ = 0;        // where the first frame not yet returned begins
  bool header_checked_ = false;  // of that frame
  std::uint64_t consumed_ = 0;
  std::optional<FrameError> failed_;
};

}  // namespace wire
