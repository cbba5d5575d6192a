// How the client's work, outcomes and config are written into plans and traces (client.hpp).
#pragma once

#include "client.hpp"
#include "messages_wire.hpp"
#include "wire/type.hpp"

namespace queue {

// ---- Work: 80 to 89 -----------------------------------------------------------------------------

constexpr auto describe(wire::Type<Produce>) {
  return wire::record<80>("produce", wire::field<1>("number", &Produce::number),
                          wire::field<2>("queue", &Produce::queue),
                          wire::field<3>("tasks", &Produce::tasks));
}

constexpr auto describe(wire::Type<Finish>) {
  return wire::record<81>("finish", wire::field<1>("task", &Finish::task),
                          wire::field<2>("lease", &Finish::lease),
                          wire::field<3>("succeeded", &Finish::succeeded));
}

constexpr auto describe(wire::Type<Rest>) { return wire::record<82>("rest"); }

constexpr auto describe(wire::Type<Ask>) {
  return wire::record<83>("ask", wire::field<1>("number", &Ask::number),
                          wire::field<2>("command", &Ask::command));
}

// ---- Outcomes: 90 to 99 -------------------------------------------------------------------------

constexpr auto describe(wire::Type<Produced>) {
  return wire::record<90>("produced", wire::field<1>("number", &Produced::number),
                          wire::field<2>("tasks", &Produced::tasks));
}

constexpr auto describe(wire::Type<NotProduced>) {
  return wire::record<91>("not_produced", wire::field<1>("number", &NotProduced::number),
                          wire::field<2>("reason", &NotProduced::reason));
}

constexpr auto describe(wire::Type<Delayed>) {
  return wire::record<92>("delayed", wire::field<1>("number", &Delayed::number),
                          wire::field<2>("reason", &Delayed::reason));
}

constexpr auto describe(wire::Type<Begin>) {
  return wire::record<93>("begin", wire::field<1>("task", &Begin::task));
}

constexpr auto describe(wire::Type<LeaseLost>) {
  return wire::record<94>("lease_lost", wire::field<1>("task", &LeaseLost::task),
                          wire::field<2>("lease", &LeaseLost::lease));
}

constexpr auto describe(wire::Type<Finished>) {
  return wire::record<95>("finished", wire::field<1>("task", &Finished::task),
                          wire::field<2>("lease", &Finished::lease),
                          wire::field<3>("ending", &Finished::ending));
}

constexpr auto describe(wire::Type<Answered>) {
  return wire::record<96>("answered", wire::field<1>("number", &Answered::number),
                          wire::field<2>("result", &Answered::result),
                          wire::field<3>("unknown", &Answered::unknown));
}

constexpr auto describe(wire::Type<Ending>) {
  return wire::enumeration(wire::value<1>("completed", Ending::completed),
                           wire::value<2>("returned", Ending::returned),
                           wire::value<3>("lost", Ending::lost));
}

// ---- What the client is made from: 100 ----------------------------------------------------------

constexpr auto describe(wire::Type<ClientConfig>) {
  return wire::record<100>("client_config", wire::field<1>("name", &ClientConfig::name),
                           wire::field<2>("queue", &ClientConfig::queue),
                           wire::field<3>("concurrency", &ClientConfig::concurrency),
                           wire::field<4>("visibility_ms", &ClientConfig::visibility_ms),
                           wire::field<5>("extend", &ClientConfig::extend),
                           wire::field<6>("wait_ms", &ClientConfig::wait_ms),
                           wire::field<7>("retry_ms", &ClientConfig::retry_ms),
                           wire::field<8>("retry_max_ms", &ClientConfig::retry_max_ms),
                           wire::field<9>("call_timeout_ms", &ClientConfig::call_timeout_ms),
                           wire::field<10>("max_unsent", &ClientConfig::max_unsent),
                           wire::field<11>("max_acks", &ClientConfig::max_acks));
}

}  // namespace queue
