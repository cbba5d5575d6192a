// The simulator with a reader's own codec: "thumbnail.hpp" is that of my/NAME.
#include "thumbnail.hpp"

#include <optional>

#include "height.hpp"
#include "judge.hpp"
#include "mine_main.hpp"

namespace {

core::Bytes encode(const payload::Wish& wish) {
  queue::Thumbnail thumbnail;
  thumbnail.photo = wish.photo;
  thumbnail.width = wish.width;
  payload::set_height(thumbnail, wish.height);
  return queue::encode(thumbnail);
}

std::optional<payload::Wish> decode(const core::Bytes& bytes) {
  const auto thumbnail = queue::decode(bytes);
  if (!thumbnail) return {};
  return payload::Wish{thumbnail->photo, thumbnail->width, payload::height_of(*thumbnail)};
}

}  // namespace

int main(int argc, char** argv) {
  payload::use({encode, decode});
  return run_mine(argc, argv, payload::all_promises.size(), payload::program);
}
