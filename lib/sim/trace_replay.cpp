#include "sim/trace_replay.hpp"

namespace sim {
namespace {

std::string sentence(const wire::TraceError& error) {
  return "at byte " + std::to_string(error.at) + ": " + error.what;
}

}  // namespace

std::expected<std::optional<wire::TraceRecord>, std::string> TraceRecords::next() {
  auto record = reader_.next();
  if (!record) return std::unexpected(sentence(record.error()));
  return std::move(*record);
}

std::string TraceRecords::torn_end() const {
  const auto whole = reader_.finish();
  return whole ? std::string() : sentence(whole.error());
}

}  // namespace sim
