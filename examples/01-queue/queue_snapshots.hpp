// Whether the log is kept short, and whether a snapshot says what the log said.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "core/contract.hpp"
#include "queue_ledger.hpp"
#include "sim/system.hpp"

namespace queue {

class Snapshots {
 public:
  explicit Snapshots(const Config& config);

  /// The broker took `input` and wrote this. `ledger` says all that it has written until now,
  /// `room` whether the disk has any.
  void see_step(const Ledger& ledger, bool room, const core::Now& now, const Input& input,
                std::span<const core::Write<Protocol>> writes);

  /// The first thing that was not as it ought to be.
  const std::optional<sim::Finding>& found() const { return found_; }
  std::uint64_t digest() const;

 private:
  /// A snapshot that is being written.
  struct Begun {
    Ledger cut;   // what it is to say
    Ledger read;  // what it says so far, to whoever reads it from its start
    core::WriteSeq covers;
    bool is_short = false;  // its last piece was not full: no other may follow
  };

  void broken(const char* law, std::string what);
  void see_start(const core::Start<Protocol>& start);
  void see_log(const core::Write<Protocol>& write);
  void see_begin(const Ledger& ledger, const core::Now& now, const core::Write<Protocol>& write);
  void read(const core::Now& now, const core::Write<Protocol>& write);
  void see_piece(const core::Now& now, const core::Write<Protocol>& write);
  void see_commit(const core::Write<Protocol>& write);
  bool is_due(const Ledger& ledger, bool room) const;

  Config config_;
  std::optional<sim::Finding> found_;
  std::uint64_t log_bytes_ = 0;  // since the last snapshot was begun
  core::WriteSeq last_log_;
  core::WriteSeq last_bulk_;
  std::optional<Begun> begun_;
};

}  // namespace queue
