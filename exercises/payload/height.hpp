// A reader's Thumbnail may have no height yet, and may keep it as it likes: as a number, 0 for
// none, or as an optional one.
#pragma once

#include <cstdint>
#include <optional>

namespace payload {

using Height = std::optional<std::uint32_t>;

template <class T>
void set_height(T& thumbnail, const Height& height) {
  if constexpr (requires { thumbnail.height; }) {
    if (height) thumbnail.height = *height;
  }
}

template <class T>
Height height_of(const T& thumbnail) {
  if constexpr (requires { thumbnail.height; }) {
    const Height height = thumbnail.height;
    return height == 0 ? Height() : height;
  } else {
    return {};
  }
}

}  // namespace payload
