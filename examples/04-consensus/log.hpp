// The log of one node, in memory. Its beginning may be gone: a snapshot stands for it (section 7).
// What of it is on disk is raft.cpp's business.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "messages.hpp"

namespace raft {

class Log {
 public:
  /// Entries up to this one are gone. All of them are committed; 0: none is gone.
  Index base_index() const { return base_index_; }
  Index last_index() const { return base_index_ + entries_.size(); }
  Term last_term() const { return term_at(last_index()); }

  /// Of the entry at `index`, which must not be before the base nor behind the last; 0 at index 0.
  Term term_at(Index index) const;
  const Entry& at(Index index) const;
  /// Whether this is an entry of the log. What is gone is committed, so it is in every leader's.
  bool has(Index index, Term term) const;

  /// Whether a log that ends with this entry is at least as up to date as this one: what section
  /// 5.4.1 asks of a candidate.
  bool is_covered_by(Index other_last_index, Term other_last_term) const;

  /// The last place at or before `index` whose term is not above `term`. When it is before the
  /// base, only so much is known of it.
  Index last_not_above(Index index, Term term) const;

  void append(Entry entry) { entries_.push_back(std::move(entry)); }
  /// Removes the entry at `first`, which is behind the base, and all that follow.
  void truncate(Index first);
  /// Removes all up to `index`, which must be there. A snapshot has them.
  void compact(Index index);
  /// Nothing is left, and what follows goes behind this entry.
  void restart_behind(Index index, Term term);

  /// Entries `first` to `first + count - 1`, or as many of them as there are.
  std::span<const Entry> slice(Index first, std::uint64_t count) const;

 private:
  Index base_index_ = 0;
  Term base_term_;
  std::vector<Entry> entries_;  // entry i is [i - base_index_ - 1]
};

}  // namespace raft
