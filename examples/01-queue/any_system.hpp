// The queue for the simulator when its core may be any (any_queue.hpp): one broker and its clients,
// as in queue_work.hpp, and nothing is asked of it but what the six promises are about
// (promises.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "any_queue.hpp"
#include "client.hpp"
#include "promises.hpp"
#include "queue_work.hpp"
#include "sim/system.hpp"
#include "task_story.hpp"
#include "wire/type.hpp"

namespace queue {

/// What a seed chooses.
struct AnyOptions {
  std::uint32_t promises = 6;  // the first so many are judged; without the last no broker crashes
  Options queue;
};

constexpr auto describe(wire::Type<AnyOptions>) {
  return wire::record<111>("any_options", wire::field<1>("promises", &AnyOptions::promises),
                           wire::field<2>("queue", &AnyOptions::queue));
}

struct AnyTeller final : TaskTeller<AnyQueue> {
  AnyTeller(const AnyOptions& options, std::uint64_t task) : TaskTeller(options.queue, task) {}
};

struct AnySystem {
  using Core = AnyQueue;
  using Client = queue::Client;
  using Options = AnyOptions;
  using Checker = Promises;
  using Teller = AnyTeller;

  static constexpr std::string_view name = "queue";

  /// How many of the promises are judged from now on, in this whole process: 1 to 6.
  static void judge(std::uint32_t count);

  static sim::FaultSet faults();
  static AnyOptions draw_options(core::Prng& prng);
  static AnyOptions smallest();
  static sim::Cluster cluster(const AnyOptions& options);
  static Config config(const AnyOptions& options, core::NodeId node);
  static Client client(const AnyOptions& options, sim::ClientId id, std::uint64_t seed);
  static Work draw_work(const AnyOptions& options, sim::ClientId id, core::Prng& prng);
  static std::optional<Work> fresh_work(const AnyOptions& options, sim::ClientId id,
                                        std::uint32_t number);
  static std::vector<sim::Reaction<Work>> react(const AnyOptions& options, sim::ClientId id,
                                                const Outcome& outcome, core::Prng& prng);
  static core::Duration liveness_bound(const AnyOptions& any);
};

}  // namespace queue
