#include "net/recorder.hpp"

#include <spdlog/spdlog.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace net {

namespace {

/// Where the last whole turn of an earlier run ends; 0 for a file that is not there.
std::expected<std::uint64_t, std::string> end_of_earlier_run(const std::string& file) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> in(std::fopen(file.c_str(), "rb"),
                                                           std::fclose);
  if (!in) return 0;
  wire::TraceReader reader;
  std::array<char, 64 << 10> piece{};
  while (const std::size_t count = std::fread(piece.data(), 1, piece.size(), in.get())) {
    reader.feed({piece.data(), count});
    while (true) {
      const auto record = reader.next();
      if (!record)
        return std::unexpected(file + " is not a trace to go on with: " + record.error().what);
      if (!*record) break;
    }
  }
  if (std::ferror(in.get()) != 0) return std::unexpected("cannot read " + file);
  return reader.whole_turns_bytes();
}

}  // namespace

std::expected<Recorder, std::string> Recorder::open(const std::string& file,
                                                    const wire::TraceHeader& header) {
  Recorder recorder;
  if (file.empty()) return recorder;
  const auto end = end_of_earlier_run(file);
  if (!end) return std::unexpected(end.error());
  std::error_code error;
  if (*end > 0) std::filesystem::resize_file(file, *end, error);
  if (!error) recorder.file_.reset(std::fopen(file.c_str(), *end > 0 ? "ab" : "wb"));
  if (!recorder.file_) {
    return std::unexpected("cannot record to " + file + ": " +
                           (error ? error.message() : std::strerror(errno)));
  }
  wire::TraceWriter(recorder.buffer_).header(header);
  return recorder;
}

void Recorder::write_out() {
  const bool written =
      std::fwrite(buffer_.data(), 1, buffer_.size(), file_.get()) == buffer_.size() &&
      std::fflush(file_.get()) == 0;
  buffer_.clear();
  if (written) return;
  spdlog::error("the recording ends here: {}", std::strerror(errno));
  file_.reset();
}

}  // namespace net
