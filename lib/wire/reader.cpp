#include "wire/reader.hpp"

#include <utility>

#include "wire/utf8.hpp"

namespace wire {

bool Reader::check_size(std::uint64_t max_bytes) {
  if (input_.size() <= max_bytes) return true;
  return fail(ErrorCode::too_large,
              std::to_string(input_.size()) + " bytes where at most " + std::to_string(max_bytes) +
                  " are accepted",
              0);
}

bool Reader::check_end() {
  if (left() == 0) return true;
  return fail(ErrorCode::trailing, std::to_string(left()) + " bytes too many", position_);
}

bool Reader::byte(std::uint8_t& value) {
  if (left() == 0) return fail(ErrorCode::truncated, "the input ends", position_);
  value = static_cast<std::uint8_t>(input_[position_]);
  ++position_;
  return true;
}

bool Reader::varint(std::uint64_t& value) {
  const std::uint64_t at = position_;
  std::uint8_t group = 0x80;
  value = 0;
  for (std::uint32_t shift = 0; (group & 0x80) != 0; shift += 7) {
    if (!byte(group)) return false;
    if (shift == 63 && group > 1) {
      return fail(ErrorCode::out_of_range, "a number above 64 bits", at);
    }
    value |= static_cast<std::uint64_t>(group & 0x7f) << shift;
  }
  if (group == 0 && position_ - at > 1) {
    return fail(ErrorCode::not_canonical, "a number written longer than it is", at);
  }
  return true;
}

bool Reader::zigzag(std::int64_t& value) {
  std::uint64_t raw = 0;
  if (!varint(raw)) return false;
  value = static_cast<std::int64_t>(raw >> 1 ^ (0 - (raw & 1)));
  return true;
}

bool Reader::count(std::size_t& value) {
  const std::uint64_t at = position_;
  std::uint64_t claimed = 0;
  if (!varint(claimed)) return false;
  if (claimed > left()) {
    return fail(ErrorCode::truncated,
                "a count or length of " + std::to_string(claimed) + " where " +
                    std::to_string(left()) + " bytes are left",
                at);
  }
  value = static_cast<std::size_t>(claimed);
  return true;
}

bool Reader::view(std::string_view& value) {
  std::size_t length = 0;
  if (!count(length)) return false;
  value = input_.substr(position_, length);
  position_ += length;
  return true;
}

bool Reader::bytes(core::Bytes& value) {
  std::string_view content;
  if (!view(content)) return false;
  value = shared_ != nullptr ? shared_->slice(position_ - content.size(), content.size())
                             : core::Bytes(std::string(content));
  return true;
}

bool Reader::text(std::string& value) {
  const std::uint64_t at = position_;
  std::string_view content;
  if (!view(content)) return false;
  if (!is_utf8(content)) return fail(ErrorCode::not_utf8, "a text that is not UTF-8", at);
  value = content;
  return true;
}

bool Reader::enter_record() {
  if (depth_ == max_depth) {
    return fail(ErrorCode::too_deep, "records nested deeper than " + std::to_string(max_depth),
                position_);
  }
  ++depth_;
  return true;
}

bool Reader::fail(ErrorCode code, const std::string& problem, std::uint64_t at) {
  error_ = Error{code, at, context.prefix() + problem + " at byte " + std::to_string(at)};
  return false;
}

}  // namespace wire
