// The descriptions of the contract between a core and its host (core/contract.hpp,
// core/client.hpp), so that traces, disks and the simulator write them as they write any message.
// The system's own types (Command, Result, Message, Event, Record, Work, Outcome) are described
// beside their structs.
#pragma once

#include "core/client.hpp"
#include "core/contract.hpp"
#include "core/time.hpp"
#include "wire/type.hpp"

namespace wire {

constexpr auto describe(Type<core::Lane>) {
  return enumeration(value<1>("control", core::Lane::control), value<2>("bulk", core::Lane::bulk));
}

constexpr auto describe(Type<core::WriteKind>) {
  return enumeration(
      value<1>("log", core::WriteKind::log), value<2>("begin", core::WriteKind::begin),
      value<3>("chunk", core::WriteKind::chunk), value<4>("commit", core::WriteKind::commit));
}

constexpr auto describe(Type<core::LoadError>) {
  return enumeration(value<1>("gone", core::LoadError::gone),
                     value<2>("damaged", core::LoadError::damaged),
                     value<3>("io", core::LoadError::io));
}

constexpr auto describe(Type<core::CallError>) {
  return enumeration(value<1>("refused", core::CallError::refused),
                     value<2>("unknown", core::CallError::unknown));
}

// ---- Inputs of a node: 1 to 9 -------------------------------------------------------------------

template <class P>
constexpr auto describe(Type<core::Start<P>>) {
  return record<1>("start", field<1>("recovered", &core::Start<P>::recovered),
                   field<2>("incarnation", &core::Start<P>::incarnation));
}

template <class P>
constexpr auto describe(Type<core::Receive<P>>) {
  return record<2>("receive", field<1>("from", &core::Receive<P>::from),
                   field<2>("message", &core::Receive<P>::message));
}

template <class P>
constexpr auto describe(Type<core::Request<P>>) {
  return record<3>("request", field<1>("session", &core::Request<P>::session),
                   field<2>("request", &core::Request<P>::request),
                   field<3>("command", &core::Request<P>::command));
}

constexpr auto describe(Type<core::Closed>) {
  return record<4>("closed", field<1>("session", &core::Closed::session));
}

constexpr auto describe(Type<core::Backlog>) {
  return record<5>("backlog", field<1>("session", &core::Backlog::session),
                   field<2>("bytes", &core::Backlog::bytes),
                   field<3>("full", &core::Backlog::full));
}

constexpr auto describe(Type<core::Persisted>) {
  return record<6>("persisted", field<1>("lane", &core::Persisted::lane),
                   field<2>("seq", &core::Persisted::seq));
}

constexpr auto describe(Type<core::Room>) {
  return record<7>("room", field<1>("available", &core::Room::available));
}

template <class P>
constexpr auto describe(Type<core::Loaded<P>>) {
  return record<8>("loaded", field<1>("load", &core::Loaded<P>::load),
                   field<2>("writes", &core::Loaded<P>::writes));
}

constexpr auto describe(Type<core::Timeout>) { return record<9>("timeout"); }

// ---- Inputs of a client: 10 to 14, and timeout --------------------------------------------------

template <class P>
constexpr auto describe(Type<core::Submit<P>>) {
  return record<10>("submit", field<1>("work", &core::Submit<P>::work));
}

constexpr auto describe(Type<core::Connected>) { return record<11>("connected"); }

constexpr auto describe(Type<core::Disconnected>) { return record<12>("disconnected"); }

template <class P>
constexpr auto describe(Type<core::Answer<P>>) {
  return record<13>("answer", field<1>("request", &core::Answer<P>::request),
                    field<2>("result", &core::Answer<P>::result));
}

template <class P>
constexpr auto describe(Type<core::Pushed<P>>) {
  return record<14>("pushed", field<1>("event", &core::Pushed<P>::event));
}

// ---- What a core wants done: 20 to 27 -----------------------------------------------------------

template <class P>
constexpr auto describe(Type<core::Write<P>>) {
  using Write = core::Write<P>;
  return record<20>("write", field<1>("lane", &Write::lane), field<2>("seq", &Write::seq),
                    field<3>("kind", &Write::kind), field<4>("covers", &Write::covers),
                    field<5>("records", &Write::records));
}

constexpr auto describe(Type<core::Load>) {
  return record<21>("load", field<1>("load", &core::Load::load),
                    field<2>("lane", &core::Load::lane), field<3>("first", &core::Load::first),
                    field<4>("last", &core::Load::last));
}

template <class P>
constexpr auto describe(Type<core::Send<P>>) {
  return record<22>("send", field<1>("to", &core::Send<P>::to),
                    field<2>("lane", &core::Send<P>::lane),
                    field<3>("message", &core::Send<P>::message));
}

template <class P>
constexpr auto describe(Type<core::Reply<P>>) {
  return record<23>("reply", field<1>("session", &core::Reply<P>::session),
                    field<2>("request", &core::Reply<P>::request),
                    field<3>("result", &core::Reply<P>::result));
}

template <class P>
constexpr auto describe(Type<core::Push<P>>) {
  return record<24>("push", field<1>("sessions", &core::Push<P>::sessions),
                    field<2>("event", &core::Push<P>::event));
}

template <class P>
constexpr auto describe(Type<core::Ready<P>>) {
  using Ready = core::Ready<P>;
  return record<25>("ready", field<1>("writes", &Ready::writes), field<2>("loads", &Ready::loads),
                    field<3>("messages", &Ready::messages), field<4>("replies", &Ready::replies),
                    field<5>("pushes", &Ready::pushes), field<6>("closes", &Ready::closes),
                    field<7>("peers", &Ready::peers));
}

template <class P>
constexpr auto describe(Type<core::Call<P>>) {
  return record<26>("call", field<1>("request", &core::Call<P>::request),
                    field<2>("command", &core::Call<P>::command));
}

template <class P>
constexpr auto describe(Type<core::ClientReady<P>>) {
  using Ready = core::ClientReady<P>;
  return record<27>("client_ready", field<1>("calls", &Ready::calls),
                    field<2>("outcomes", &Ready::outcomes),
                    field<3>("reconnect", &Ready::reconnect));
}

// ---- What those are made of: 30 to 32 -----------------------------------------------------------

constexpr auto describe(Type<core::Peer>) {
  return record<30>("peer", field<1>("id", &core::Peer::id),
                    field<2>("address", &core::Peer::address));
}

template <class P>
constexpr auto describe(Type<core::Recovered<P>>) {
  using Recovered = core::Recovered<P>;
  return record<31>("recovered", field<1>("snapshot", &Recovered::snapshot),
                    field<2>("covered", &Recovered::covered), field<3>("log", &Recovered::log),
                    field<4>("last_control", &Recovered::last_control),
                    field<5>("last_bulk", &Recovered::last_bulk));
}

constexpr auto describe(Type<core::Now>) {
  return record<32>("now", field<1>("mono", &core::Now::mono), field<2>("wall", &core::Now::wall));
}

}  // namespace wire
