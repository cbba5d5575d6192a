// Another state machine for the cluster: locks, each with a name and, while it is held, an owner.
// It takes the place of the key-value store when the build says so (machines/locks), and Raft does
// not notice.
//
// A lock in a distributed system can not be trusted alone: its owner may sleep, be given up, and
// wake with the lock in another's hands. So each grant comes with a token, a number that only
// grows. Whoever owns a lock shows its token to what the lock guards, which refuses a token that is
// smaller than one it has seen: it fences the late owner off.
//
// It is deterministic, and so has no clock: a lock does not expire by itself. Whoever knows that an
// owner is dead looks for its token, and releases the lock in its name.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "core/digest.hpp"

namespace locks {

/// Counts the grants of the whole service: 1, 2, 3, ...
using Token = std::uint64_t;

// ---- What changes it ----------------------------------------------------------------------------

/// Granted if nobody holds the lock. It does not wait: who is told that it is held asks again.
struct Acquire {
  std::string name;
  std::string owner;

  friend bool operator==(const Acquire&, const Acquire&) = default;
};

/// Nothing happens unless that owner holds the lock with that token: a release that comes late does
/// not open a lock that was granted again.
struct Release {
  std::string name;
  std::string owner;
  Token token = 0;

  friend bool operator==(const Release&, const Release&) = default;
};

using Operation = std::variant<Acquire, Release>;

// ---- What only reads it -------------------------------------------------------------------------

/// Who holds the lock?
struct Look {
  std::string name;

  friend bool operator==(const Look&, const Look&) = default;
};

using Query = Look;

// ---- What is answered ---------------------------------------------------------------------------

/// The lock is yours now; no grant before had a token as large.
struct Granted {
  Token token = 0;

  friend bool operator==(const Granted&, const Granted&) = default;
};

/// Somebody holds it, perhaps who asks. Nothing happened.
struct Held {
  std::string owner;
  Token token = 0;

  friend bool operator==(const Held&, const Held&) = default;
};

/// Nobody holds it: now, if it was released.
struct Free {
  friend bool operator==(const Free&, const Free&) = default;
};

/// As many locks are held as can be. Nothing happened.
struct TooMany {
  friend bool operator==(const TooMany&, const TooMany&) = default;
};

using Answer = std::variant<Granted, Held, Free, TooMany>;

// ---- The machine --------------------------------------------------------------------------------

/// Every node must have the same, or they would answer differently.
struct Limits {
  std::uint32_t max_name_bytes = 512;
  std::uint32_t max_owner_bytes = 512;
  std::uint32_t max_locks = 100'000;  // that are held

  friend bool operator==(const Limits&, const Limits&) = default;
};

/// Whether the operation may enter the log: name and owner have 1 byte or more, and are not too
/// long.
bool is_valid(const Operation& operation, const Limits& limits);

/// About what it takes in a message.
std::uint64_t size_of(const Operation& operation);

// The state, in pieces, as it stands in a snapshot.

/// One that is held.
struct Lock {
  std::string name;
  std::string owner;
  Token token = 0;

  friend bool operator==(const Lock&, const Lock&) = default;
};

/// How many grants there were. It outlives the locks, so that no token is given twice.
struct Grants {
  Token last_token = 0;

  friend bool operator==(const Grants&, const Grants&) = default;
};

using Piece = std::variant<Lock, Grants>;

/// About what it takes in a message.
std::uint64_t size_of(const Piece& piece);

class LockService {
 public:
  explicit LockService(const Limits& limits) : limits_(limits) {}

  Answer apply(const Operation& operation);
  Answer ask(const Query& query) const;

  /// The whole state.
  std::vector<Piece> pieces() const;
  /// Puts a piece back. A new machine that is given all the pieces of another is equal to it.
  void take(const Piece& piece);

  void add_to(core::Digest& digest) const;

 private:
  Answer on(const Acquire& acquire);
  Answer on(const Release& release);
  void put_back(const Lock& lock) { held_[lock.name] = {lock.owner, lock.token}; }
  void put_back(const Grants& grants) { last_token_ = grants.last_token; }

  Limits limits_;
  Token last_token_ = 0;
  std::map<std::string, Held> held_;  // by the locks' names
};

}  // namespace locks
