// Where the binary form is read from. Nothing in it is believed: not a length, not a count, not a
// depth.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/bytes.hpp"
#include "wire/error.hpp"
#include "wire/writer.hpp"

namespace wire {

/// Every function that reads returns whether it could; after the first that could not, error() says
/// why.
class Reader {
 public:
  explicit Reader(std::string_view input) : input_(input) {}

  /// What is read as core::Bytes will share the storage of `input`, which must outlive the reader.
  explicit Reader(const core::Bytes& input) : input_(input.view()), shared_(&input) {}

  /// Whether the whole input has at most `max_bytes`.
  bool check_size(std::uint64_t max_bytes);

  /// Whether nothing is left.
  bool check_end();

  bool byte(std::uint8_t& value);
  bool varint(std::uint64_t& value);
  bool zigzag(std::int64_t& value);

  /// The number of elements that follow. Each takes at least a byte, so more than are left is an
  /// error.
  bool count(std::size_t& value);

  bool bytes(core::Bytes& value);
  bool text(std::string& value);

  bool enter_record();
  void leave_record() { --depth_; }

  std::size_t position() const { return position_; }
  std::size_t left() const { return input_.size() - position_; }

  /// Records the error and returns false. The message is `problem`, with the type and the field
  /// being read in front and the byte `at` behind.
  bool fail(ErrorCode code, const std::string& problem, std::uint64_t at);

  Context context;

  Error error() && { return std::move(error_); }

 private:
  bool view(std::string_view& value);

  std::string_view input_;
  const core::Bytes* shared_ = nullptr;
  std::size_t position_ = 0;
  std::uint32_t depth_ = 0;
  Error error_;
};

}  // namespace wire
