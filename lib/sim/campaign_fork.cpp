// Several seeds at once, each group in a process of its own. What kills such a process (an
// assertion, a wild pointer, a loop without end) is the violation of the seed that it was running;
// the others go on.
#include <poll.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>

#include "core/require.hpp"
#include "sim/campaign.hpp"
#include "wire/wire.hpp"

namespace sim {
namespace {

constexpr std::uint64_t max_group = 50;

struct Worker {
  pid_t pid = 0;
  int results = -1;             // the pipe's end to read from
  std::FILE* errors = nullptr;  // its stderr
  Seeds seeds;
  std::uint32_t max_seconds = 0;
  std::uint64_t received = 0;
  std::string buffer;
  bool unwanted = false;  // killed by the campaign: what it did not say is not missed
};

void write_all(int out, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(out, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) std::_Exit(1);  // the campaign is gone
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

/// A length of four bytes, then the result in its binary form.
std::string packed(const RunResult& result) {
  const std::string body = wire::encode(result);
  std::string out;
  for (unsigned shift = 0; shift < 32; shift += 8) {
    out.push_back(static_cast<char>(static_cast<unsigned char>(body.size() >> shift)));
  }
  return out + body;
}

/// Takes the first result out of `buffer`, if all of it has come.
std::optional<RunResult> unpack(std::string& buffer) {
  if (buffer.size() < 4) return std::nullopt;
  std::uint64_t length = 0;
  for (unsigned i = 0; i < 4; ++i) {
    length |= std::uint64_t{static_cast<unsigned char>(buffer[i])} << (8 * i);
  }
  if (buffer.size() < 4 + length) return std::nullopt;
  auto result = wire::decode<RunResult>(std::string_view(buffer).substr(4, length));
  core::require(result.has_value(), "a worker sends whole results");
  buffer.erase(0, 4 + length);
  return std::move(*result);
}

[[noreturn]] void work(const Worker& worker, int out, const RunSeed& run) {
  ::dup2(::fileno(worker.errors), STDERR_FILENO);
  for (std::uint64_t i = 0; i < worker.seeds.count(); ++i) {
    const itimerval limit{{0, 0}, {worker.max_seconds, 0}};
    ::setitimer(ITIMER_VIRTUAL, &limit, nullptr);
    write_all(out, packed(run(worker.seeds.first + i)));
  }
  std::_Exit(0);
}

/// All that a worker said on stderr, up to a limit.
std::string all_words(std::FILE* errors) {
  std::string text(16 << 10, '\0');
  if (std::fseek(errors, 0, SEEK_SET) != 0) return "what it said cannot be read";
  text.resize(std::fread(text.data(), 1, text.size(), errors));
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

/// The first line of a worker's stderr that says something.
std::string last_words(std::FILE* errors) {
  char line[400];
  if (std::fseek(errors, 0, SEEK_SET) != 0) return "what it said cannot be read";
  while (std::fgets(line, sizeof line, errors) != nullptr) {
    std::string text(line);
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
    if (text.find_first_not_of("= ") != text.npos) return text;
  }
  return "it said nothing";
}

RunResult obituary(const Worker& worker, int status) {
  RunResult result;
  result.seed = worker.seeds.first + worker.received;
  result.what = last_words(worker.errors);
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT) {
    result.checker = "abort";
  } else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGVTALRM) {
    result.checker = "hang";
    result.what = "no end after " + std::to_string(worker.max_seconds) + " s of processor time";
  } else if (WIFEXITED(status) && WEXITSTATUS(status) == core_failed) {
    result.checker = "core";
    result.what = all_words(worker.errors);
  } else {
    result.checker = "crash";
  }
  return result;
}

std::uint64_t processors() {
  return static_cast<std::uint64_t>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
}

class Campaign {
 public:
  Campaign(Seeds seeds, std::uint32_t jobs, Until until, const RunSeed& run,
           const Progress& progress, std::uint32_t max_seconds)
      : jobs_(jobs == 0 ? processors() : jobs),
        until_(until),
        run_(run),
        progress_(progress),
        max_seconds_(max_seconds) {
    const std::uint64_t group =
        std::clamp<std::uint64_t>(seeds.count() / (4 * jobs_), 1, max_group);
    for (std::uint64_t done = 0; done < seeds.count();) {
      const std::uint64_t count = std::min(group, seeds.count() - done);
      const std::uint64_t first = seeds.first + done;
      waiting_.push_back({first, first + count - 1});
      done += count;
    }
    std::ranges::reverse(waiting_);
  }

  std::vector<RunResult> run() {
    while (!waiting_.empty() || !workers_.empty()) {
      while (!waiting_.empty() && workers_.size() < jobs_) start();
      listen();
    }
    std::vector<RunResult> results;
    for (auto& [seed, result] : results_) results.push_back(std::move(result));
    return results;
  }

 private:
  void start() {
    Worker worker;
    worker.seeds = waiting_.back();
    worker.max_seconds = max_seconds_;
    waiting_.pop_back();
    int ends[2];
    worker.errors = std::tmpfile();
    core::require(worker.errors != nullptr, "cannot make a temporary file");
    core::require(::pipe(ends) == 0, "cannot make a pipe");
    std::fflush(nullptr);  // or the child would print what is buffered once more
    worker.pid = ::fork();
    core::require(worker.pid >= 0, "cannot start a process");
    if (worker.pid == 0) {
      ::close(ends[0]);
      work(worker, ends[1], run_);
    }
    ::close(ends[1]);
    worker.results = ends[0];
    workers_.push_back(std::move(worker));
  }

  void listen() {
    std::vector<pollfd> ready;
    for (const Worker& worker : workers_) ready.push_back({worker.results, POLLIN, 0});
    if (::poll(ready.data(), ready.size(), -1) < 0) {
      core::require(errno == EINTR, "cannot wait for the workers");
      return;
    }
    for (std::size_t i = ready.size(); i-- > 0;) {
      if (ready[i].revents == 0 || read_from(workers_[i])) continue;
      bury(workers_[i]);
      workers_.erase(workers_.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }

  /// Whether the worker may say more.
  bool read_from(Worker& worker) {
    char bytes[64 << 10];
    const ssize_t count = ::read(worker.results, bytes, sizeof bytes);
    if (count < 0) return errno == EINTR;
    if (count == 0) return false;
    worker.buffer.append(bytes, static_cast<std::size_t>(count));
    while (auto result = unpack(worker.buffer)) {
      if (worker.unwanted) return false;
      ++worker.received;
      keep(std::move(*result));
    }
    return true;
  }

  void keep(RunResult result) {
    const std::uint64_t seed = result.seed;
    const bool violated = result.violated();
    const bool is_last = until_ == Until::first_violation || result.checker == "core";
    violations_ += violated ? 1 : 0;
    results_.emplace(seed, std::move(result));
    progress_(results_.size(), violations_);
    if (violated && is_last) forget_beyond(seed);
  }

  /// Seeds below go on, so that the lowest that is violated is the same however many run at once.
  void forget_beyond(std::uint64_t seed) {
    std::erase_if(waiting_, [&](const Seeds& seeds) { return seeds.first > seed; });
    results_.erase(results_.upper_bound(seed), results_.end());
    for (Worker& worker : workers_) {
      if (worker.seeds.first + worker.received <= seed) continue;
      worker.unwanted = true;
      ::kill(worker.pid, SIGKILL);
    }
  }

  void bury(Worker& worker) {
    int status = 0;
    while (::waitpid(worker.pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (worker.received < worker.seeds.count() && !worker.unwanted) {
      const std::uint64_t next = worker.seeds.first + worker.received + 1;
      if (next <= worker.seeds.last) waiting_.push_back({next, worker.seeds.last});
      keep(obituary(worker, status));  // which may be the first violation: then no other is run
    }
    ::close(worker.results);
    std::fclose(worker.errors);
  }

  std::uint64_t jobs_;
  Until until_;
  const RunSeed& run_;
  const Progress& progress_;
  std::uint32_t max_seconds_;
  std::vector<Seeds> waiting_;  // the next is the last
  std::vector<Worker> workers_;
  std::map<std::uint64_t, RunResult> results_;
  std::uint64_t violations_ = 0;
};

}  // namespace

std::vector<RunResult> run_seeds(Seeds seeds, std::uint32_t jobs, Until until, const RunSeed& run,
                                 const Progress& progress, std::uint32_t max_seconds) {
  return Campaign(seeds, jobs, until, run, progress, max_seconds).run();
}

}  // namespace sim
