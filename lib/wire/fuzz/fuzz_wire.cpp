// Hostile input for libFuzzer. The first byte picks what the rest is fed to; whatever is accepted
// must give back exactly what came in when it is written again.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/require.hpp"
#include "wire/frame.hpp"
#include "wire/json.hpp"
#include "wire/samples_test.hpp"
#include "wire/trace.hpp"

namespace {

using sample::Protocol;

template <class T>
void binary(std::string_view input) {
  const auto value = wire::decode<T>(input);
  if (value) core::require(wire::encode(*value) == input, "what was decoded encodes differently");
  const core::Bytes shared{std::string(input)};
  const auto sharing = wire::decode<T>(shared);
  core::require(sharing.has_value() == value.has_value(),
                "shared storage changes what is accepted");
  if (sharing) core::require(wire::encode(*sharing) == input, "shared storage changes the value");
}

/// JSON has several ways to write a value (spaces, order): after one round the text must stay.
template <class T>
void json(std::string_view input) {
  const auto value = wire::from_json<T>(input);
  if (!value) return;
  const std::string text = wire::to_json(*value);
  const auto again = wire::from_json<T>(text);
  core::require(again.has_value(), "what was written as JSON cannot be read");
  core::require(wire::to_json(*again) == text, "JSON changes when it is read and written");
  core::require(wire::encode(*again) == wire::encode(*value), "JSON changes the value");
}

/// The next byte is the size of the chunks.
void frames(std::string_view input) {
  if (input.empty()) return;
  const std::size_t chunk = 1 + static_cast<std::uint8_t>(input.front());
  input.remove_prefix(1);
  wire::FrameReader reader(4096);
  std::string again;
  for (std::size_t at = 0; at < input.size(); at += chunk) {
    reader.feed(input.substr(at, chunk));
    for (auto next = reader.next(); next && *next; next = reader.next()) {
      wire::append_frame(again, (*next)->kind, (*next)->payload.view());
    }
  }
  core::require(again.size() == reader.consumed() && input.starts_with(again),
                "frames that were read are written differently");
}

void trace(std::string_view input) {
  wire::TraceReader reader;
  reader.feed(input);
  for (auto next = reader.next(); next && *next; next = reader.next()) {
    const std::string_view payload = (*next)->payload.view();
    if ((*next)->kind == wire::TraceKind::header) binary<wire::TraceHeader>(payload);
    if ((*next)->kind == wire::TraceKind::step) {
      binary<wire::TraceStep<core::Input<Protocol>>>(payload);
    }
    if ((*next)->kind == wire::TraceKind::ready) binary<core::Ready<Protocol>>(payload);
  }
  core::require(reader.whole_turns_bytes() <= input.size(), "more turns than bytes");
  (void)reader.finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 8) {
    case 0:
      binary<sample::Everything>(input);
      break;
    case 1:
      binary<core::Input<Protocol>>(input);
      break;
    case 2:
      binary<core::Ready<Protocol>>(input);
      break;
    case 3:
      binary<sample::Tree>(input);
      break;
    case 4:
      frames(input);
      break;
    case 5:
      json<sample::Everything>(input);
      break;
    case 6:
      json<core::Input<Protocol>>(input);
      break;
    default:
      trace(input);
      break;
  }
  return 0;
}
