#include "terminal.hpp"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>

namespace lab {

bool use_colour() {
  const char* refused = std::getenv("NO_COLOR");
  return isatty(STDOUT_FILENO) == 1 && (refused == nullptr || *refused == '\0');
}

namespace {

std::string painted(std::string_view text, std::string_view code) {
  if (!use_colour()) return std::string(text);
  return "\033[" + std::string(code) + "m" + std::string(text) + "\033[0m";
}

}  // namespace

std::string coloured(std::string_view text, std::size_t index) {
  static constexpr std::array<std::string_view, 6> palette = {"36", "32", "33", "35", "34", "96"};
  return painted(text, palette[index % palette.size()]);
}

std::string bold(std::string_view text) { return painted(text, "1"); }

std::string red(std::string_view text) { return painted(text, "31"); }

std::string printable(std::string_view line) {
  std::string shown(line);
  for (char& c : shown) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\t') || byte == 0x7f) c = '?';
  }
  return shown;
}

int report(const Problem& problem) {
  std::string text = "lab: " + problem.what + "\n";
  for (const std::string& line : problem.mend) text += "     " + line + "\n";
  std::fputs(text.c_str(), stderr);
  return problem.exit_status;
}

void show(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

void show_if_ready(std::string_view text) {
  pollfd out{.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0};
  if (poll(&out, 1, 0) == 1 && (out.revents & POLLOUT) != 0) show(text);
}

}  // namespace lab
