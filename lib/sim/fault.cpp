#include "sim/fault.hpp"

namespace sim {
namespace {

constexpr std::array<std::string_view, fault_count> names = {
    "crash",        "pause",        "clock-rate", "clock-jump", "lost-write", "torn-write",
    "bit-flip",     "sync-error",   "disk-full",  "slow-disk",  "cut",        "client-partition",
    "client-crash", "client-pause", "loss",       "duplicate",  "reorder",    "partition",
    "one-way",      "bridge"};
static_assert(static_cast<std::size_t>(Fault::bridge) + 1 == fault_count);

}  // namespace

std::string_view name_of(Fault fault) { return names.at(static_cast<std::size_t>(fault)); }

std::optional<Fault> fault_named(std::string_view name) {
  for (std::size_t i = 0; i < fault_count; ++i) {
    if (names.at(i) == name) return static_cast<Fault>(i);
  }
  return std::nullopt;
}

}  // namespace sim
