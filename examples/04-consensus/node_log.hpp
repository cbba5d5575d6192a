// The log of one node, told a second time and without haste: by what its disk said at its start,
// and by what it has written since.
#pragma once

#include <cstdint>
#include <map>

#include "core/digest.hpp"
#include "log.hpp"
#include "messages.hpp"

namespace raft {

class NodeLog {
 public:
  struct Place {
    Entry entry;
    core::WriteSeq written_by;
  };

  /// Nothing is there but what stands in a snapshot.
  void restart_from(const SnapshotHead& head);
  void take(const LogFrom& part, core::WriteSeq written_by);
  /// Up to `index` it is gone, for a snapshot has it.
  void drop_to(Index index);

  Index base() const { return base_.last_included_index; }
  Index last() const { return places_.empty() ? base() : places_.rbegin()->first; }
  /// None where it says nothing.
  const Place* at(Index index) const;
  bool has(Index index, Term term) const { return index <= last() && term_at(index) == term; }
  Term term_at(Index index) const;
  /// What a snapshot begins with that is cut behind `index`.
  SnapshotHead head_at(Index index) const;
  bool says_the_same_as(const Log& log) const;
  void add_to(core::Digest& digest) const;

 private:
  SnapshotHead base_;
  std::map<Index, Place> places_;
};

}  // namespace raft
