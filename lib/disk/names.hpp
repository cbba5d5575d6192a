// The files of a data folder.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace disk {

inline constexpr std::string_view identity_name = "identity";
inline constexpr std::string_view identity_draft_name = "identity.tmp";
inline constexpr std::string_view snapshot_name = "snapshot";
inline constexpr std::string_view snapshot_draft_name = "snapshot.tmp";
inline constexpr std::string_view reserve_name = "reserve";
inline constexpr std::string_view spare_draft_name = "spare.tmp";  // of a segment or the reserve

/// "segment-000000000042.log"
std::string segment_name(std::uint64_t number);

/// The reverse; nothing for any other name.
std::optional<std::uint64_t> segment_number(std::string_view name);

}  // namespace disk
