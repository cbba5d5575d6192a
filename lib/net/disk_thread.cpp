#include "net/disk_thread.hpp"

#include <iterator>
#include <utility>

namespace net {

namespace {

template <class T>
void move_to_end(std::vector<T> from, std::vector<T>& to) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

}  // namespace

std::uint64_t size_of(const disk::RawWrite& write) {
  std::uint64_t bytes = 0;
  for (const core::Bytes& record : write.records) bytes += record.size();
  return bytes;
}

DiskThread::DiskThread(disk::Store store, std::chrono::milliseconds full_disk_retry,
                       std::function<void()> wake)
    : store_(std::move(store)),
      full_disk_retry_(full_disk_retry),
      wake_(std::move(wake)),
      thread_([this] { run(); }) {}

DiskThread::~DiskThread() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void DiskThread::submit(std::vector<disk::RawWrite>&& writes, std::vector<core::Load>&& loads) {
  if (writes.empty() && loads.empty()) return;
  {
    const std::lock_guard lock(mutex_);
    move_to_end(std::move(writes), submitted_.writes);
    move_to_end(std::move(loads), submitted_.loads);
  }
  changed_.notify_one();
}

DiskDone DiskThread::collect() {
  const std::lock_guard lock(mutex_);
  done_is_new_ = false;
  return std::exchange(done_, {});
}

void DiskThread::run() {
  while (std::optional<Work> work = wait_for_work()) {
    carry_out(std::move(*work));
    prepare();
  }
}

/// None when the thread is to end. Empty work when the disk has something of its own to do.
std::optional<DiskThread::Work> DiskThread::wait_for_work() {
  std::unique_lock lock(mutex_);
  const auto has_news = [this] { return stopping_ || (!failed_ && has_work()); };
  if (!failed_ && store_.wants_prepare()) {
    changed_.wait_until(lock, prepare_at_, has_news);
  } else {
    changed_.wait(lock, has_news);
  }
  if (stopping_ && (failed_ || !has_work())) return std::nullopt;
  return std::exchange(submitted_, {});
}

bool DiskThread::has_work() const {
  return !submitted_.writes.empty() || !submitted_.loads.empty();
}

void DiskThread::carry_out(Work work) {
  if (work.writes.empty() && work.loads.empty()) return;
  DiskDone done;
  if (!work.writes.empty()) {
    done.writes = work.writes.size();
    for (const disk::RawWrite& write : work.writes) done.bytes += size_of(write);
    for (disk::RawWrite& write : work.writes) commit_.add(std::move(write));
    disk::Result<void> started = commit_.start(store_);
    if (!started) return fail(std::move(started).error());
    disk::Result<std::vector<core::Persisted>> persisted = commit_.finish(store_);
    if (!persisted) return fail(std::move(persisted).error());
    done.persisted = std::move(*persisted);
    done.syncs = 1;
  }
  for (const core::Load& load : work.loads) {
    done.loaded.push_back({load.load, store_.read(load.lane, load.first, load.last)});
  }
  publish(std::move(done));
}

/// Sets space aside, a piece at a time, so that no write has to wait long for it.
void DiskThread::prepare() {
  if (failed_ || !store_.wants_prepare()) return;
  const SteadyTime now = std::chrono::steady_clock::now();
  if (now < prepare_at_) return;
  const disk::Result<bool> more = store_.prepare();
  if (!more) return fail(more.error());
  if (!*more && store_.wants_prepare()) prepare_at_ = now + full_disk_retry_;
  if (store_.room() == room_) return;
  room_ = store_.room();
  DiskDone done;
  done.room = room_;
  publish(std::move(done));
}

void DiskThread::fail(disk::Error error) {
  failed_ = true;
  DiskDone done;
  done.failed = std::move(error);
  publish(std::move(done));
}

void DiskThread::publish(DiskDone done) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    move_to_end(std::move(done.persisted), done_.persisted);
    move_to_end(std::move(done.loaded), done_.loaded);
    if (done.room) done_.room = done.room;
    if (done.failed) done_.failed = std::move(done.failed);
    done_.syncs += done.syncs;
    done_.writes += done.writes;
    done_.bytes += done.bytes;
    wake = !std::exchange(done_is_new_, true);
  }
  if (wake) wake_();
}

}  // namespace net
