// What passes between the host and a core in another process: one line of JSON for each input, one
// line for what the core wants done. src/reference/any-language.md tells how it is used.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/contract.hpp"
#include "messages.hpp"
#include "messages_wire.hpp"
#include "wire/contract.hpp"
#include "wire/type.hpp"

namespace queue {

/// To the core. The line with `start` begins a new life: it alone has `config` and `seed`, and
/// whatever the core knew before is forgotten.
struct CoreInput {
  core::Now now;
  std::optional<Config> config;
  std::optional<std::uint64_t> seed;
  std::optional<bool> show;  // somebody looks: the answer is to have `queues`
  core::Input<Protocol> input;
};

/// From the core.
struct CoreAnswer {
  core::Ready<Protocol> ready;
  std::optional<core::Instant> next_timeout;     // none: it needs no waking
  std::optional<std::uint64_t> digest;           // of its whole state, for traces
  std::optional<std::vector<QueueInfo>> queues;  // as it would answer list_queues
};

constexpr auto describe(wire::Type<CoreInput>) {
  return wire::record<120>(
      "core_input", wire::field<1>("now", &CoreInput::now),
      wire::field<2>("config", &CoreInput::config), wire::field<3>("seed", &CoreInput::seed),
      wire::field<4>("show", &CoreInput::show), wire::field<5>("input", &CoreInput::input));
}

constexpr auto describe(wire::Type<CoreAnswer>) {
  return wire::record<121>("core_answer", wire::field<1>("ready", &CoreAnswer::ready),
                           wire::field<2>("next_timeout", &CoreAnswer::next_timeout),
                           wire::field<3>("digest", &CoreAnswer::digest),
                           wire::field<4>("queues", &CoreAnswer::queues));
}

}  // namespace queue
