// The digest of a client's state.
#include "client.hpp"
#include "client_wire.hpp"
#include "core/digest.hpp"
#include "core/overloaded.hpp"
#include "wire/wire.hpp"

namespace queue {

std::uint64_t Client::digest() const {
  core::Digest digest;
  digest.add(prng_.state()).add(id_).add(last_key_);
  digest.add(std::uint64_t{connected_}).add(std::uint64_t{giving_up_}).add(last_request_);
  digest.add(std::uint64_t{leasing_}).add(std::uint64_t{resting_}).add(lease_not_before_);
  digest.add(std::uint64_t{lease_failures_}).add(std::uint64_t{busy_});
  digest.add(std::uint64_t{in_hand_.size()}).add(std::uint64_t{unsent_.size()});
  for (const auto& [lease, in_hand] : in_hand_) {
    digest.add(lease.incarnation).add(lease.number).add(in_hand.task);
    digest.add(std::uint64_t{in_hand.failures}).add(std::uint64_t{in_hand.extend_at.has_value()});
    if (in_hand.extend_at) digest.add(*in_hand.extend_at);
  }
  for (const Unsent& unsent : unsent_) {
    digest.add(wire::encode(unsent.work)).add(unsent.not_before);
    digest.add(std::uint64_t{unsent.failures});
  }
  for (const auto& [request, outstanding] : calls_) {
    digest.add(request)
        .add(std::uint64_t{outstanding.what.index()})
        .add(std::uint64_t{outstanding.failures});
    digest.add(outstanding.sent_at).add(outstanding.give_up_at);
    std::visit(core::Overloaded{
                   [](const Take&) {},
                   [&](const Extension& extension) { digest.add(wire::encode(extension.held)); },
                   [&](const Ended& ended) { digest.add(wire::encode(ended.tasks)); },
                   [&](const Produce& produce) { digest.add(wire::encode(produce)); },
                   [&](const Ask& ask) { digest.add(wire::encode(ask)); },
               },
               outstanding.what);
  }
  return digest.value();
}

}  // namespace queue
