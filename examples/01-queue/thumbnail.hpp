// The demonstration's work: "make a thumbnail of this photo", and how that travels. The producer
// encodes it into a task's payload, and the worker decodes it:
//
//   {"photo":"wren.jpg","width":320,"height":240}
//
// A payload outlives the program that wrote it: it lies in the queue, and in the log. So a worker
// must read what producers of yesterday wrote.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/bytes.hpp"

namespace queue {

inline constexpr std::uint32_t longest_side = 10'000;     // of a thumbnail, in pixels
inline constexpr std::uint32_t longest_photo_name = 100;  // in bytes

struct Thumbnail {
  std::string photo;                    // a file's name: letters, digits, '-', '_', and inside '.'
  std::uint32_t width = 0;              // in pixels: 1 to longest_side, and so is the next
  std::optional<std::uint32_t> height;  // none: as the photo's shape wants it

  friend bool operator==(const Thumbnail&, const Thumbnail&) = default;
};

core::Bytes encode(const Thumbnail& thumbnail);

/// Nothing if the payload is no thumbnail: anybody may put anything into a queue. Members that it
/// does not know are left alone; a newer producer may send more.
std::optional<Thumbnail> decode(const core::Bytes& payload);

}  // namespace queue
