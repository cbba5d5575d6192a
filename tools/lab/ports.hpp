#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace lab {

// Who listens at 127.0.0.1:port: empty when nobody does, else words such as "nginx (pid 812)" or
// "a program of another user" when the system does not tell more.
std::optional<std::string> holder_of(std::uint16_t port);

// True when an HTTP GET of the path at 127.0.0.1:port is answered with a status below 500 in that
// time.
bool answers_http(std::uint16_t port, const std::string& path, std::chrono::milliseconds patience);

// What such a GET is answered with 200, or nothing. At most 64 KiB are read.
std::string http_body(std::uint16_t port, const std::string& path,
                      std::chrono::milliseconds patience);

// The whole reply, whatever its status; as much of it as came, and nothing when nobody answers.
std::string http_reply(std::uint16_t port, const std::string& path,
                       std::chrono::milliseconds patience);

}  // namespace lab
