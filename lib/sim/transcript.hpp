// A run as a text to be read: one line a thing. `1.250300s  node 1    receives  ...`
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/time.hpp"

namespace sim {

class Transcript {
 public:
  using Sink = std::function<void(std::string_view)>;  // takes one line with its line break

  /// As JSON: {"at_us":"1250300","who":"node 1","does":"receives","what":"..."}
  Transcript(bool json, Sink sink) : json_(json), sink_(std::move(sink)) {}

  void line(core::Instant at, std::string_view who, std::string_view does, std::string_view what);

 private:
  bool json_;
  Sink sink_;
};

/// As a transcript shows true time: seconds with six decimals.
std::string seconds(core::Instant at);

}  // namespace sim
