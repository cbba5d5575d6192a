// The fingerprint of a node's whole state.
#include "core/digest.hpp"
#include "messages_wire.hpp"
#include "raft.hpp"
#include "wire/wire.hpp"

namespace raft {

namespace {

void add(core::Digest& digest, const ForwardId& id) { digest.add(id.incarnation).add(id.number); }

void add(core::Digest& digest, const Sessions& sessions) {
  for (const auto& [session, state] : sessions.all()) digest.add(wire::encode(state));
}

void add(core::Digest& digest, const Sending& sending) {
  digest.add(sending.snapshot.last_included_index).add(sending.begin);
  digest.add(std::uint64_t{sending.heartbeats});
}

void add(core::Digest& digest, const Saving& saving) {
  digest.add(saving.snapshot.last_included_index).add(saving.covers);
  digest.add(saving.written).add(saving.commit);
}

void add(core::Digest& digest, const Receiving& receiving) {
  digest.add(receiving.term).add(wire::encode(receiving.head)).add(receiving.next_offset);
  digest.add(receiving.bytes).add(receiving.commit);
  receiving.machine.add_to(digest);
  add(digest, receiving.sessions);
}

}  // namespace

std::uint64_t Raft::digest() const {
  core::Digest digest;
  const auto add_caller = [&](const Caller& caller) {
    digest.add(std::uint64_t{caller.index()});
    if (const Client* client = std::get_if<Client>(&caller)) {
      digest.add(client->session).add(client->request);
    } else {
      const Forwarder& forwarder = std::get<Forwarder>(caller);
      digest.add(forwarder.node);
      add(digest, forwarder.id);
    }
  };
  digest.add(prng_.state()).add(incarnation_).add(current_term_).add(voted_for_);
  digest.add(log_.base_index()).add(log_.term_at(log_.base_index()));
  for (Index index = log_.base_index() + 1; index <= log_.last_index(); ++index) {
    digest.add(wire::encode(log_.at(index)));
  }
  digest.add(commit_index_).add(last_applied_);
  machine_.add_to(digest);
  add(digest, sessions_);
  digest.add(membership_.index()).add(wire::encode(membership_.now()));
  digest.add(std::uint64_t{static_cast<std::uint8_t>(role_)}).add(leader_);
  digest.add(role_ == Role::leader ? heartbeat_deadline_ : election_deadline_);
  for (const core::NodeId vote : votes_) digest.add(vote);
  digest.add(heard_at_).add(std::uint64_t{pre_votes_.size()});
  for (const core::NodeId vote : pre_votes_) digest.add(vote);
  for (const auto& [node, progress] : progress_) {
    digest.add(node).add(progress.next_index).add(progress.match_index).add(progress.round);
    digest.add(std::uint64_t{progress.probing}).add(progress.heard_at);
    for (const Index last : progress.in_flight) digest.add(last);
    if (progress.sending) add(digest, *progress.sending);
  }
  for (const auto& [node, seen] : seen_) {
    digest.add(node);
    for (const ForwardId& id : seen) add(digest, id);
  }
  digest.add(term_start_).add(round_);
  digest.add(lease_round_).add(lease_asked_at_).add(lease_until_).add(std::uint64_t{lease_lost_});
  if (transfer_) {
    digest.add(transfer_->to).add(transfer_->until).add(std::uint64_t{transfer_->told});
    if (transfer_->caller) add_caller(*transfer_->caller);
  }
  for (const Read& read : reads_) {
    add_caller(read.caller);
    digest.add(wire::encode(read.query)).add(read.read_index).add(read.round).add(read.until);
  }
  for (const auto& [place, proposal] : proposals_) {
    digest.add(place.first).add(place.second).add(proposal.until);
    add_caller(proposal.caller);
  }
  for (const auto& [number, pending] : pending_) {
    digest.add(number).add(pending.until).add(std::uint64_t{pending.changes});
    digest.add(std::uint64_t{pending.transfers});
    add_caller(pending.client);
  }
  digest.add(last_forward_).add(patience_deadline_.value_or(core::Instant()));
  digest.add(std::uint64_t{room_}).add(last_write_).add(persisted_);
  for (const Held& held : held_) {
    digest.add(held.after).add(held.letter.to).add(wire::encode(held.letter.message));
  }
  for (const auto& [index, write] : written_at_) digest.add(index).add(write);
  digest.add(last_bulk_write_).add(log_bytes_).add(saved_bytes_);
  if (saving_) add(digest, *saving_);
  if (receiving_) add(digest, *receiving_);
  return digest.value();
}

}  // namespace raft
