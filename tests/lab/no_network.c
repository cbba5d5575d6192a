// Preloaded into programs that are to find no network where no namespace of its own may be made:
// connect() reaches this machine, and nothing else.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

static int leads_away(const struct sockaddr* to) {
  if (to->sa_family == AF_INET) {
    const struct sockaddr_in* v4 = (const struct sockaddr_in*)to;
    return ntohl(v4->sin_addr.s_addr) >> 24 != 127;
  }
  if (to->sa_family == AF_INET6) {
    const struct sockaddr_in6* v6 = (const struct sockaddr_in6*)to;
    return !IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
  }
  return 0;
}

int connect(int socket, const struct sockaddr* to, socklen_t length) {
  int (*real)(int, const struct sockaddr*, socklen_t) = dlsym(RTLD_NEXT, "connect");
  if (!leads_away(to)) return real(socket, to, length);
  errno = ENETUNREACH;
  return -1;
}
