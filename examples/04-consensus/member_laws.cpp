#include "member_laws.hpp"

#include <utility>

#include "core/digest.hpp"

namespace raft {

MemberLaws::MemberLaws(const Config& config) : config_(config) {}

void MemberLaws::broken(const char* law, std::string what) {
  if (!found_) found_ = sim::Finding{law, std::move(what)};
}

void MemberLaws::see_step(const Step&) {}

std::uint64_t MemberLaws::digest() const {
  core::Digest digest;
  return digest.value();
}

}  // namespace raft
