#include "ports.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace lab {

namespace fs = std::filesystem;

namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool can_listen(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  const int yes = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  const sockaddr_in address = loopback(port);
  const bool free = bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                    listen(fd, 1) == 0;
  const int reason = errno;
  close(fd);
  return free || reason != EADDRINUSE;
}

#ifdef __linux__
// The kernel's numbers of the sockets that listen at the port, from /proc/net/tcp and tcp6.
std::set<std::string> listening_sockets(std::uint16_t port) {
  std::set<std::string> sockets;
  const std::string wanted = fmt::format(":{:04X}", port);
  for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    std::ifstream in(table);
    std::string line;
    while (std::getline(in, line)) {
      // Number, local, remote, state, queues, timer, retransmits, user, timeout, inode.
      std::istringstream words(line);
      const std::vector<std::string> fields{std::istream_iterator<std::string>(words), {}};
      if (fields.size() > 9 && fields[3] == "0A" && fields[1].ends_with(wanted))
        sockets.insert("socket:[" + fields[9] + "]");
    }
  }
  return sockets;
}

bool holds_one_of(const fs::path& process, const std::set<std::string>& sockets) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(process / "fd", error)) {
    const fs::path target = fs::read_symlink(entry.path(), error);
    if (!error && sockets.contains(target.string())) return true;
  }
  return false;
}

std::string name_of_holder(std::uint16_t port) {
  const std::set<std::string> sockets = listening_sockets(port);
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/proc", error)) {
    const std::string pid = entry.path().filename().string();
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    if (!holds_one_of(entry.path(), sockets)) continue;
    std::ifstream in(entry.path() / "comm");
    std::string name;
    std::getline(in, name);
    return fmt::format("{} (pid {})", name, pid);
  }
  return "a program of another user or another container";
}
#else
std::string name_of_holder(std::uint16_t port) {
  const std::string command = fmt::format("lsof -nP -iTCP:{} -sTCP:LISTEN -Fpc 2>/dev/null", port);
  std::string pid, name;
  FILE* out = popen(command.c_str(), "r");
  char line[256];
  while (out != nullptr && fgets(line, sizeof line, out) != nullptr) {
    std::string text(line);
    text.erase(text.find_last_not_of("\r\n") + 1);
    if (text.starts_with('p')) pid = text.substr(1);
    if (text.starts_with('c')) name = text.substr(1);
  }
  if (out != nullptr) pclose(out);
  return pid.empty() ? "a program of another user" : fmt::format("{} (pid {})", name, pid);
}
#endif

// What comes back for a GET, up to so many bytes; each wait takes no longer than that.
std::string get(std::uint16_t port, const std::string& path, std::chrono::milliseconds patience,
                std::size_t most_bytes) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  timeval wait{};
  wait.tv_sec = patience.count() / 1000;
  wait.tv_usec = static_cast<decltype(wait.tv_usec)>(patience.count() % 1000 * 1000);
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
  const sockaddr_in address = loopback(port);
  const std::string request =
      fmt::format("GET {} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\r\n", path, port);
  std::string reply;
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      write(fd, request.data(), request.size()) == static_cast<ssize_t>(request.size())) {
    std::array<char, 4096> part{};
    while (reply.size() < most_bytes) {
      const ssize_t got = read(fd, part.data(), std::min(part.size(), most_bytes - reply.size()));
      if (got <= 0) break;
      reply.append(part.data(), static_cast<std::size_t>(got));
    }
  }
  close(fd);
  return reply;
}

constexpr std::string_view http = "HTTP/1.1 ";

}  // namespace

std::optional<std::string> holder_of(std::uint16_t port) {
  if (can_listen(port)) return std::nullopt;
  return name_of_holder(port);
}

bool answers_http(std::uint16_t port, const std::string& path, std::chrono::milliseconds patience) {
  const std::string status = get(port, path, patience, http.size() + 1);
  return status.size() > http.size() && status.starts_with("HTTP/1.") && status[http.size()] < '5';
}

std::string http_body(std::uint16_t port, const std::string& path,
                      std::chrono::milliseconds patience) {
  const std::string reply = get(port, path, patience, 64 << 10);
  const std::size_t end = reply.find("\r\n\r\n");
  const bool good = reply.starts_with("HTTP/1.") && reply.substr(http.size(), 3) == "200";
  return good && end != std::string::npos ? reply.substr(end + 4) : "";
}

std::string http_reply(std::uint16_t port, const std::string& path,
                       std::chrono::milliseconds patience) {
  constexpr std::size_t most_bytes = 16 << 20;
  return get(port, path, patience, most_bytes);
}

}  // namespace lab
