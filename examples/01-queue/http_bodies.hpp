// The JSON bodies of the queue's HTTP, written and read. Payloads pass through byte for byte.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "messages.hpp"
#include "wire/type.hpp"

namespace queue {

/// What a lease request says; what it leaves out has the default of messages.hpp.
struct LeaseBody {
  std::string worker;
  std::optional<std::uint32_t> max;
  std::optional<std::uint32_t> visibility_ms;
  std::optional<std::uint32_t> wait_ms;
};

constexpr auto describe(wire::Type<LeaseBody>) {
  return wire::record<90>("lease request", wire::field<1>("worker", &LeaseBody::worker),
                          wire::field<2>("max", &LeaseBody::max),
                          wire::field<3>("visibility_ms", &LeaseBody::visibility_ms),
                          wire::field<4>("wait_ms", &LeaseBody::wait_ms));
}

/// What an ack or nack says.
struct EndBody {
  std::string lease;
};

constexpr auto describe(wire::Type<EndBody>) {
  return wire::record<91>("ack or nack", wire::field<1>("lease", &EndBody::lease));
}

/// "3-17".
std::string text_of(const LeaseToken& lease);
std::optional<LeaseToken> parse_lease(std::string_view text);

/// A decimal number without sign or leading zero; nothing if it is anything else or too large.
std::optional<std::uint64_t> parse_number(std::string_view text);

// The broker's half. The error is a sentence for whoever sent the body.
std::expected<std::vector<core::Bytes>, std::string> payloads_in(const core::Bytes& body);
std::string json_of(const Enqueued& enqueued);
std::string json_of(const Leased& leased);
std::string json_of(const Counts& counts);

// The client's half. Nothing: the body is not what a broker would write.
std::string body_of(const std::vector<core::Bytes>& payloads);
std::optional<Enqueued> enqueued_in(std::string_view body);
std::optional<Leased> leased_in(std::string_view body);
std::optional<Counts> counts_in(std::string_view body);
std::optional<Refusal> reason_in(std::string_view problem);

}  // namespace queue
