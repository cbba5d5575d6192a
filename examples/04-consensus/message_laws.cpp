#include "message_laws.hpp"

#include <utility>

#include "core/digest.hpp"

namespace raft {

MessageLaws::MessageLaws(const Config& config) : config_(config) {}

void MessageLaws::broken(const char* law, std::string what) {
  if (!found_) found_ = sim::Finding{law, std::move(what)};
}

void MessageLaws::see_step(const Step&) {}

std::uint64_t MessageLaws::digest() const {
  core::Digest digest;
  return digest.value();
}

}  // namespace raft
