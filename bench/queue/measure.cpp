#include "measure.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <exception>
#include <mutex>
#include <thread>

#include "rig/times.hpp"

namespace bench {

namespace {

constexpr std::string_view number_name = "{\"number\":";
constexpr std::string_view at_name = ",\"at\":";
constexpr std::size_t job_bytes = 100;

/// A job is JSON of 100 bytes that says when it was put: {"number":17,"at":123,"more":"xxx"}.
std::string make_job(std::uint32_t number, Clock::time_point at) {
  std::string job(number_name);
  job += std::to_string(number);
  job += at_name;
  job += std::to_string(at.time_since_epoch().count());
  job += ",\"more\":\"";
  job.resize(job_bytes - 2, 'x');
  return job + "\"}";
}

std::int64_t number_behind(std::string_view name, const std::string& job) {
  const std::size_t at = job.find(name);
  std::int64_t number = -1;
  if (at == std::string::npos) throw Wrong("a job that nobody put in: " + job);
  std::from_chars(job.data() + at + name.size(), job.data() + job.size(), number);
  return number;
}

/// Jobs that are in no worker's hands and come to nobody for so long are lost.
constexpr auto lost_after = std::chrono::seconds(60);

/// What the threads of one measurement share.
class Run {
 public:
  Run(Rival& rival, const Load& load) : rival_(rival), load_(load), seen_(load.jobs) {
    for (std::uint32_t i = 0; i < load.clients; ++i) {
      producers_.push_back(rival.producer());
      workers_.push_back(rival.worker(i, load.batch));
    }
  }

  Measured measure() {
    const double server_before = rival_.processor_seconds();
    const double bench_before = bench_seconds();
    const Clock::time_point start = Clock::now();
    last_taken_ = start;
    for (std::uint32_t i = 0; i < load_.clients; ++i) {
      go([this, i] { produce(*producers_[i]); });
      go([this, i] { work(*workers_[i]); });
    }
    for (std::thread& thread : threads_) thread.join();
    if (problem_) std::rethrow_exception(problem_);
    const double jobs = load_.jobs;
    Measured measured;
    measured.seconds = std::chrono::duration<double>(end_ - start).count();
    measured.jobs_a_second = jobs / measured.seconds;
    measured.put_median = at_share(put_times_, 0.5);
    measured.put_p99 = at_share(put_times_, 0.99);
    measured.taken_median = at_share(taken_times_, 0.5);
    measured.taken_p99 = at_share(taken_times_, 0.99);
    measured.server_us = (rival_.processor_seconds() - server_before) * 1e6 / jobs;
    measured.bench_us = (bench_seconds() - bench_before) * 1e6 / jobs;
    return measured;
  }

 private:
  /// The first problem ends the run.
  template <class Act>
  void go(Act act) {
    threads_.emplace_back([this, act] {
      try {
        act();
      } catch (...) {
        const std::lock_guard lock(mutex_);
        if (!problem_) problem_ = std::current_exception();
        stop_ = true;
      }
    });
  }

  void produce(Producer& producer) {
    Times times;
    std::vector<std::string> jobs;
    while (!stop_) {
      const std::uint32_t first = next_.fetch_add(load_.batch);
      if (first >= load_.jobs) break;
      const std::uint32_t end = std::min(first + load_.batch, load_.jobs);
      const Clock::time_point before = Clock::now();
      jobs.clear();
      for (std::uint32_t i = first; i < end; ++i) jobs.push_back(make_job(i, before));
      producer.put(jobs);
      put_ += end - first;
      times.push_back(microseconds(Clock::now() - before));
    }
    const std::lock_guard lock(mutex_);
    put_times_.insert(put_times_.end(), times.begin(), times.end());
  }

  void work(Worker& worker) {
    Times times;
    while (!stop_ && done_ < load_.jobs) {
      const std::vector<std::string> jobs = worker.take(load_.batch);
      const Clock::time_point now = Clock::now();
      if (jobs.empty()) {
        if (put_ == load_.jobs && now - last_taken_.load() > lost_after) {
          throw Wrong(std::to_string(load_.jobs - done_) + " jobs are lost");
        }
        continue;
      }
      last_taken_ = now;
      for (const std::string& job : jobs) times.push_back(see(job, now));
      worker.ack();
      done_ += static_cast<std::uint32_t>(jobs.size());
      if (done_ < load_.jobs) continue;
      const std::lock_guard lock(mutex_);
      end_ = std::max(end_, Clock::now());
    }
    const std::lock_guard lock(mutex_);
    taken_times_.insert(taken_times_.end(), times.begin(), times.end());
  }

  /// How long it was on its way.
  double see(const std::string& job, Clock::time_point now) {
    const std::int64_t number = number_behind(number_name, job);
    if (number < 0 || number >= load_.jobs) throw Wrong("a job that nobody put in: " + job);
    if (seen_[static_cast<std::size_t>(number)].exchange(true)) {
      throw Wrong("a job came out twice: " + job);
    }
    return microseconds(now - Clock::time_point(Clock::duration(number_behind(at_name, job))));
  }

  Rival& rival_;
  const Load load_;
  std::vector<std::unique_ptr<Producer>> producers_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::thread> threads_;
  std::vector<std::atomic<bool>> seen_;
  std::atomic<std::uint32_t> next_ = 0;
  std::atomic<std::uint32_t> put_ = 0;
  std::atomic<std::uint32_t> done_ = 0;
  std::atomic<Clock::time_point> last_taken_;
  std::atomic<bool> stop_ = false;
  std::mutex mutex_;
  std::exception_ptr problem_;
  Clock::time_point end_;
  Times put_times_;
  Times taken_times_;
};

}  // namespace

Measured measure(Rival& rival, const Load& load) { return Run(rival, load).measure(); }

}  // namespace bench
