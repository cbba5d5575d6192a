#include "client.hpp"
#include "client_wire.hpp"
#include "core/digest.hpp"
#include "wire/wire.hpp"

namespace raft {

std::uint64_t Client::digest() const {
  core::Digest digest;
  digest.add(prng_.state()).add(std::uint64_t{connected_}).add(last_request_);
  digest.add(give_up_at_.value_or(core::Instant())).add(not_before_);
  digest.add(std::uint64_t{give_up_at_.has_value()}).add(std::uint64_t{refusals_});
  digest.add(session_).add(sequence_).add(std::uint64_t{may_be_made_});
  for (const Ask& ask : asked_) digest.add(wire::encode(ask));
  return digest.value();
}

}  // namespace raft
