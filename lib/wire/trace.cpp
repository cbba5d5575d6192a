#include "wire/trace.hpp"

#include <utility>

namespace wire {
namespace {

constexpr auto number(TraceKind kind) { return static_cast<std::uint16_t>(kind); }

TraceError::Code code_of(FrameError error) {
  switch (error) {
    case FrameError::not_a_frame:
      return TraceError::Code::not_a_trace;
    case FrameError::other_version:
      return TraceError::Code::other_version;
    case FrameError::damaged_header:
    case FrameError::too_large:
    case FrameError::damaged_payload:
      return TraceError::Code::damaged;
  }
  std::unreachable();
}

}  // namespace

void TraceWriter::header(const TraceHeader& header) {
  append_framed(*out_, number(TraceKind::header), header);
}

bool TraceReader::may_come(std::uint16_t kind) const {
  switch (static_cast<TraceKind>(kind)) {
    case TraceKind::header:
      return last_ != TraceKind::step;
    case TraceKind::step:
      return last_.has_value();
    case TraceKind::ready:
      return last_ == TraceKind::step;
  }
  return false;
}

std::expected<std::optional<TraceRecord>, TraceError> TraceReader::next() {
  const std::uint64_t at = frames_.consumed();
  auto frame = frames_.next();
  if (!frame) {
    return std::unexpected(
        TraceError{code_of(frame.error()), at, std::string(describe_error(frame.error()))});
  }
  if (!*frame) return std::nullopt;
  if (!may_come((*frame)->kind)) {
    return std::unexpected(
        TraceError{TraceError::Code::out_of_order, at,
                   "a record of kind " + std::to_string((*frame)->kind) + " where none may stand"});
  }
  last_ = static_cast<TraceKind>((*frame)->kind);
  if (last_ != TraceKind::step) whole_turns_ = frames_.consumed();
  return TraceRecord{*last_, std::move((*frame)->payload)};
}

std::expected<void, TraceError> TraceReader::finish() const {
  if (!last_ && frames_.waiting() == 0) {
    return std::unexpected(TraceError{TraceError::Code::torn, 0, "the trace is empty"});
  }
  if (frames_.waiting() > 0) {
    return std::unexpected(
        TraceError{TraceError::Code::torn, frames_.consumed(), "the trace ends inside a record"});
  }
  if (last_ == TraceKind::step) {
    return std::unexpected(
        TraceError{TraceError::Code::torn, frames_.consumed(), "the trace ends inside a turn"});
  }
  return {};
}

}  // namespace wire
