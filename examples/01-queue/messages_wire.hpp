// How each message of messages.hpp is written: its names in JSON, its numbers in the binary form. A
// number, once released, keeps its meaning for ever; what is new takes a new one.
#pragma once

#include "messages.hpp"
#include "wire/type.hpp"

namespace queue {

// ---- What several of them hold: 1 to 9 ----------------------------------------------------------

constexpr auto describe(wire::Type<LeaseToken>) {
  return wire::record<1>("lease_token", wire::field<1>("incarnation", &LeaseToken::incarnation),
                         wire::field<2>("number", &LeaseToken::number));
}

constexpr auto describe(wire::Type<Holding>) {
  return wire::record<2>("holding", wire::field<1>("task", &Holding::task),
                         wire::field<2>("lease", &Holding::lease));
}

constexpr auto describe(wire::Type<Settings>) {
  return wire::record<3>("settings", wire::field<1>("max_length", &Settings::max_length),
                         wire::field<2>("max_attempts", &Settings::max_attempts),
                         wire::field<3>("dead_letters_to", &Settings::dead_letters_to));
}

constexpr auto describe(wire::Type<NewTask>) {
  return wire::record<4>("new_task", wire::field<1>("payload", &NewTask::payload),
                         wire::field<2>("delay_ms", &NewTask::delay_ms),
                         wire::field<3>("max_attempts", &NewTask::max_attempts),
                         wire::field<4>("key", &NewTask::key));
}

constexpr auto describe(wire::Type<LeasedTask>) {
  return wire::record<5>("leased_task", wire::field<1>("task", &LeasedTask::task),
                         wire::field<2>("lease", &LeasedTask::lease),
                         wire::field<3>("attempt", &LeasedTask::attempt),
                         wire::field<4>("max_attempts", &LeasedTask::max_attempts),
                         wire::field<5>("expires_at", &LeasedTask::expires_at),
                         wire::field<6>("payload", &LeasedTask::payload));
}

constexpr auto describe(wire::Type<RefusedAck>) {
  return wire::record<6>("refused_ack", wire::field<1>("task", &RefusedAck::task),
                         wire::field<2>("reason", &RefusedAck::reason));
}

constexpr auto describe(wire::Type<Counts>) {
  return wire::record<7>(
      "counts", wire::field<1>("pending", &Counts::pending),
      wire::field<2>("delayed", &Counts::delayed),
      wire::field<3>("processing", &Counts::processing),
      wire::field<4>("completed", &Counts::completed), wire::field<5>("failed", &Counts::failed),
      wire::field<6>("dropped", &Counts::dropped), wire::field<7>("waiting", &Counts::waiting),
      wire::field<8>("oldest_ms", &Counts::oldest_ms));
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
                           wire::value<11>("too_many_keys", Refusal::too_many_keys),
                           wire::value<12>("not_failed", Refusal::not_failed),
                           wire::value<13>("no_room", Refusal::no_room));
}

constexpr auto describe(wire::Type<TaskState>) {
  return wire::enumeration(wire::value<1>("pending", TaskState::pending),
                           wire::value<2>("processing", TaskState::processing),
                           wire::value<3>("completed", TaskState::completed),
                           wire::value<4>("failed", TaskState::failed));
}

constexpr auto describe(wire::Type<ReturnReason>) {
  return wire::enumeration(wire::value<1>("nacked", ReturnReason::nacked),
                           wire::value<2>("expired", ReturnReason::expired));
}

// ---- Commands: 10 to 29 -------------------------------------------------------------------------

constexpr auto describe(wire::Type<Enqueue>) {
  return wire::record<10>("enqueue", wire::field<1>("queue", &Enqueue::queue),
                          wire::field<2>("tasks", &Enqueue::tasks));
}

constexpr auto describe(wire::Type<Lease>) {
  return wire::record<11>(
      "lease", wire::field<1>("queue", &Lease::queue), wire::field<2>("worker", &Lease::worker),
      wire::field<3>("max", &Lease::max), wire::field<4>("visibility_ms", &Lease::visibility_ms),
      wire::field<5>("wait_ms", &Lease::wait_ms));
}

constexpr auto describe(wire::Type<Ack>) {
  return wire::record<12>("ack", wire::field<1>("queue", &Ack::queue),
                          wire::field<2>("held", &Ack::held));
}

constexpr auto describe(wire::Type<AckMany>) {
  return wire::record<13>("ack_many", wire::field<1>("queue", &AckMany::queue),
                          wire::field<2>("held", &AckMany::held));
}

constexpr auto describe(wire::Type<Nack>) {
  return wire::record<14>("nack", wire::field<1>("queue", &Nack::queue),
                          wire::field<2>("held", &Nack::held));
}

constexpr auto describe(wire::Type<Extend>) {
  return wire::record<15>("extend", wire::field<1>("queue", &Extend::queue),
                          wire::field<2>("held", &Extend::held),
                          wire::field<3>("visibility_ms", &Extend::visibility_ms));
}

constexpr auto describe(wire::Type<Look>) {
  return wire::record<16>("look", wire::field<1>("queue", &Look::queue),
                          wire::field<2>("task", &Look::task));
}

constexpr auto describe(wire::Type<Inspect>) {
  return wire::record<17>("inspect", wire::field<1>("queue", &Inspect::queue));
}

constexpr auto describe(wire::Type<ListQueues>) { return wire::record<18>("list_queues"); }

constexpr auto describe(wire::Type<SetQueue>) {
  return wire::record<19>("set_queue", wire::field<1>("queue", &SetQueue::queue),
                          wire::field<2>("settings", &SetQueue::settings));
}

constexpr auto describe(wire::Type<ListDead>) {
  return wire::record<20>("list_dead", wire::field<1>("queue", &ListDead::queue),
                          wire::field<2>("after", &ListDead::after),
                          wire::field<3>("max", &ListDead::max));
}

constexpr auto describe(wire::Type<RetryDead>) {
  return wire::record<21>("retry_dead", wire::field<1>("queue", &RetryDead::queue),
                          wire::field<2>("task", &RetryDead::task));
}

constexpr auto describe(wire::Type<DropDead>) {
  return wire::record<22>("drop_dead", wire::field<1>("queue", &DropDead::queue),
                          wire::field<2>("task", &DropDead::task));
}

// ---- Results: 30 to 49 --------------------------------------------------------------------------

constexpr auto describe(wire::Type<Enqueued>) {
  return wire::record<30>("enqueued", wire::field<1>("tasks", &Enqueued::tasks));
}

constexpr auto describe(wire::Type<Leased>) {
  return wire::record<31>("leased", wire::field<1>("tasks", &Leased::tasks));
}

constexpr auto describe(wire::Type<Done>) { return wire::record<32>("done"); }

constexpr auto describe(wire::Type<Acked>) {
  return wire::record<33>("acked", wire::field<1>("done", &Acked::done),
                          wire::field<2>("refused", &Acked::refused));
}

constexpr auto describe(wire::Type<TaskInfo>) {
  return wire::record<34>(
      "task_info", wire::field<1>("task", &TaskInfo::task),
      wire::field<2>("queue", &TaskInfo::queue), wire::field<3>("state", &TaskInfo::state),
      wire::field<4>("attempts", &TaskInfo::attempts),
      wire::field<5>("max_attempts", &TaskInfo::max_attempts),
      wire::field<6>("enqueued_at", &TaskInfo::enqueued_at),
      wire::field<7>("not_before", &TaskInfo::not_before),
      wire::field<8>("expires_at", &TaskInfo::expires_at),
      wire::field<9>("worker", &TaskInfo::worker), wire::field<10>("ended_at", &TaskInfo::ended_at),
      wire::field<11>("reason", &TaskInfo::reason), wire::field<12>("payload", &TaskInfo::payload));
}

constexpr auto describe(wire::Type<DeadLetters>) {
  return wire::record<35>("dead_letters", wire::field<1>("tasks", &DeadLetters::tasks),
                          wire::field<2>("more", &DeadLetters::more));
}

constexpr auto describe(wire::Type<QueueInfo>) {
  return wire::record<36>("queue_info", wire::field<1>("queue", &QueueInfo::queue),
                          wire::field<2>("settings", &QueueInfo::settings),
                          wire::field<3>("counts", &QueueInfo::counts));
}

constexpr auto describe(wire::Type<Queues>) {
  return wire::record<37>("queues", wire::field<1>("queues", &Queues::queues));
}

constexpr auto describe(wire::Type<Refused>) {
  return wire::record<38>("refused", wire::field<1>("reason", &Refused::reason));
}

// ---- Records: 50 to 69 --------------------------------------------------------------------------

constexpr auto describe(wire::Type<QueueSet>) {
  return wire::record<50>("queue_set", wire::field<1>("queue", &QueueSet::queue),
                          wire::field<2>("settings", &QueueSet::settings));
}

constexpr auto describe(wire::Type<TaskEnqueued>) {
  return wire::record<51>("task_enqueued", wire::field<1>("task", &TaskEnqueued::task),
                          wire::field<2>("queue", &TaskEnqueued::queue),
                          wire::field<3>("payload", &TaskEnqueued::payload),
                          wire::field<4>("at", &TaskEnqueued::at),
                          wire::field<5>("delay_ms", &TaskEnqueued::delay_ms),
                          wire::field<6>("max_attempts", &TaskEnqueued::max_attempts),
                          wire::field<7>("hops", &TaskEnqueued::hops));
}

constexpr auto describe(wire::Type<KeyUsed>) {
  return wire::record<52>(
      "key_used", wire::field<1>("queue", &KeyUsed::queue), wire::field<2>("key", &KeyUsed::key),
      wire::field<3>("task", &KeyUsed::task), wire::field<4>("at", &KeyUsed::at));
}

constexpr auto describe(wire::Type<KeysForgotten>) {
  return wire::record<53>("keys_forgotten", wire::field<1>("count", &KeysForgotten::count));
}

constexpr auto describe(wire::Type<TaskLeased>) {
  return wire::record<54>(
      "task_leased", wire::field<1>("task", &TaskLeased::task),
      wire::field<2>("lease", &TaskLeased::lease), wire::field<3>("worker", &TaskLeased::worker),
      wire::field<4>("attempt", &TaskLeased::attempt), wire::field<5>("at", &TaskLeased::at),
      wire::field<6>("visibility_ms", &TaskLeased::visibility_ms));
}

constexpr auto describe(wire::Type<LeaseExtended>) {
  return wire::record<55>("lease_extended", wire::field<1>("task", &LeaseExtended::task),
                          wire::field<2>("at", &LeaseExtended::at),
                          wire::field<3>("visibility_ms", &LeaseExtended::visibility_ms));
}

constexpr auto describe(wire::Type<TaskReturned>) {
  return wire::record<56>("task_returned", wire::field<1>("task", &TaskReturned::task),
                          wire::field<2>("reason", &TaskReturned::reason),
                          wire::field<3>("at", &TaskReturned::at),
                          wire::field<4>("delay_ms", &TaskReturned::delay_ms));
}

constexpr auto describe(wire::Type<TaskCompleted>) {
  return wire::record<57>("task_completed", wire::field<1>("task", &TaskCompleted::task),
                          wire::field<2>("at", &TaskCompleted::at));
}

constexpr auto describe(wire::Type<TaskFailed>) {
  return wire::record<58>("task_failed", wire::field<1>("task", &TaskFailed::task),
                          wire::field<2>("reason", &TaskFailed::reason),
                          wire::field<3>("at", &TaskFailed::at));
}

constexpr auto describe(wire::Type<TaskMoved>) {
  return wire::record<59>("task_moved", wire::field<1>("task", &TaskMoved::task),
                          wire::field<2>("to", &TaskMoved::to),
                          wire::field<3>("reason", &TaskMoved::reason));
}

constexpr auto describe(wire::Type<TaskRetried>) {
  return wire::record<60>("task_retried", wire::field<1>("task", &TaskRetried::task));
}

constexpr auto describe(wire::Type<TaskDropped>) {
  return wire::record<61>("task_dropped", wire::field<1>("task", &TaskDropped::task));
}

constexpr auto describe(wire::Type<QueueCounted>) {
  return wire::record<62>("queue_counted", wire::field<1>("queue", &QueueCounted::queue),
                          wire::field<2>("completed", &QueueCounted::completed),
                          wire::field<3>("dropped", &QueueCounted::dropped));
}

constexpr auto describe(wire::Type<TasksNumbered>) {
  return wire::record<63>("tasks_numbered", wire::field<1>("next", &TasksNumbered::next));
}

// ---- What else is written into traces: 70 to 79 -------------------------------------------------

constexpr auto describe(wire::Type<Config>) {
  return wire::record<70>("config", wire::field<1>("max_queues", &Config::max_queues),
                          wire::field<2>("max_queue_length", &Config::max_queue_length),
                          wire::field<3>("max_payload_bytes", &Config::max_payload_bytes),
                          wire::field<4>("max_stored_bytes", &Config::max_stored_bytes),
                          wire::field<5>("max_batch", &Config::max_batch),
                          wire::field<6>("max_leases", &Config::max_leases),
                          wire::field<7>("max_leases_per_worker", &Config::max_leases_per_worker),
                          wire::field<8>("max_waiting", &Config::max_waiting),
                          wire::field<9>("max_name_bytes", &Config::max_name_bytes),
                          wire::field<10>("max_key_bytes", &Config::max_key_bytes),
                          wire::field<11>("max_keys", &Config::max_keys),
                          wire::field<12>("max_visibility_ms", &Config::max_visibility_ms),
                          wire::field<13>("max_wait_ms", &Config::max_wait_ms),
                          wire::field<14>("max_delay_ms", &Config::max_delay_ms),
                          wire::field<15>("max_attempts", &Config::max_attempts),
                          wire::field<16>("default_attempts", &Config::default_attempts),
                          wire::field<17>("max_hops", &Config::max_hops),
                          wire::field<18>("backoff_ms", &Config::backoff_ms),
                          wire::field<19>("max_backoff_ms", &Config::max_backoff_ms),
                          wire::field<20>("key_window_ms", &Config::key_window_ms),
                          wire::field<21>("keep_completed", &Config::keep_completed),
                          wire::field<22>("snapshot_bytes", &Config::snapshot_bytes),
                          wire::field<23>("chunk_bytes", &Config::chunk_bytes));
}

constexpr auto describe(wire::Type<Nothing>) { return wire::record<71>("nothing"); }

}  // namespace queue
