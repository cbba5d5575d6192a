// How each message of messages.hpp is written: its names in JSON, its numbers in the binary form. A
// number, once released, keeps its meaning for ever; what is new takes a new one.
#pragma once

#include "messages.hpp"
#include "wire/type.hpp"

namespace queue {

constexpr auto describe(wire::Type<LeaseToken>) {
  return wire::record<40>("lease_token", wire::field<1>("incarnation", &LeaseToken::incarnation),
                          wire::field<2>("number", &LeaseToken::number));
}

// ---- Commands: 1 to 9 ---------------------------------------------------------------------------

constexpr auto describe(wire::Type<Enqueue>) {
  return wire::record<1>("enqueue", wire::field<1>("queue", &Enqueue::queue),
                         wire::field<2>("payloads", &Enqueue::payloads));
}

constexpr auto describe(wire::Type<Lease>) {
  return wire::record<2>(
      "lease", wire::field<1>("queue", &Lease::queue), wire::field<2>("worker", &Lease::worker),
      wire::field<3>("max", &Lease::max), wire::field<4>("visibility_ms", &Lease::visibility_ms),
      wire::field<5>("wait_ms", &Lease::wait_ms));
}

constexpr auto describe(wire::Type<Ack>) {
  return wire::record<3>("ack", wire::field<1>("queue", &Ack::queue),
                         wire::field<2>("task", &Ack::task), wire::field<3>("lease", &Ack::lease));
}

constexpr auto describe(wire::Type<Nack>) {
  return wire::record<4>("nack", wire::field<1>("queue", &Nack::queue),
                         wire::field<2>("task", &Nack::task),
                         wire::field<3>("lease", &Nack::lease));
}

constexpr auto describe(wire::Type<Inspect>) {
  return wire::record<5>("inspect", wire::field<1>("queue", &Inspect::queue));
}

// ---- Results: 10 to 19 --------------------------------------------------------------------------

constexpr auto describe(wire::Type<Enqueued>) {
  return wire::record<10>("enqueued", wire::field<1>("tasks", &Enqueued::tasks));
}

constexpr auto describe(wire::Type<Leased>) {
  return wire::record<11>("leased", wire::field<1>("tasks", &Leased::tasks));
}

constexpr auto describe(wire::Type<Done>) { return wire::record<12>("done"); }

constexpr auto describe(wire::Type<Counts>) {
  return wire::record<13>("counts", wire::field<1>("pending", &Counts::pending),
                          wire::field<2>("processing", &Counts::processing),
                          wire::field<3>("completed", &Counts::completed),
                          wire::field<4>("waiting", &Counts::waiting));
}

constexpr auto describe(wire::Type<Refused>) {
  return wire::record<14>("refused", wire::field<1>("reason", &Refused::reason));
}

constexpr auto describe(wire::Type<LeasedTask>) {
  return wire::record<41>("leased_task", wire::field<1>("task", &LeasedTask::task),
                          wire::field<2>("lease", &LeasedTask::lease),
                          wire::field<3>("attempt", &LeasedTask::attempt),
                          wire::field<4>("expires_at", &LeasedTask::expires_at),
                          wire::field<5>("payload", &LeasedTask::payload));
}

constexpr auto describe(wire::Type<Refusal>) {
  return wire::enumeration(wire::value<1>("bad_name", Refusal::bad_name),
                           wire::value<2>("bad_request", Refusal::bad_request),
                           wire::value<3>("payload_too_large", Refusal::payload_too_large),
                           wire::value<4>("no_such_queue", Refusal::no_such_queue),
                           wire::value<5>("no_such_task", Refusal::no_such_task),
                           wire::value<6>("stale_lease", Refusal::stale_lease),
                           wire::value<7>("queue_full", Refusal::queue_full),
                           wire::value<8>("too_many_queues", Refusal::too_many_queues),
                           wire::value<9>("too_many_leases", Refusal::too_many_leases),
                           wire::value<10>("too_many_waiting", Refusal::too_many_waiting),
                           wire::value<11>("no_room", Refusal::no_room));
}

// ---- Records: 20 to 29 --------------------------------------------------------------------------

constexpr auto describe(wire::Type<TaskEnqueued>) {
  return wire::record<20>("task_enqueued", wire::field<1>("task", &TaskEnqueued::task),
                          wire::field<2>("queue", &TaskEnqueued::queue),
                          wire::field<3>("payload", &TaskEnqueued::payload),
                          wire::field<4>("at", &TaskEnqueued::at));
}

constexpr auto describe(wire::Type<TaskLeased>) {
  return wire::record<21>(
      "task_leased", wire::field<1>("task", &TaskLeased::task),
      wire::field<2>("lease", &TaskLeased::lease), wire::field<3>("worker", &TaskLeased::worker),
      wire::field<4>("attempt", &TaskLeased::attempt), wire::field<5>("at", &TaskLeased::at),
      wire::field<6>("visibility_ms", &TaskLeased::visibility_ms));
}

constexpr auto describe(wire::Type<TaskReturned>) {
  return wire::record<22>("task_returned", wire::field<1>("task", &TaskReturned::task),
                          wire::field<2>("reason", &TaskReturned::reason));
}

constexpr auto describe(wire::Type<TaskCompleted>) {
  return wire::record<23>("task_completed", wire::field<1>("task", &TaskCompleted::task));
}

constexpr auto describe(wire::Type<ReturnReason>) {
  return wire::enumeration(wire::value<1>("nacked", ReturnReason::nacked),
                           wire::value<2>("expired", ReturnReason::expired));
}

// ---- What else is written into traces: 30 to 39 -------------------------------------------------

constexpr auto describe(wire::Type<Config>) {
  return wire::record<30>("config", wire::field<1>("max_queues", &Config::max_queues),
                          wire::field<2>("max_queue_length", &Config::max_queue_length),
                          wire::field<3>("max_payload_bytes", &Config::max_payload_bytes),
                          wire::field<4>("max_stored_bytes", &Config::max_stored_bytes),
                          wire::field<5>("max_batch", &Config::max_batch),
                          wire::field<6>("max_leases_per_worker", &Config::max_leases_per_worker),
                          wire::field<7>("max_waiting", &Config::max_waiting),
                          wire::field<8>("max_name_bytes", &Config::max_name_bytes),
                          wire::field<9>("max_visibility_ms", &Config::max_visibility_ms),
                          wire::field<10>("max_wait_ms", &Config::max_wait_ms));
}

constexpr auto describe(wire::Type<Nothing>) { return wire::record<31>("nothing"); }

}  // namespace queue
