// What a host is told at its start. Every limit states what happens to whoever goes beyond it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/ids.hpp"
#include "disk/file_system.hpp"

namespace net {

struct HttpLimits {
  std::uint32_t max_connections = 1'000;      // beyond: 503, closed
  std::uint32_t max_header_bytes = 16 << 10;  // beyond: 431, closed
  std::uint32_t max_body_bytes = 1 << 20;     // beyond: 413, closed
  /// Requests of one connection that wait for their answer. At the limit nothing more is read from
  /// it.
  std::uint32_t max_outstanding = 32;
  /// Bytes of answers that a client has not taken. Above the high mark nothing more is read from
  /// it, until they are below the low mark; beyond the cap it is closed.
  std::uint32_t send_high_bytes = 1 << 20;
  std::uint32_t send_low_bytes = 256 << 10;
  std::uint32_t send_cap_bytes = 16 << 20;
  std::uint32_t header_timeout_ms = 10'000;  // first byte to end of header; then 408, closed
  std::uint32_t body_timeout_ms = 30'000;    // end of header to end of body; then 408, closed
  std::uint32_t idle_timeout_ms = 75'000;    // without a request; then closed
  std::uint32_t write_timeout_ms = 30'000;   // without the client taking a byte; then closed
  std::uint32_t linger_timeout_ms = 2'000;   // for a refused client to read why; then closed
};

struct PeerLimits {
  std::uint32_t max_message_bytes = 16 << 20;  // larger: not sent, counted; received: link closed
  std::uint32_t max_queued_bytes = 32 << 20;   // of one link; beyond: message dropped, counted
  std::uint32_t max_incoming = 256;            // connections from peers; beyond: closed
  std::uint32_t max_callers = 16;              // nodes that are no peers; beyond: not answered
  std::uint32_t connect_timeout_ms = 2'000;    // then tried again
  std::uint32_t hello_timeout_ms = 5'000;      // for the first frame; then closed
  std::uint32_t write_timeout_ms = 10'000;  // without the peer taking a byte; then connected again
  std::uint32_t first_retry_ms = 50;        // doubles with each failure, with jitter,
  std::uint32_t last_retry_ms = 2'000;      // up to this
};

/// Of the socket for --lab.
struct LabLimits {
  std::uint32_t max_connections = 16;      // beyond: closed
  std::uint32_t max_line_bytes = 1'000;    // beyond: refused, closed
  std::uint32_t idle_timeout_ms = 10'000;  // without a whole line; then closed
};

/// An address to listen on. Port 0 takes any free one.
struct Listen {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;
};

struct NodeOptions {
  std::string system;           // "queue": names the traces and the folder's owner
  std::string cluster = "lab";  // a peer of another cluster is refused
  core::NodeId node{1};

  Listen http;
  std::vector<std::string> allowed_hosts;  // beside localhost, 127.0.0.1, [::1] and http.address
  std::optional<Listen> peers;             // none: this node takes no connections from peers
  HttpLimits http_limits;
  PeerLimits peer_limits;

  /// Opens the socket `control` in data_dir, which takes orders to block and delay links.
  bool lab = false;
  LabLimits lab_limits;

  /// Where to keep what must outlive the process; empty: in memory, and nothing outlives it.
  std::string data_dir;
  /// Keeps what is written in the process until it is synced, so that killing the process loses
  /// what a power cut would.
  bool lose_unsynced = false;
  std::uint32_t sync_us = 0;  // so much longer takes each sync, before anything of it counts
  /// Instead of data_dir, for tests: any file system.
  std::shared_ptr<disk::FileSystem> files;
  /// Writes not yet durable. At the limit no more requests are read until the disk has caught up.
  std::uint64_t max_unsynced_bytes = 64 << 20;
  std::uint32_t full_disk_retry_ms = 1'000;  // how often a full disk is asked whether it has room

  std::string record;      // the file that gets the trace; empty: none
  std::uint64_t seed = 0;  // of the core; 0: drawn from the operating system

  /// After a signal: requests under way get this long for their answers. Then they are told that
  /// their outcome is unknown, and clients get as long again to take what they were answered.
  std::uint32_t drain_ms = 1'000;
};

}  // namespace net
