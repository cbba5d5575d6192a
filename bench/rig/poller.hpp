// Many connections of one thread: which of them have an answer?
#pragma once

#include <sys/epoll.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace bench {

class Poller {
 public:
  /// Throws Wrong.
  Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;
  ~Poller();

  /// The descriptor gets the next number, from 0 on. Throws Wrong.
  void add(int descriptor);

  /// Waits until there is something to read, and gives the numbers. If there is one descriptor
  /// alone it gives that at once: reading waits, too, and costs less. Throws Wrong.
  const std::vector<std::uint32_t>& wait();

 private:
  int epoll_ = -1;
  std::vector<epoll_event> events_;
  std::vector<std::uint32_t> ready_;
};

}  // namespace bench
