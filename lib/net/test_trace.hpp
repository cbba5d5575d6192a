// For tests: whether a core that is fed a trace wants what the trace says.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include "wire/trace.hpp"

namespace net {

inline std::string content_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Makes a core at each header, feeds it each step, and expects each Ready byte for byte.
template <class Core>
void expect_core_follows(const std::string& file, int expected_runs) {
  wire::TraceReader reader;
  reader.feed(content_of(file));
  int runs = 0;
  std::optional<Core> core;
  typename Core::Ready ready;
  for (auto record = reader.next(); record && *record; record = reader.next()) {
    const core::Bytes& payload = (*record)->payload;
    if ((*record)->kind == wire::TraceKind::header) {
      const auto header = wire::decode<wire::TraceHeader>(payload);
      ASSERT_TRUE(header);
      const auto config = wire::decode<typename Core::Protocol::Config>(header->config);
      ASSERT_TRUE(config);
      core.emplace(*config, header->seed);
      ++runs;
    } else if ((*record)->kind == wire::TraceKind::step) {
      const auto step = wire::decode<wire::TraceStep<typename Core::Input>>(payload);
      ASSERT_TRUE(step);
      core->step(step->now, step->input, ready);
    } else {
      EXPECT_EQ(wire::encode(std::exchange(ready, {})), payload.view());
    }
  }
  const auto finished = reader.finish();
  EXPECT_TRUE(finished) << finished.error().what;
  EXPECT_EQ(runs, expected_runs);
}

}  // namespace net
