// Names for things, as types that cannot be mixed up.
#pragma once

#include <compare>
#include <cstdint>

namespace core {

template <class Tag, class Rep>
struct Id {
  using Value = Rep;
  Rep value = 0;

  friend constexpr auto operator<=>(const Id&, const Id&) = default;
};

using NodeId = Id<struct NodeTag, std::uint32_t>;        // a member of the cluster; 0 names no node
using SessionId = Id<struct SessionTag, std::uint64_t>;  // one client connection to one node
using RequestId = Id<struct RequestTag, std::uint64_t>;  // unique within its session
using LoadId = Id<struct LoadTag, std::uint64_t>;        // a read from disk, chosen by the core
using WriteSeq = Id<struct WriteTag, std::uint64_t>;  // counts the writes of a lane: 1, 2, 3, ...

}  // namespace core
