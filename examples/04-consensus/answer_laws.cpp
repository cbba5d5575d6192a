#include "answer_laws.hpp"

#include <utility>

#include "core/digest.hpp"

namespace raft {

AnswerLaws::AnswerLaws(const Config& config) : config_(config) {}

void AnswerLaws::broken(const char* law, std::string what) {
  if (!found_) found_ = sim::Finding{law, std::move(what)};
}

void AnswerLaws::see_step(const Step&) {}

std::uint64_t AnswerLaws::digest() const {
  core::Digest digest;
  return digest.value();
}

}  // namespace raft
