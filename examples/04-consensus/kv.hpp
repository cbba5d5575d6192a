// The state machine that the cluster replicates: keys with values. It knows nothing of Raft, and
// Raft (raft.hpp) knows nothing of keys: whatever has these types and functions can take its place,
// as locks.hpp does.
//
// It must be deterministic. Each node applies the same operations in the same order, and all of
// them must come to the same state and the same answers. So it has no clock and draws nothing.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/bytes.hpp"
#include "core/digest.hpp"

namespace kv {

/// Counts the changes of the whole store. A key has the version of the change that gave it its
/// value, so that no value ever has the version of another; 0 stands for a key that is not there.
using Version = std::uint64_t;

// ---- What changes it ----------------------------------------------------------------------------

/// With `expected` this is compare-and-set: nothing happens unless the key has that version.
struct Put {
  std::string key;
  core::Bytes value;
  std::optional<Version> expected;

  friend bool operator==(const Put&, const Put&) = default;
};

struct Delete {
  std::string key;
  std::optional<Version> expected;

  friend bool operator==(const Delete&, const Delete&) = default;
};

/// Adds to the end of the value. Carried out twice it shows.
struct Append {
  std::string key;
  core::Bytes value;

  friend bool operator==(const Append&, const Append&) = default;
};

using Operation = std::variant<Put, Delete, Append>;

// ---- What only reads it -------------------------------------------------------------------------

struct Get {
  std::string key;

  friend bool operator==(const Get&, const Get&) = default;
};

using Query = Get;

// ---- What is answered ---------------------------------------------------------------------------

/// The key has a new value, of this version.
struct Stored {
  Version version = 0;

  friend bool operator==(const Stored&, const Stored&) = default;
};

struct Found {
  core::Bytes value;
  Version version = 0;

  friend bool operator==(const Found&, const Found&) = default;
};

/// There is no such key: now, if it was deleted.
struct Missing {
  friend bool operator==(const Missing&, const Missing&) = default;
};

/// It did not have the version that was expected but this one, and nothing happened.
struct Conflict {
  Version version = 0;

  friend bool operator==(const Conflict&, const Conflict&) = default;
};

/// The value would be too long, or the store too large. Nothing happened.
struct TooLarge {
  friend bool operator==(const TooLarge&, const TooLarge&) = default;
};

using Answer = std::variant<Stored, Found, Missing, Conflict, TooLarge>;

// ---- The machine --------------------------------------------------------------------------------

/// Every node must have the same, or they would answer differently.
struct Limits {
  std::uint32_t max_key_bytes = 512;
  std::uint32_t max_value_bytes = 1 << 20;
  std::uint64_t max_stored_bytes = 64 << 20;  // keys and values together

  friend bool operator==(const Limits&, const Limits&) = default;
};

const std::string& key_of(const Operation& operation);

/// Whether the operation may enter the log: its key has 1 byte or more, and nothing is too long by
/// itself.
bool is_valid(const Operation& operation, const Limits& limits);

/// About what it takes in a message.
std::uint64_t size_of(const Operation& operation);

// The state, in pieces, as it stands in a snapshot.

struct Pair {
  std::string key;
  core::Bytes value;
  Version version = 0;

  friend bool operator==(const Pair&, const Pair&) = default;
};

/// How many changes there were.
struct Changes {
  Version version = 0;

  friend bool operator==(const Changes&, const Changes&) = default;
};

using Piece = std::variant<Pair, Changes>;

/// About what it takes in a message.
std::uint64_t size_of(const Piece& piece);

class KeyValue {
 public:
  explicit KeyValue(const Limits& limits) : limits_(limits) {}

  Answer apply(const Operation& operation);
  Answer ask(const Query& query) const;

  /// The whole state. Payloads are shared, not copied.
  std::vector<Piece> pieces() const;
  /// Puts a piece back. A new machine that is given all the pieces of another is equal to it.
  void take(const Piece& piece);

  Version version() const { return version_; }
  std::size_t size() const { return values_.size(); }
  void add_to(core::Digest& digest) const;

 private:
  struct Value {
    core::Bytes bytes;
    Version version = 0;
  };

  Answer on(const Put& put);
  Answer on(const Delete& erase);
  Answer on(const Append& append);
  void put_back(const Pair& pair);
  void put_back(const Changes& changes) { version_ = changes.version; }
  Version version_of(const std::string& key) const;
  Answer store(const std::string& key, const core::Bytes& value);

  Limits limits_;
  Version version_ = 0;
  std::map<std::string, Value> values_;
  std::uint64_t stored_bytes_ = 0;
};

}  // namespace kv
