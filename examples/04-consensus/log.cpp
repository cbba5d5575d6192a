#include "log.hpp"

#include <algorithm>

#include "core/require.hpp"

namespace raft {

Term Log::term_at(Index index) const { return index == 0 ? Term{} : at(index).term; }

const Entry& Log::at(Index index) const {
  core::require(index > 0 && index <= last_index(), "the log has that entry");
  return entries_[index - 1];
}

bool Log::is_covered_by(Index other_last_index, Term other_last_term) const {
  if (other_last_term != last_term()) return other_last_term > last_term();
  return other_last_index >= last_index();
}

Index Log::last_not_above(Index index, Term term) const {
  index = std::min(index, last_index());
  while (term_at(index) > term) --index;
  return index;
}

void Log::truncate(Index first) {
  core::require(first > 0, "entries count from 1");
  entries_.resize(std::min<std::size_t>(entries_.size(), first - 1));
}

std::span<const Entry> Log::slice(Index first, std::uint64_t count) const {
  core::require(first > 0, "entries count from 1");
  if (first > last_index()) return {};
  return std::span(entries_).subspan(first - 1, std::min(count, last_index() - first + 1));
}

}  // namespace raft
