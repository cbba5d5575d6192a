// `--record FILE`: all that a core is told and all that it wants done, for `./lab replay --trace
// FILE`.
#pragma once

#include <cstdio>
#include <expected>
#include <memory>
#include <string>
#include <utility>

#include "core/time.hpp"
#include "wire/trace.hpp"

namespace net {

class Recorder {
 public:
  /// Records nothing if `file` is empty. A file that is there is continued; its torn end, left by a
  /// program that was killed, is cut off.
  static std::expected<Recorder, std::string> open(const std::string& file,
                                                   const wire::TraceHeader& header);

  template <class Input>
  void step(const core::Now& now, const Input& input) {
    if (!file_) return;
    wire::TraceWriter(buffer_).step(now, input);
    stepped_ = true;
  }

  /// The end of a turn: goes to the operating system in one piece, so that killing the program
  /// loses no more than the turn that it is in. A turn without a step leaves no trace.
  template <class Ready>
  void ready(const Ready& ready) {
    if (!std::exchange(stepped_, false)) return;
    wire::TraceWriter(buffer_).ready(ready);
    write_out();
  }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  void write_out();

  std::unique_ptr<std::FILE, Close> file_;
  std::string buffer_;
  bool stepped_ = false;  // since the last Ready
};

}  // namespace net
