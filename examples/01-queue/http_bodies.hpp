// The JSON bodies of the queue's HTTP as the broker reads and writes them. Payloads pass through
// byte for byte.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "messages.hpp"
#include "wire/json_value.hpp"
#include "wire/type.hpp"

namespace queue {

// ---- Requests -----------------------------------------------------------------------------------
//
// `form` tells whoever sent another body what is expected; '?' marks what may be left out.

/// Of what comes from clients in other languages, some of which write 5.0 for 5.
inline constexpr wire::JsonLimits body_limits{.zero_fractions = true};

/// What is left out has the default of messages.hpp.
struct LeaseBody {
  static constexpr std::string_view form =
      R"({"worker": name, "max"?: integer, "visibility_ms"?: integer, "wait_ms"?: integer})";
  std::string worker;
  std::optional<std::uint32_t> max;
  std::optional<std::uint32_t> visibility_ms;
  std::optional<std::uint32_t> wait_ms;
};

constexpr auto describe(wire::Type<LeaseBody>) {
  return wire::record<120>("lease request", wire::field<1>("worker", &LeaseBody::worker),
                           wire::field<2>("max", &LeaseBody::max),
                           wire::field<3>("visibility_ms", &LeaseBody::visibility_ms),
                           wire::field<4>("wait_ms", &LeaseBody::wait_ms));
}

struct EndBody {
  static constexpr std::string_view form = R"({"lease": "3-17"})";
  std::string lease;
};

constexpr auto describe(wire::Type<EndBody>) {
  return wire::record<121>("ack or nack", wire::field<1>("lease", &EndBody::lease));
}

struct ExtendBody {
  static constexpr std::string_view form = R"({"lease": "3-17", "visibility_ms"?: integer})";
  std::string lease;
  std::optional<std::uint32_t> visibility_ms;
};

constexpr auto describe(wire::Type<ExtendBody>) {
  return wire::record<122>("extension", wire::field<1>("lease", &ExtendBody::lease),
                           wire::field<2>("visibility_ms", &ExtendBody::visibility_ms));
}

struct HeldBody {
  TaskId id;
  std::string lease;
};

constexpr auto describe(wire::Type<HeldBody>) {
  return wire::record<123>("ack", wire::field<1>("id", &HeldBody::id),
                           wire::field<2>("lease", &HeldBody::lease));
}

struct AcksBody {
  static constexpr std::string_view form = R"({"tasks": [{"id": "17", "lease": "3-17"}, ...]})";
  std::vector<HeldBody> tasks;
};

constexpr auto describe(wire::Type<AcksBody>) {
  return wire::record<124>("acks", wire::field<1>("tasks", &AcksBody::tasks));
}

/// Of a request that says everything in its path.
struct EmptyBody {
  static constexpr std::string_view form = "{} or empty";
};

constexpr auto describe(wire::Type<EmptyBody>) { return wire::record<125>("request"); }

/// {"payload": any, ...} or {"tasks": [{"payload": any, ...}, ...]}. The error is a sentence for
/// whoever sent the body.
std::expected<std::vector<NewTask>, std::string> tasks_in(std::string_view body);

/// What is left out is 0, or empty. The error as above.
std::expected<Settings, std::string> settings_in(std::string_view body);

// ---- Answers ------------------------------------------------------------------------------------

std::string json_of(const Enqueued& enqueued);
std::string json_of(const Leased& leased);
std::string json_of(const Acked& acked);
std::string json_of(const TaskInfo& info);  // without its payload if that is empty
std::string json_of(const DeadLetters& dead);
std::string json_of(const QueueInfo& info);
std::string json_of(const Queues& queues);

// ---- What both hold -----------------------------------------------------------------------------

/// "17".
std::string text_of(TaskId task);

/// "3-17".
std::string text_of(const LeaseToken& lease);
std::optional<LeaseToken> parse_lease(std::string_view text);

}  // namespace queue
