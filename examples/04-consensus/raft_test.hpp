// The cluster of cluster_test.hpp, with clients of the key-value store.
#pragma once

#include <optional>
#include <string>

#include "cluster_test.hpp"

namespace raft {

template <class Core>
class StoreOf : public ClusterOf<Core> {
 public:
  using ClusterOf<Core>::ClusterOf;

  std::uint64_t put(std::uint32_t id, const std::string& key, const std::string& value) {
    return this->ask(id, ClientRequest{kv::Put{key, core::Bytes(value), {}}});
  }
  std::uint64_t get(std::uint32_t id, const std::string& key,
                    Consistency consistency = Consistency::linearizable) {
    return this->ask(id, ClientQuery{kv::Get{key}, consistency});
  }
  /// The text that a get was answered; "(missing)", "(refused)", "(unknown)" or "(waits)".
  std::string text(std::uint64_t request) const {
    const auto result = this->answer(request);
    if (!result) return "(waits)";
    if (std::holds_alternative<Unknown>(*result)) return "(unknown)";
    const Executed* executed = std::get_if<Executed>(&*result);
    if (executed == nullptr) return "(refused)";
    const kv::Found* found = std::get_if<kv::Found>(&executed->answer);
    return found == nullptr ? "(missing)" : std::string(found->value.view());
  }
  bool is_stored(std::uint64_t request) const {
    const auto result = this->answer(request);
    const Executed* executed = result ? std::get_if<Executed>(&*result) : nullptr;
    return executed != nullptr && std::holds_alternative<kv::Stored>(executed->answer);
  }
};

using TestCluster = StoreOf<Raft>;

}  // namespace raft
