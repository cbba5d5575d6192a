// How the client's work, outcomes and config are written into plans and traces (client.hpp).
#pragma once

#include "client.hpp"
#include "messages_wire.hpp"
#include "wire/type.hpp"

namespace queue {

// ---- Work: 50 to 59 -----------------------------------------------------------------------------

constexpr auto describe(wire::Type<Produce>) {
  return wire::record<50>("produce", wire::field<1>("number", &Produce::number),
                          wire::field<2>("queue", &Produce::queue),
                          wire::field<3>("payloads", &Produce::payloads));
}

constexpr auto describe(wire::Type<Finish>) {
  return wire::record<51>("finish", wire::field<1>("task", &Finish::task),
                          wire::field<2>("lease", &Finish::lease),
                          wire::field<3>("succeeded", &Finish::succeeded));
}

constexpr auto describe(wire::Type<Rest>) { return wire::record<52>("rest"); }

// ---- Outcomes: 60 to 69 -------------------------------------------------------------------------

constexpr auto describe(wire::Type<Produced>) {
  return wire::record<60>("produced", wire::field<1>("number", &Produced::number),
                          wire::field<2>("tasks", &Produced::tasks));
}

constexpr auto describe(wire::Type<NotProduced>) {
  return wire::record<61>("not_produced", wire::field<1>("number", &NotProduced::number),
                          wire::field<2>("reason", &NotProduced::reason));
}

constexpr auto describe(wire::Type<Delayed>) {
  return wire::record<62>("delayed", wire::field<1>("number", &Delayed::number),
                          wire::field<2>("reason", &Delayed::reason));
}

constexpr auto describe(wire::Type<Begin>) {
  return wire::record<63>("begin", wire::field<1>("task", &Begin::task));
}

constexpr auto describe(wire::Type<Finished>) {
  return wire::record<64>("finished", wire::field<1>("task", &Finished::task),
                          wire::field<2>("lease", &Finished::lease),
                          wire::field<3>("ending", &Finished::ending));
}

constexpr auto describe(wire::Type<Ending>) {
  return wire::enumeration(wire::value<1>("completed", Ending::completed),
                           wire::value<2>("returned", Ending::returned),
                           wire::value<3>("lost", Ending::lost));
}

constexpr auto describe(wire::Type<ClientConfig>) {
  return wire::record<70>("client_config", wire::field<1>("name", &ClientConfig::name),
                          wire::field<2>("queue", &ClientConfig::queue),
                          wire::field<3>("concurrency", &ClientConfig::concurrency),
                          wire::field<4>("visibility_ms", &ClientConfig::visibility_ms),
                          wire::field<5>("wait_ms", &ClientConfig::wait_ms),
                          wire::field<6>("retry_ms", &ClientConfig::retry_ms),
                          wire::field<7>("call_timeout_ms", &ClientConfig::call_timeout_ms),
                          wire::field<8>("max_unsent", &ClientConfig::max_unsent));
}

}  // namespace queue
