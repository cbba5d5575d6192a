#include "control.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace lab {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t max_line_bytes = 4096;
constexpr std::chrono::milliseconds patience_of_commands{5000};
constexpr const char* socket_name = "control";

// A socket's address holds about a hundred bytes, a checkout's path may have more: both ends go to
// the folder and use the bare name.
class InFolder {
 public:
  explicit InFolder(const fs::path& folder) : before_(fs::current_path()) {
    fs::current_path(folder);
  }
  InFolder(const InFolder&) = delete;
  InFolder& operator=(const InFolder&) = delete;
  ~InFolder() {
    std::error_code error;
    fs::current_path(before_, error);
  }

 private:
  fs::path before_;
};

sockaddr_un address() {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::strncpy(name.sun_path, socket_name, sizeof name.sun_path - 1);
  return name;
}

int make_socket(long patience_ms) {
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  fcntl(fd, F_SETFD, FD_CLOEXEC);
  timeval wait{.tv_sec = patience_ms / 1000, .tv_usec = patience_ms % 1000 * 1000};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
  return fd;
}

// Reads up to the end of the line; what is longer than a line may be is cut.
std::string read_line(int fd) {
  std::string line;
  char c = 0;
  while (line.size() < max_line_bytes && read(fd, &c, 1) == 1 && c != '\n') line += c;
  return line;
}

bool send_line(int fd, const std::string& line) {
  const std::string text = line + "\n";
#ifdef MSG_NOSIGNAL
  return send(fd, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
#else
  return send(fd, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
#endif
}

}  // namespace

std::expected<ControlServer, std::string> ControlServer::open(const fs::path& run) {
  const InFolder here(run);
  unlink(socket_name);
  const int fd = make_socket(0);
  const sockaddr_un name = address();
  if (bind(fd, reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0 || listen(fd, 8) != 0) {
    const std::string reason = std::strerror(errno);
    close(fd);
    return std::unexpected("cannot listen at " + (run / socket_name).string() + ": " + reason);
  }
  fcntl(fd, F_SETFL, O_NONBLOCK);
  return ControlServer(fd);
}

ControlServer::ControlServer(ControlServer&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

ControlServer::~ControlServer() {
  if (fd_ >= 0) close(fd_);
}

void ControlServer::serve(const std::function<std::string(const std::string&)>& answer) {
  const int caller = accept(fd_, nullptr, nullptr);
  if (caller < 0) return;
  fcntl(caller, F_SETFD, FD_CLOEXEC);
  fcntl(caller, F_SETFL, 0);
  // One that says nothing must not hold up the rest.
  const timeval wait{.tv_sec = 0, .tv_usec = 200'000};
  setsockopt(caller, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  setsockopt(caller, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
  send_line(caller, answer(read_line(caller)));
  close(caller);
}

std::optional<std::string> ask_in(const fs::path& folder, const std::string& line,
                                  std::chrono::milliseconds patience) {
  std::error_code error;
  if (!fs::exists(folder / socket_name, error)) return std::nullopt;
  const InFolder here(folder);
  const int fd = make_socket(patience.count());
  const sockaddr_un name = address();
  std::optional<std::string> answer;
  if (connect(fd, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0) {
    answer = send_line(fd, line) ? read_line(fd) : "";
  }
  close(fd);
  return answer;
}

std::expected<std::string, std::string> ask_supervisor(const fs::path& run,
                                                       const std::string& line) {
  const std::string answer = ask_in(run, line, patience_of_commands).value_or("");
  if (answer.starts_with("ok ")) return answer.substr(3);
  if (answer.starts_with("error ")) return std::unexpected(answer.substr(6));
  return std::unexpected("what ./lab up left running does not answer.");
}

}  // namespace lab
