#include "wire/frame.hpp"

#include <limits>

#include "core/require.hpp"
#include "wire/crc32c.hpp"

namespace wire {
namespace {

constexpr std::string_view magic = "LABW";
constexpr std::size_t version_at = 4;
constexpr std::size_t kind_at = 6;
constexpr std::size_t length_at = 8;
constexpr std::size_t payload_crc_at = 12;
constexpr std::size_t header_crc_at = 16;

void put(std::string& out, std::size_t at, std::uint32_t value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) out[at + i] = static_cast<char>(value >> (8 * i) & 0xff);
}

std::uint32_t get(std::string_view in, std::size_t at, std::size_t bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < bytes; ++i) {
    value |= static_cast<std::uint32_t>(static_cast<std::uint8_t>(in[at + i])) << (8 * i);
  }
  return value;
}

}  // namespace

std::string_view describe_error(FrameError error) {
  switch (error) {
    case FrameError::not_a_frame:
      return "these bytes are not a frame";
    case FrameError::damaged_header:
      return "a frame's header is damaged";
    case FrameError::other_version:
      return "a frame of a format version that this program does not know";
    case FrameError::too_large:
      return "a frame larger than is accepted here";
    case FrameError::damaged_payload:
      return "a frame's payload is damaged";
  }
  core::fail("a FrameError that does not exist");
}

std::size_t begin_frame(std::string& out) {
  const std::size_t place = out.size();
  out.append(frame_header_bytes, '\0');
  return place;
}

void end_frame(std::string& out, std::size_t place, std::uint16_t kind) {
  const std::string_view payload = std::string_view(out).substr(place + frame_header_bytes);
  core::require(payload.size() <= std::numeric_limits<std::uint32_t>::max(),
                "a frame's payload must be smaller than 4 GiB");
  out.replace(place, magic.size(), magic);
  put(out, place + version_at, format_version, 2);
  put(out, place + kind_at, kind, 2);
  put(out, place + length_at, static_cast<std::uint32_t>(payload.size()), 4);
  put(out, place + payload_crc_at, crc32c(payload), 4);
  put(out, place + header_crc_at, crc32c(std::string_view(out).substr(place, header_crc_at)), 4);
}

void append_frame(std::string& out, std::uint16_t kind, std::string_view payload) {
  const std::size_t place = begin_frame(out);
  out.append(payload);
  end_frame(out, place, kind);
}

void FrameReader::feed(std::string_view bytes) {
  if (failed_) return;
  buffer_.erase(0, start_);
  start_ = 0;
  buffer_.append(bytes);
}

std::expected<void, FrameError> FrameReader::check_header() {
  const std::string_view header = std::string_view(buffer_).substr(start_, frame_header_bytes);
  // A stream that begins wrongly is refused at its first wrong byte: not everything that connects
  // here will ever send a header's worth.
  const std::string_view begin = header.substr(0, magic.size());
  if (begin != magic.substr(0, begin.size())) return std::unexpected(FrameError::not_a_frame);
  if (header.size() < frame_header_bytes) return {};
  if (crc32c(header.substr(0, header_crc_at)) != get(header, header_crc_at, 4)) {
    return std::unexpected(FrameError::damaged_header);
  }
  if (get(header, version_at, 2) != format_version)
    return std::unexpected(FrameError::other_version);
  if (get(header, length_at, 4) > max_payload_) return std::unexpected(FrameError::too_large);
  header_checked_ = true;
  return {};
}

std::expected<std::optional<Frame>, FrameError> FrameReader::next() {
  if (!failed_ && !header_checked_) {
    if (const auto checked = check_header(); !checked) failed_ = checked.error();
  }
  if (failed_) return std::unexpected(*failed_);
  if (!header_checked_) return std::nullopt;
  const std::string_view header = std::string_view(buffer_).substr(start_);
  const std::size_t length = get(header, length_at, 4);
  if (waiting() < frame_header_bytes + length) return std::nullopt;
  const std::string_view payload = header.substr(frame_header_bytes, length);
  if (crc32c(payload) != get(header, payload_crc_at, 4)) {
    failed_ = FrameError::damaged_payload;
    return std::unexpected(*failed_);
  }
  Frame frame{static_cast<std::uint16_t>(get(header, kind_at, 2)),
              core::Bytes(std::string(payload))};
  start_ += frame_header_bytes + length;
  consumed_ += frame_header_bytes + length;
  header_checked_ = false;
  return frame;
}

}  // namespace wire
