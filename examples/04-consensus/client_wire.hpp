// How the client's work, outcomes and configuration are written.
#pragma once

#include "client.hpp"
#include "messages_wire.hpp"
#include "wire/type.hpp"

namespace raft {

constexpr auto describe(wire::Type<Ask>) {
  return wire::record<70>("ask", wire::field<1>("number", &Ask::number),
                          wire::field<2>("command", &Ask::command));
}

constexpr auto describe(wire::Type<Learned>) {
  return wire::record<71>("learned", wire::field<1>("number", &Learned::number),
                          wire::field<2>("command", &Learned::command),
                          wire::field<3>("result", &Learned::result));
}

constexpr auto describe(wire::Type<ClientConfig>) {
  return wire::record<100>("client_config", wire::field<1>("retry_ms", &ClientConfig::retry_ms),
                           wire::field<2>("retry_max_ms", &ClientConfig::retry_max_ms),
                           wire::field<3>("call_timeout_ms", &ClientConfig::call_timeout_ms),
                           wire::field<4>("max_waiting", &ClientConfig::max_waiting),
                           wire::field<5>("sessions", &ClientConfig::sessions));
}

}  // namespace raft
