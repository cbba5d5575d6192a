// What can happen in a World, and what it keeps of nodes, clients and the connections between them.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <variant>
#include <vector>

#include "core/client.hpp"
#include "core/contract.hpp"
#include "sim/alarm.hpp"
#include "sim/machine.hpp"
#include "sim/system.hpp"

namespace sim {

// An event that names an epoch is void when the node or client has gone down or started since.

// Plans.
struct PlanLine {
  std::uint64_t index = 0;
};
struct WallsEnd {};  // what a partition held back between clients and nodes may go on
struct FullEnds {
  core::NodeId node;
};
struct Deadline {};  // of the liveness phase

// Nodes.
struct StartNode {
  core::NodeId node;
  std::uint64_t epoch = 0;
};
struct Wake {
  core::NodeId node;
  std::uint64_t epoch = 0;
  core::Instant due;  // void when the node is to wake at another time
};
struct RunSteps {
  core::NodeId node;
  std::uint64_t epoch = 0;
  std::uint64_t turn = 0;  // of this node: a pause that was cut short has made its steps
};
struct SyncDone {
  core::NodeId node;
  std::uint64_t epoch = 0;
};
struct CrashInSync {
  core::NodeId node;
  std::uint64_t epoch = 0;
  Downfall downfall;
};
struct ReadDone {
  core::NodeId node;
  std::uint64_t epoch = 0;
  core::Load load;
};
struct DiskTick {
  core::NodeId node;
  std::uint64_t epoch = 0;
};

template <class P>
struct Arrive {  // a message, at its node
  core::NodeId from;
  core::NodeId to;
  core::Lane lane = core::Lane::control;
  std::uint64_t number = 0;  // of its link
  bool repeat = false;       // the second copy
  typename P::Message message;
};

// Connections. The first two let the oldest piece under way arrive.
struct ToNode {
  core::SessionId session;
};
struct ToClient {
  core::SessionId session;
};
struct NodeNotices {  // that the connection is broken
  core::SessionId session;
};
struct ClientNotices {
  core::SessionId session;
};

// Clients.
struct StartClient {
  ClientId client;
  std::uint64_t epoch = 0;
};
struct WakeClient {
  ClientId client;
  std::uint64_t epoch = 0;
  core::Instant due;
};
struct Connect {
  ClientId client;
  std::uint64_t epoch = 0;
  std::uint64_t attempt = 0;
};

template <class Work>
struct DoWork {  // the client's program asks it
  ClientId client;
  std::uint64_t epoch = 0;
  Work work;
  bool fresh = false;  // of the liveness phase
};

template <class P, class Q>
using Event =
    std::variant<PlanLine, WallsEnd, FullEnds, Deadline, StartNode, Wake, RunSteps, SyncDone,
                 CrashInSync, ReadDone, DiskTick, Arrive<P>, ToNode, ToClient, NodeNotices,
                 ClientNotices, StartClient, WakeClient, Connect, DoWork<typename Q::Work>>;

/// A turn that has read its clocks.
struct Turn {
  core::Now now;
  std::uint64_t most = 0;  // inputs that it takes
};

template <class P>
struct Node {
  Machine machine;
  std::deque<core::Input<P>> inbox;
  std::optional<Turn> in_turn;  // while it is paused before its steps
  std::vector<core::NodeId> peers;
  std::uint64_t steps = 0;
};

template <class K>
struct ClientHost {
  using Q = typename K::Protocol;
  std::optional<K> core;  // empty while it is down
  std::deque<core::ClientInput<Q>> inbox;
  Clock clock;
  std::uint64_t epoch = 0;
  std::uint64_t starts = 0;
  std::uint64_t outcomes = 0;  // told to its program, over all its starts
  Alarm alarm;
  core::NodeId node{1};  // where it connects to next
  std::uint64_t attempts = 0;
  std::optional<core::SessionId> session;  // while connected
};

/// A client's connection as TCP gives it: two rows of pieces under way, and each end's view of
/// whether it is open.
template <class Q>
struct Connection {
  struct End {};  // nothing comes after it
  using Down = std::variant<core::Answer<Q>, core::Pushed<Q>, End>;
  struct Sized {
    Down piece;
    std::uint64_t bytes = 0;
  };

  ClientId client;
  core::NodeId node;
  bool node_open = true;
  bool client_open = true;
  bool broken = false;                          // nothing arrives any more
  std::deque<std::optional<core::Call<Q>>> up;  // none: the end
  std::deque<Sized> down;
  core::Instant up_last, down_last;  // when the last of each arrives
  std::uint64_t up_held = 0;         // pieces that a partition holds back
  std::uint64_t down_held = 0;
  std::uint64_t down_bytes = 0;
  bool backlog_told = false;
  std::set<core::RequestId> open_at_node;  // asked and not answered
  std::set<core::RequestId> open_at_client;
};

}  // namespace sim
