// The contract between a core and its host. A core is a plain class: it never reads a clock, a
// socket, a disk or a random device, starts no thread and throws nothing. Its host hands it one
// Input at a time and carries out what it finds in Ready. The simulator, the programs and the
// browser are three hosts of the same cores.
//
// P, the protocol, is a struct that names a system's types:
//   Config    what the core is constructed from, beside a seed that differs per incarnation
//   Command   what a client may ask          Result  what it is answered
//   Event     what it is told unasked        Message what peers tell each other
//   Record    what is written to disk
#pragma once

#include <concepts>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/ids.hpp"
#include "core/time.hpp"

namespace core {

/// Two ways to a disk or a peer, so that bulk (a snapshot) never delays control (a vote, a
/// heartbeat).
enum class Lane : std::uint8_t { control, bulk };

/// Control writes make up the log. Bulk writes make up snapshots: a `begin`, any number of `chunk`s
/// and a `commit`, which replaces the snapshot before it, all at once, and frees the log up to
/// `covers`.
enum class WriteKind : std::uint8_t { log, begin, chunk, commit };

/// Recovery sees all the records of a write or none. The core numbers the writes of each lane 1, 2,
/// 3, ... and after a restart goes on from what Recovered says.
template <class P>
struct Write {
  Lane lane = Lane::control;
  WriteSeq seq;
  WriteKind kind = WriteKind::log;
  WriteSeq covers;  // of a commit: the last write of the log whose effect the snapshot holds
  std::vector<typename P::Record> records;
};

/// What stood on disk at the start: the last committed snapshot, then the writes of the log after
/// it.
template <class P>
struct Recovered {
  std::vector<typename P::Record> snapshot;
  WriteSeq covered;  // the last write of the log that the snapshot stands for
  std::vector<Write<P>> log;
  WriteSeq last_control;  // the last sequence used in each lane; the next write is one higher
  WriteSeq last_bulk;
};

/// Who runs, and where to reach it.
struct Peer {
  NodeId id;
  std::string address;  // "host:port"

  friend bool operator==(const Peer&, const Peer&) = default;
};

// ---- What a core can learn about the outside world: one Input per step --------------------------

/// Always the first. `incarnation` counts the starts of this node, on disk where it has one:
/// whatever must be unique across restarts is built from it, never from random numbers.
template <class P>
struct Start {
  Recovered<P> recovered;
  std::uint64_t incarnation = 0;
};

/// A peer's message. Messages may be lost, repeated, delayed and reordered.
template <class P>
struct Receive {
  NodeId from;
  typename P::Message message;
};

/// A client's command. Exactly one Reply answers it, unless Closed comes first.
template <class P>
struct Request {
  SessionId session;
  RequestId request;
  typename P::Command command;
};

/// That client is gone; what is sent to it is dropped.
struct Closed {
  SessionId session;
};

/// The client's send queue crossed its high mark (`full`) or fell below its low mark.
struct Backlog {
  SessionId session;
  std::uint32_t bytes = 0;
  bool full = false;
};

/// Every write of the lane up to `seq` is durable.
struct Persisted {
  Lane lane = Lane::control;
  WriteSeq seq;
};

/// Whether the disk has room for new work. Without room what frees space must still be accepted.
struct Room {
  bool available = true;
};

enum class LoadError : std::uint8_t { gone, damaged, io };

/// The answer to a Load.
template <class P>
struct Loaded {
  LoadId load;
  std::expected<std::vector<Write<P>>, LoadError> writes;
};

/// next_timeout() has been reached.
struct Timeout {};

template <class P>
using Input = std::variant<Start<P>, Receive<P>, Request<P>, Closed, Backlog, Persisted, Room,
                           Loaded<P>, Timeout>;

// ---- What a core wants done ---------------------------------------------------------------------

/// Reads writes `first` to `last` of the log back, or, in the bulk lane, those of the committed
/// snapshot.
struct Load {
  LoadId load;
  Lane lane = Lane::control;
  WriteSeq first;
  WriteSeq last;
};

template <class P>
struct Send {
  NodeId to;
  Lane lane = Lane::control;
  typename P::Message message;
};

template <class P>
struct Reply {
  SessionId session;
  RequestId request;
  typename P::Result result;
};

/// The same event for many sessions; the host encodes it once.
template <class P>
struct Push {
  std::vector<SessionId> sessions;
  typename P::Event event;
};

/// No list waits for another: what must follow a write is emitted only by the step that receives
/// its Persisted. So "durable before said" stands in the core, where the simulator tests it.
template <class P>
struct Ready {
  std::vector<Write<P>> writes;
  std::vector<Load> loads;
  std::vector<Send<P>> messages;
  std::vector<Reply<P>> replies;
  std::vector<Push<P>> pushes;
  std::vector<SessionId> closes;
  // Whom to stay connected to, when that changes. Who stays connected to this node can be answered,
  // too.
  std::optional<std::vector<Peer>> peers;

  bool empty() const {
    return writes.empty() && loads.empty() && messages.empty() && replies.empty() &&
           pushes.empty() && closes.empty() && !peers;
  }
};

/// What went wrong, in a sentence for a person; empty when nothing did.
using Violation = std::optional<std::string>;

template <class C>
concept ProtocolCore =
    std::copyable<C> &&
    std::constructible_from<C, const typename C::Protocol::Config&, std::uint64_t> &&
    requires(C core, const C& view, const Now& now, const Input<typename C::Protocol>& input,
             Ready<typename C::Protocol>& ready) {
      // The only mutator: a bare visit with one handler per Input. Appends to `ready`.
      { core.step(now, input, ready) } noexcept -> std::same_as<void>;
      // The one timer; after a Timeout it is later than `now`, or none.
      { view.next_timeout() } -> std::same_as<std::optional<Instant>>;
      // Of the whole state, for traces, search and comparison.
      { view.digest() } -> std::same_as<std::uint64_t>;
      // Costs what the last step touched; a full sweep when `full`.
      { view.check_invariants(true) } -> std::same_as<Violation>;
    };

}  // namespace core
