#include "rig/poller.hpp"

#include <unistd.h>

#include <cerrno>

#include "rig/wrong.hpp"

namespace bench {

Poller::Poller() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (epoll_ < 0) throw Wrong("the kernel gives no epoll");
}

Poller::~Poller() { ::close(epoll_); }

void Poller::add(int descriptor) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u32 = static_cast<std::uint32_t>(events_.size());
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) {
    throw Wrong("a connection cannot be waited for");
  }
  events_.emplace_back();
}

const std::vector<std::uint32_t>& Poller::wait() {
  ready_.assign(1, 0);
  if (events_.size() == 1) return ready_;
  int count = 0;
  do {
    count = ::epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()), -1);
  } while (count < 0 && errno == EINTR);
  if (count < 0) throw Wrong("connections cannot be waited for");
  ready_.clear();
  for (int i = 0; i < count; ++i) {
    ready_.push_back(events_[static_cast<std::size_t>(i)].data.u32);
  }
  return ready_;
}

}  // namespace bench
