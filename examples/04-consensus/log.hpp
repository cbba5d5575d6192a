// The log of one node: entries 1 to last_index(), in memory. What of it is on disk is raft.cpp's
// business.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "messages.hpp"

namespace raft {

class Log {
 public:
  Index last_index() const { return entries_.size(); }
  Term last_term() const { return term_at(last_index()); }

  /// Of the entry at `index`, which must not be behind the last; 0 at index 0.
  Term term_at(Index index) const;
  const Entry& at(Index index) const;
  bool has(Index index, Term term) const { return index <= last_index() && term_at(index) == term; }

  /// Whether a log that ends with this entry is at least as up to date as this one: what section
  /// 5.4.1 asks of a candidate.
  bool is_covered_by(Index other_last_index, Term other_last_term) const;

  /// The last place at or before `index` whose term is not above `term`.
  Index last_not_above(Index index, Term term) const;

  void append(Entry entry) { entries_.push_back(std::move(entry)); }
  /// Removes the entry at `first` and all behind it.
  void truncate(Index first);

  /// Entries `first` to `first + count - 1`, or as many of them as there are.
  std::span<const Entry> slice(Index first, std::uint64_t count) const;

 private:
  std::vector<Entry> entries_;  // entry i is [i - 1]
};

}  // namespace raft
