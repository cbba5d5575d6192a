#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "wire/draw_test.hpp"
#include "wire/frame.hpp"
#include "wire/json.hpp"
#include "wire/samples_test.hpp"

namespace {

using sample::Everything;
using sample::Protocol;

/// What has no == is compared by its bytes.
template <class T>
void expect_round_trips(const T& value) {
  const std::string bytes = wire::encode(value);
  const auto binary = wire::decode<T>(bytes);
  RC_ASSERT(binary.has_value());
  RC_ASSERT(wire::encode(*binary) == bytes);
  const auto json = wire::from_json<T>(wire::to_json(value));
  RC_ASSERT(json.has_value());
  RC_ASSERT(wire::encode(*json) == bytes);
}

RC_GTEST_PROP(RoundTrip, GivesBackEveryMessage, ()) {
  const auto value = wire::draw<Everything>();
  RC_ASSERT((wire::decode<Everything>(wire::encode(value)) == value));
  RC_ASSERT((wire::from_json<Everything>(wire::to_json(value)) == value));
}

RC_GTEST_PROP(RoundTrip, GivesBackEveryInputAndReady, ()) {
  expect_round_trips(wire::draw<core::Input<Protocol>>());
  expect_round_trips(wire::draw<core::ClientInput<Protocol>>());
  expect_round_trips(wire::draw<core::Ready<Protocol>>());
  expect_round_trips(wire::draw<core::ClientReady<Protocol>>());
}

RC_GTEST_PROP(RoundTrip, WritesWhatItReadFromAnyBytesItAccepts, ()) {
  std::string bytes = wire::encode(wire::draw<core::Input<Protocol>>());
  for (auto changes = *rc::gen::inRange(1, 4); changes > 0; --changes) {
    const auto at = *rc::gen::inRange<std::size_t>(0, bytes.size());
    bytes[at] = *rc::gen::arbitrary<char>();
  }
  const auto read = wire::decode<core::Input<Protocol>>(bytes);
  if (read) RC_ASSERT(wire::encode(*read) == bytes);
}

}  // namespace
