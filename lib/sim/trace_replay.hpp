// What a program recorded (`--record FILE`), fed to the same core again. A core is a function of
// its config, its seed and its inputs, so each turn must fill the same Ready, byte for byte.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "sim/program.hpp"
#include "sim/system.hpp"
#include "sim/text.hpp"
#include "sim/trace_hash.hpp"
#include "sim/transcript.hpp"
#include "wire/contract.hpp"
#include "wire/trace.hpp"
#include "wire/wire.hpp"

namespace sim {

/// The records of a trace, one after the other. After the last, or at the first that is torn, none.
class TraceRecords {
 public:
  explicit TraceRecords(std::string_view file) { reader_.feed(file); }

  /// The error is a sentence with the byte of the file.
  std::expected<std::optional<wire::TraceRecord>, std::string> next();

  /// Why the file ends early, as a program that was killed leaves it; empty when it does not.
  std::string torn_end() const;

 private:
  wire::TraceReader reader_;
};

/// Plays the recordings of one kind of core. Input and Ready are those of its half of the contract.
template <class C, class Input, class Ready>
class TracePlayer {
 public:
  explicit TracePlayer(Transcript& transcript) : transcript_(transcript) {}

  /// A program was started.
  std::expected<void, std::string> start(const wire::TraceHeader& header) {
    auto config = wire::decode<typename C::Protocol::Config>(header.config.view());
    if (!config) return std::unexpected("the config of the recording: " + config.error().what);
    core_.emplace(*config, header.seed);
    name_ = header.core;
    begin_.reset();
    ready_ = {};
    return {};
  }

  std::expected<void, std::string> step(const core::Bytes& payload) {
    const auto step = wire::decode<wire::TraceStep<Input>>(payload);
    if (!step) return std::unexpected("a step of the recording: " + step.error().what);
    if (!begin_) begin_ = step->now.mono;
    at_ = core::Instant(step->now.mono - *begin_);
    transcript_.line(at_, name_, "takes", to_text(step->input, max_string));
    core_->step(step->now, step->input, ready_);
    ++result_.steps;
    hash_.add(payload.view());
    hash_.add(core_->digest());
    return {};
  }

  /// The end of a turn; whether it went as recorded.
  bool turn(const core::Bytes& recorded) {
    const std::string again = wire::encode(ready_);
    transcript_.line(at_, name_, "wants", to_text(ready_, max_string));
    ready_ = {};
    ++result_.turns;
    hash_.add(again);
    if (again == recorded.view()) return true;
    const auto was = wire::decode<Ready>(recorded);
    const std::string text = was ? to_text(*was, max_string) : "what it cannot read any more";
    transcript_.line(at_, name_, "wanted", text);
    result_.difference =
        "turn " + std::to_string(result_.turns) + " of the recording wanted " + text;
    return false;
  }

  TraceResult result() const {
    TraceResult result = result_;
    result.hash = hash_.value();
    return result;
  }

 private:
  static constexpr std::uint64_t max_string = 60;

  Transcript& transcript_;
  std::string name_;
  std::optional<C> core_;
  Ready ready_;
  std::optional<core::Instant> begin_;  // of this start
  core::Instant at_;                    // since then
  TraceResult result_;
  TraceHash hash_;
};

/// `first` is the header that the recording begins with; all others must be of the same core.
template <System S, class C, class Input, class Ready>
std::expected<TraceResult, std::string> play(TraceRecords& records, const wire::TraceHeader& first,
                                             Transcript& transcript) {
  TracePlayer<C, Input, Ready> player(transcript);
  auto good = player.start(first);
  while (good) {
    const auto record = records.next();
    if (!record) return std::unexpected(record.error());
    if (!*record) break;
    const core::Bytes& payload = (*record)->payload;
    if ((*record)->kind == wire::TraceKind::step) {
      good = player.step(payload);
    } else if ((*record)->kind == wire::TraceKind::ready) {
      if (!player.turn(payload)) break;
    } else {
      const auto header = wire::decode<wire::TraceHeader>(payload);
      if (!header) return std::unexpected("a start of the recording: " + header.error().what);
      if (header->core != first.core) return std::unexpected("it holds two kinds of core");
      good = player.start(*header);
    }
  }
  if (!good) return std::unexpected(good.error());
  TraceResult result = player.result();
  result.warning = records.torn_end();
  return result;
}

/// Plays a whole file. The error says why it cannot be played at all.
template <System S>
std::expected<TraceResult, std::string> replay_trace(std::string_view file,
                                                     Transcript& transcript) {
  using P = typename S::Core::Protocol;
  using Q = typename S::Client::Protocol;
  TraceRecords records(file);
  const auto record = records.next();
  if (!record) return std::unexpected(record.error());
  if (!*record) return std::unexpected("it holds no start of a program");
  const auto header = wire::decode<wire::TraceHeader>((*record)->payload);
  if (!header) return std::unexpected("the start of the recording: " + header.error().what);
  if (header->system != S::name) {
    return std::unexpected("it was recorded by the system " + header->system);
  }
  if (header->core == "node") {
    return play<S, typename S::Core, core::Input<P>, core::Ready<P>>(records, *header, transcript);
  }
  if (header->core == "client") {
    return play<S, typename S::Client, core::ClientInput<Q>, core::ClientReady<Q>>(records, *header,
                                                                                   transcript);
  }
  return std::unexpected("it was recorded by a core named " + header->core);
}

}  // namespace sim
