#include "http_answers.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "core/overloaded.hpp"
#include "messages_wire.hpp"
#include "net/json_object.hpp"

namespace raft {

namespace {

constexpr std::string_view retry_after_s = "1";

net::HttpResponse no_content() {
  net::HttpResponse response;
  response.status = 204;
  return response;
}

net::HttpResponse with_version(net::HttpResponse response, kv::Version version) {
  response.headers.push_back({"ETag", etag(version)});
  return response;
}

/// What a program of bytes must not be taken for.
net::HttpResponse bytes(const kv::Found& found) {
  net::HttpResponse response{200, "application/octet-stream", found.value, {}};
  response.headers.push_back({"X-Content-Type-Options", "nosniff"});
  return with_version(std::move(response), found.version);
}

// ---- Answers of the state machine ---------------------------------------------------------------

net::HttpResponse missing(const Asked& asked) {
  if (asked.kind == Asked::Kind::change) return no_content();  // it is gone now
  return not_done(404, reason::no_such_key, "There is no such key.");
}

net::HttpResponse conflict(const kv::Conflict& found) {
  if (found.version == 0) {
    return not_done(412, reason::conflict, "There is no such key. Nothing was changed.");
  }
  const std::string detail = "The key has the version " + etag(found.version) +
                             ", not the one that was expected. Nothing was changed.";
  return with_version(not_done(412, reason::conflict, detail), found.version);
}

net::HttpResponse answer_of_machine(const Asked& asked, const Answer& answer) {
  return std::visit(
      core::Overloaded{
          [](const kv::Stored& stored) { return with_version(no_content(), stored.version); },
          [](const kv::Found& found) { return bytes(found); },
          [&](const kv::Missing&) { return missing(asked); },
          [](const kv::Conflict& found) { return conflict(found); },
          [](const kv::TooLarge&) {
            return not_done(413, reason::too_large,
                            "The value would be larger than a value may be, or all of them "
                            "together. Nothing was changed.");
          },
      },
      answer);
}

// ---- Refusals -----------------------------------------------------------------------------------

bool has(const std::vector<core::Peer>& peers, core::NodeId node) {
  return std::ranges::find(peers, node, &core::Peer::id) != peers.end();
}

bool is_member(const Raft& core, core::NodeId node) {
  const Members& members = core.members();
  return has(members.voters, node) || has(members.learners, node);
}

struct Words {
  unsigned status = 0;
  std::string_view text;
};

Words words_of_invalid(const Raft& core, const Asked& asked) {
  switch (asked.kind) {
    case Asked::Kind::change:
    case Asked::Kind::question:
      return {400, "The store does not take this: a key or a value is too long, or empty."};
    case Asked::Kind::session:
      return {400, "This cluster opens no sessions."};
    case Asked::Kind::members:
      return {400,
              "These changes cannot be: a cluster has at least one voter and a limited number of "
              "members, each with an address and named once."};
    case Asked::Kind::removal:
      return {400, "This member cannot be removed: a cluster has at least one voter."};
    case Asked::Kind::transfer:
      if (!is_member(core, asked.node)) return {404, "The cluster has no such member."};
      return {400, "Only a voter can lead."};
  }
  return {500, ""};
}

Words words_of(const Raft& core, const Asked& asked, Refusal why) {
  switch (why) {
    case Refusal::no_leader:
      return {503, "No leader is known, or it was deposed; ask again a little later."};
    case Refusal::not_carried_out:
      return {503, "A new leader put another change in this one's place; ask again."};
    case Refusal::too_busy:
      return {429, "Too many requests wait; ask again a little later."};
    case Refusal::invalid:
      return words_of_invalid(core, asked);
    case Refusal::no_room:
      return {507, "The leader's disk is full; questions are still answered."};
    case Refusal::session_expired:
      return {410,
              "This session was closed for want of room, or never opened. If this change was sent "
              "before, whether it was made then is not known any more."};
    case Refusal::sequence_is_old:
      return {409,
              "The session has gone on to a later change. If this one was sent before, what came "
              "of it is not known any more."};
    case Refusal::members_change:
      return {409,
              "The members are changing already, or the leader is new: one change at a time; ask "
              "again later."};
    case Refusal::transfer_failed:
      return {503, "The other node did not come to lead; the leader is the same."};
  }
  return {500, ""};
}

net::HttpResponse refused(const Raft& core, const Asked& asked, Refusal why) {
  const Words words = words_of(core, asked, why);
  net::HttpResponse response = not_done(words.status, wire::name_of(why), words.text);
  if (words.status == 503 || words.status == 429) {
    response.headers.push_back({"Retry-After", std::string(retry_after_s)});
  }
  return response;
}

net::HttpResponse unknown() {
  return net::problem(504,
                      "No answer came in time. The change may have been made, may still be made, "
                      "or not: nobody can tell.",
                      {{"reason", reason::unknown}, {"outcome", "unknown"}});
}

// ---- What a node knows of the cluster -----------------------------------------------------------

std::string_view name_of(Role role) {
  switch (role) {
    case Role::follower:
      return "follower";
    case Role::candidate:
      return "candidate";
    case Role::leader:
      return "leader";
  }
  return "";
}

std::string members_json(const Members& members) {
  std::vector<std::string> all;
  const auto add = [&](const std::vector<core::Peer>& peers, std::string_view role) {
    for (const core::Peer& peer : peers) {
      all.push_back(net::ObjectText()
                        .number("id", peer.id.value)
                        .text("role", role)
                        .text("address", peer.address)
                        .take());
    }
  };
  add(members.voters, "voter");
  add(members.learners, "learner");
  std::vector<core::Peer> leaving;
  std::ranges::copy_if(members.outgoing, std::back_inserter(leaving), [&](const core::Peer& peer) {
    return !has(members.voters, peer.id) && !has(members.learners, peer.id);
  });
  add(leaving, "leaving");
  return net::array_text(all, [](const std::string& one) { return one; });
}

}  // namespace

std::string etag(kv::Version version) { return "\"" + std::to_string(version) + "\""; }

net::HttpResponse not_done(unsigned status, std::string_view reason, std::string_view detail) {
  return net::problem(status, detail, {{"reason", reason}, {"outcome", "not_done"}});
}

net::HttpResponse response_to(const Raft& core, const Asked& asked, const Result& result) {
  return std::visit(
      core::Overloaded{
          [&](const Executed& executed) { return answer_of_machine(asked, executed.answer); },
          [&](const Refused& no) { return refused(core, asked, no.reason); },
          [](const Unknown&) { return unknown(); },
          [](const SessionOpened& opened) {
            return net::json_response(
                201, net::ObjectText().number("session", opened.session.value).take() + "\n");
          },
          [](const Done&) { return no_content(); },
      },
      result);
}

std::string cluster_json(const Raft& core) {
  net::ObjectText out;
  out.number("id", core.self().value)
      .text("role", name_of(core.role()))
      .number("term", core.current_term().value);
  if (core.leader() != core::NodeId{}) out.number("leader", core.leader().value);
  return out.number("commit_index", core.commit_index())
      .number("last_applied", core.last_applied())
      .number("last_log_index", core.log().last_index())
      .json("members", members_json(core.members()))
      .take();
}

}  // namespace raft
