// A payload's codec, judged: in the simulator, where producers of the old program and of the new
// one hand in thumbnails to the shipped broker, strangers hand in what is none, and workers read it
// all.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "core/bytes.hpp"
#include "sim/program.hpp"
#include "sim/system.hpp"

namespace payload {

/// What a producer wants.
struct Wish {
  std::string photo;
  std::uint32_t width = 0;
  std::optional<std::uint32_t> height;

  friend bool operator==(const Wish&, const Wish&) = default;
};

/// The reader's, whatever its Thumbnail is like. decode() may throw: then the worker has died.
struct Codec {
  std::function<core::Bytes(const Wish&)> encode;
  std::function<std::optional<Wish>(const core::Bytes&)> decode;
};

/// The number of each is its place in all_promises.
enum class Promise : std::uint8_t { old_tasks_done, payload_understood, hostile_refused };

inline constexpr std::array<sim::Promise, 3> all_promises = {{
    {"old-tasks-done",
     "A task that a producer of the old program enqueued is done as it was meant: it waits in the "
     "queue and in the log while workers of the new program start."},
    {"payload-understood", "Each task is read by a worker as its producer meant it."},
    {"hostile-refused",
     "What is no thumbnail is never worked on. It ends as a dead letter, and no worker dies of "
     "it."},
}};

/// Which codec it is from now on, in this whole process.
void use(Codec codec);

/// Judges the first `judged` of the promises. `flags`: what a replay needs to run the same codec.
sim::Program program(std::uint32_t judged, std::string flags);

}  // namespace payload
