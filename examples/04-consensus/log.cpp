#include "log.hpp"

#include <algorithm>

#include "core/require.hpp"

namespace raft {

Term Log::term_at(Index index) const { return index == base_index_ ? base_term_ : at(index).term; }

const Entry& Log::at(Index index) const {
  core::require(index > base_index_ && index <= last_index(), "the log has that entry");
  return entries_[index - base_index_ - 1];
}

bool Log::has(Index index, Term term) const {
  if (index < base_index_) return true;
  return index <= last_index() && term_at(index) == term;
}

bool Log::is_covered_by(Index other_last_index, Term other_last_term) const {
  if (other_last_term != last_term()) return other_last_term > last_term();
  return other_last_index >= last_index();
}

Index Log::last_not_above(Index index, Term term) const {
  index = std::min(index, last_index());
  while (index >= base_index_ && term_at(index) > term) --index;
  return index;
}

void Log::truncate(Index first) {
  core::require(first > base_index_, "what a snapshot stands for stays");
  entries_.resize(std::min<std::size_t>(entries_.size(), first - base_index_ - 1));
}

void Log::compact(Index index) {
  if (index <= base_index_) return;
  const Term term = term_at(index);
  const auto kept = entries_.begin() + static_cast<std::ptrdiff_t>(index - base_index_);
  entries_.erase(entries_.begin(), kept);
  base_index_ = index;
  base_term_ = term;
}

void Log::restart_behind(Index index, Term term) {
  entries_.clear();
  base_index_ = index;
  base_term_ = term;
}

std::span<const Entry> Log::slice(Index first, std::uint64_t count) const {
  core::require(first > base_index_, "the log has that entry");
  if (first > last_index()) return {};
  return std::span(entries_).subspan(first - base_index_ - 1,
                                     std::min(count, last_index() - first + 1));
}

}  // namespace raft
