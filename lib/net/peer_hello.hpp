// What stands on a connection between peers: a hello, then messages. Each is one frame of
// wire/frame.hpp; the version of the format stands in every frame's header.
#pragma once

#include <cstdint>
#include <string>

#include "core/contract.hpp"
#include "wire/contract.hpp"
#include "wire/type.hpp"

namespace net {

enum class PeerFrame : std::uint16_t { hello = 1, message = 2 };

/// The first frame of a connection: who speaks, to whom, about what.
struct Hello {
  std::string cluster;
  core::NodeId from;
  core::NodeId to;
  core::Lane lane = core::Lane::control;
  std::uint16_t port = 0;  // where its sender takes connections; 0: it wants none for an answer
};

constexpr auto describe(wire::Type<Hello>) {
  return wire::record<1>("hello", wire::field<1>("cluster", &Hello::cluster),
                         wire::field<2>("from", &Hello::from), wire::field<3>("to", &Hello::to),
                         wire::field<4>("lane", &Hello::lane),
                         wire::field<5>("port", &Hello::port));
}

}  // namespace net
