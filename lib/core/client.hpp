// The client's half of the contract: what a client must do right (retry with the same key, back
// off, resume) is a core too. The simulator and the programs run the same one.
//
// Its protocol P names, beside Command, Result and Event:
//   Work    what its program asks of it, or tells it
//   Outcome what it tells its program
#pragma once

#include <concepts>
#include <cstdint>
#include <expected>
#include <optional>
#include <variant>
#include <vector>

#include "core/contract.hpp"

namespace core {

/// Why a call has no result. After `refused` it surely was not carried out; after `unknown` it may
/// have been, or may still be.
enum class CallError : std::uint8_t { refused, unknown };

struct Connected {};
struct Disconnected {};  // every call that has no Answer yet was answered `unknown` before this

template <class P>
struct Answer {
  RequestId request;
  std::expected<typename P::Result, CallError> result;
};

template <class P>
struct Pushed {
  typename P::Event event;
};

template <class P>
struct Submit {
  typename P::Work work;
};

template <class P>
using ClientInput = std::variant<Submit<P>, Connected, Disconnected, Answer<P>, Pushed<P>, Timeout>;

template <class P>
struct Call {
  RequestId request;  // 1, 2, 3, ... over the client's life; a retry is a new call
  typename P::Command command;
};

template <class P>
struct ClientReady {
  std::vector<Call<P>> calls;
  std::vector<typename P::Outcome> outcomes;
  bool reconnect = false;  // give up this connection and open another, to another node if possible

  bool empty() const { return calls.empty() && outcomes.empty() && !reconnect; }
};

template <class C>
concept ClientCore = std::copyable<C> && requires(C core, const C& view, const Now& now,
                                                  const ClientInput<typename C::Protocol>& input,
                                                  ClientReady<typename C::Protocol>& ready) {
  { core.step(now, input, ready) } noexcept -> std::same_as<void>;
  { view.next_timeout() } -> std::same_as<std::optional<Instant>>;
  { view.digest() } -> std::same_as<std::uint64_t>;
};

}  // namespace core
