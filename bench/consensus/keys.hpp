// The keys that the bench writes, and what each must hold.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cluster.hpp"

namespace bench {

/// A key that one client writes, one value after the other. It remembers what it must hold: the
/// value that was sent last, for the next is sent when that one is acknowledged.
class Key {
 public:
  Key(std::uint32_t client, std::uint32_t number) : client_(client), number_(number) {}

  /// 16 bytes.
  std::string name() const;

  /// 256 bytes that no other value has: the name, and which of the key's values it is.
  std::string value() const;

  bool is_written() const { return writes_ > 0; }
  void begin_write() { ++writes_; }

  /// Takes another name. The old one may be written by a put of unknown outcome at any time from
  /// now on, so nobody can say what it must hold.
  void renounce() { ++generation_; }

  /// Throws Wrong if what was read is anything but the value().
  void check(Outcome outcome, const std::string& read) const;

 private:
  std::uint32_t client_;
  std::uint32_t number_;
  std::uint32_t generation_ = 0;
  std::uint64_t writes_ = 0;
};

/// The keys of one cluster, for all that is measured with it.
class Keys {
 public:
  /// Enough that each of so many clients has its own. Nothing is written.
  void make_for(std::uint32_t clients);

  static constexpr std::uint32_t of_each_client = 100;
  std::vector<Key>& of(std::uint32_t client) { return keys_[client]; }

 private:
  std::vector<std::vector<Key>> keys_;
};

}  // namespace bench
