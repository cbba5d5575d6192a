// CRC-32C (Castagnoli), the checksum of every frame on a wire and every record on a disk. It finds
// accidents, not attacks.
#pragma once

#include <cstdint>
#include <string_view>

namespace wire {

/// The checksum of `data`. To continue one, pass what the bytes before gave:
/// crc32c(b, crc32c(a)) == crc32c(a + b).
std::uint32_t crc32c(std::string_view data, std::uint32_t before = 0);

}  // namespace wire
