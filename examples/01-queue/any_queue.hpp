// Any core of the queue behind one small interface, so that the simulator and the broker are built
// once for all of them: the shipped one, a reader's own, and one that runs in another process.
//
//   World, broker -> AnyQueue -> AnyCore <- CoreOf<Queue>, CoreOf<a reader's>, a child process
//
// A core that is named when a program is built (Queue in queue_sim and in the broker) needs none of
// this and pays for none of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "core/contract.hpp"
#include "messages.hpp"

namespace queue {

/// The contract (core/contract.hpp) as virtual functions, and what the live page shows.
class AnyCore {
 public:
  virtual ~AnyCore() = default;

  virtual void step(const core::Now& now, const core::Input<Protocol>& input,
                    core::Ready<Protocol>& ready) noexcept = 0;
  virtual std::optional<core::Instant> next_timeout() const = 0;
  virtual std::uint64_t digest() const = 0;
  virtual core::Violation check_invariants(bool full) const = 0;
  virtual std::unique_ptr<AnyCore> clone() const = 0;
  virtual std::vector<QueueInfo> queue_infos() const = 0;
  virtual std::vector<TaskInfo> first_tasks(std::size_t most) const = 0;

 protected:
  AnyCore() = default;
  AnyCore(const AnyCore&) = default;
  AnyCore& operator=(const AnyCore&) = default;
};

/// A core in this process. It must have step() and next_timeout(); what else it lacks is left out:
/// without digest() a trace shows only what it was told and what it wanted, without
/// check_invariants() nobody looks inside, without queue_infos() and first_tasks() the live page is
/// empty.
template <class C>
class CoreOf final : public AnyCore {
 public:
  CoreOf(const Config& config, std::uint64_t seed) : core_(config, seed) {}

  void step(const core::Now& now, const core::Input<Protocol>& input,
            core::Ready<Protocol>& ready) noexcept override {
    core_.step(now, input, ready);
  }
  std::optional<core::Instant> next_timeout() const override { return core_.next_timeout(); }
  std::uint64_t digest() const override {
    if constexpr (requires { core_.digest(); }) return core_.digest();
    return 0;
  }
  core::Violation check_invariants(bool full) const override {
    if constexpr (requires { core_.check_invariants(full); }) return core_.check_invariants(full);
    return {};
  }
  std::unique_ptr<AnyCore> clone() const override { return std::make_unique<CoreOf>(*this); }
  std::vector<QueueInfo> queue_infos() const override {
    if constexpr (requires { core_.queue_infos(); }) return core_.queue_infos();
    return {};
  }
  std::vector<TaskInfo> first_tasks(std::size_t most) const override {
    if constexpr (requires { core_.first_tasks(most); }) return core_.first_tasks(most);
    return {};
  }

 private:
  C core_;
};

/// Makes the core of one life of the broker.
using CoreMaker = std::function<std::unique_ptr<AnyCore>(const Config& config, std::uint64_t seed)>;

template <class C>
CoreMaker maker_of() {
  return [](const Config& config, std::uint64_t seed) {
    return std::make_unique<CoreOf<C>>(config, seed);
  };
}

/// A core to its host, whichever it is.
class AnyQueue {
 public:
  using Protocol = queue::Protocol;

  AnyQueue(const Config& config, std::uint64_t seed);
  AnyQueue(const AnyQueue& other) : core_(other.core_->clone()) {}
  AnyQueue(AnyQueue&&) noexcept = default;
  AnyQueue& operator=(const AnyQueue& other) {
    core_ = other.core_->clone();
    return *this;
  }
  AnyQueue& operator=(AnyQueue&&) noexcept = default;
  ~AnyQueue() = default;

  /// Which core it is from now on, in this whole process. Must be said before the first is made.
  static void use(CoreMaker maker);

  void step(const core::Now& now, const core::Input<Protocol>& input,
            core::Ready<Protocol>& ready) noexcept {
    core_->step(now, input, ready);
  }
  std::optional<core::Instant> next_timeout() const { return core_->next_timeout(); }
  std::uint64_t digest() const { return core_->digest(); }
  core::Violation check_invariants(bool full) const { return core_->check_invariants(full); }
  std::vector<QueueInfo> queue_infos() const { return core_->queue_infos(); }
  std::vector<TaskInfo> first_tasks(std::size_t most) const { return core_->first_tasks(most); }

 private:
  std::unique_ptr<AnyCore> core_;
};

}  // namespace queue
