// A trace: all that one core learnt and all that it wanted done, so that another run can be
// compared with it byte for byte. `--record` writes one, `replay --trace` feeds it to the core
// again.
//
// A trace file is a row of frames: a header, then for each turn of the host its steps (the time and
// one input each) and the Ready that they filled together. A program that was started again goes on
// in the same file with another header. A killed program leaves a torn last frame; what stands
// before it is good.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "core/bytes.hpp"
#include "core/time.hpp"
#include "wire/contract.hpp"
#include "wire/frame.hpp"
#include "wire/wire.hpp"

namespace wire {

/// How a core was made: from its config and its seed.
struct TraceHeader {
  std::string system;  // "queue"
  std::string core;    // which core of the system: "node", "client", ...
  core::Bytes config;  // the binary form of what it was constructed from
  std::uint64_t seed = 0;

  friend bool operator==(const TraceHeader&, const TraceHeader&) = default;
};

constexpr auto describe(Type<TraceHeader>) {
  return record<1>("trace_header", field<1>("system", &TraceHeader::system),
                   field<2>("core", &TraceHeader::core), field<3>("config", &TraceHeader::config),
                   field<4>("seed", &TraceHeader::seed));
}

/// One call of step(): Input is core::Input<P> or core::ClientInput<P>.
template <class Input>
struct TraceStep {
  core::Now now;
  Input input;
};

template <class Input>
constexpr auto describe(Type<TraceStep<Input>>) {
  return record<2>("step", field<1>("now", &TraceStep<Input>::now),
                   field<2>("input", &TraceStep<Input>::input));
}

enum class TraceKind : std::uint8_t { header = 1, step = 2, ready = 3 };

/// Appends to a string that its owner writes to the file, whole calls at a time.
class TraceWriter {
 public:
  explicit TraceWriter(std::string& out) : out_(&out) {}

  void header(const TraceHeader& header);

  /// One step of the turn.
  template <class Input>
  void step(const core::Now& now, const Input& input) {
    append_framed(*out_, static_cast<std::uint16_t>(TraceKind::step), TraceStep<Input>{now, input});
  }

  /// The end of the turn: what its steps put into the Ready, a core::Ready<P> or
  /// core::ClientReady<P>.
  template <class Ready>
  void ready(const Ready& ready) {
    append_framed(*out_, static_cast<std::uint16_t>(TraceKind::ready), ready);
  }

 private:
  std::string* out_;
};

struct TraceRecord {
  TraceKind kind = TraceKind::header;
  core::Bytes payload;  // read by decode<TraceHeader>, decode<TraceStep<Input>> or decode<Ready>
};

/// Why a trace cannot be read on, with the byte of the file where the bad record starts.
struct TraceError {
  enum class Code : std::uint8_t { torn, damaged, other_version, not_a_trace, out_of_order };
  Code code = Code::torn;
  std::uint64_t at = 0;
  std::string what;
};

/// Reads a trace piece by piece and sees to the order: a header first, and a Ready after every run
/// of steps.
class TraceReader {
 public:
  static constexpr std::uint32_t max_record_bytes = 1u << 30;

  /// Takes the next bytes of the file. Call next() until it has no more before feeding again.
  void feed(std::string_view bytes) { frames_.feed(bytes); }

  /// The next record; nullopt when more bytes are needed. After an error nothing more can be read.
  std::expected<std::optional<TraceRecord>, TraceError> next();

  /// To be asked when the file has ended: `torn` when it ended inside a record or inside a turn.
  /// All records returned before are good; the steps of the turn that has no Ready have nothing to
  /// be compared with.
  std::expected<void, TraceError> finish() const;

  /// The length of the file up to the end of the last whole turn: whoever continues a torn file
  /// cuts it here.
  std::uint64_t whole_turns_bytes() const { return whole_turns_; }

 private:
  bool may_come(std::uint16_t kind) const;

  FrameReader frames_{max_record_bytes};
  std::optional<TraceKind> last_;
  std::uint64_t whole_turns_ = 0;
};

}  // namespace wire
