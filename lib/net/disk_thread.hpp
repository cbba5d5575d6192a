// The one thread beside the loop: it owns the store. Writes go in, a batch at a time; what is
// durable comes out, once per sync.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "core/contract.hpp"
#include "disk/group_commit.hpp"
#include "disk/store.hpp"
#include "net/clocks.hpp"
#include "net/driver.hpp"

namespace net {

class DiskThread {
 public:
  /// A full disk is asked every `full_disk_retry` whether it has room. `wake` is called on the
  /// disk's thread when collect() has something new; once until it is called.
  DiskThread(disk::Store store, std::chrono::milliseconds full_disk_retry,
             std::function<void()> wake);
  /// Carries out what was submitted, then stops.
  ~DiskThread();

  DiskThread(const DiskThread&) = delete;
  DiskThread& operator=(const DiskThread&) = delete;

  /// Takes over what is in both lists. Bounded by the cores, which bound what they have under way.
  void submit(std::vector<disk::RawWrite>&& writes, std::vector<core::Load>&& loads);

  /// What was done since the last call.
  DiskDone collect();

 private:
  struct Work {
    std::vector<disk::RawWrite> writes;
    std::vector<core::Load> loads;
  };

  void run();
  std::optional<Work> wait_for_work();
  void carry_out(Work work);
  bool has_work() const;
  void prepare();
  void fail(disk::Error error);
  void publish(DiskDone done);

  disk::Store store_;         // used by the thread alone
  disk::GroupCommit commit_;  // likewise
  bool room_ = true;          // likewise: what was last said
  bool failed_ = false;       // likewise
  SteadyTime prepare_at_;     // likewise: when the disk may be asked for room
  const std::chrono::milliseconds full_disk_retry_;
  std::function<void()> wake_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  Work submitted_;
  DiskDone done_;
  bool done_is_new_ = false;
  bool stopping_ = false;

  std::thread thread_;  // last, so that it starts when all else stands
};

}  // namespace net
