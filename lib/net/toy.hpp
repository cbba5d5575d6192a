// The smallest core that has every kind of output: for net's tests and its benchmark.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/contract.hpp"
#include "core/digest.hpp"
#include "net/http.hpp"
#include "net/routes.hpp"
#include "wire/to_json.hpp"
#include "wire/wire.hpp"

namespace net::toy {

struct Text {
  std::string text;
};
constexpr auto describe(wire::Type<Text>) {
  return wire::record<1>("text", wire::field<1>("text", &Text::text));
}

/// What a toy is asked. `echo` is answered at once, `hold` when a `release` comes, `keep` when its
/// text is on disk, `tell` at once after its text was sent to all peers; `heard` answers with what
/// peers told.
enum class Verb : std::uint8_t { echo, hold, release, keep, kept, tell, heard };
constexpr auto describe(wire::Type<Verb>) {
  return wire::enumeration(wire::value<1>("echo", Verb::echo), wire::value<2>("hold", Verb::hold),
                           wire::value<3>("release", Verb::release),
                           wire::value<4>("keep", Verb::keep), wire::value<5>("kept", Verb::kept),
                           wire::value<6>("tell", Verb::tell),
                           wire::value<7>("heard", Verb::heard));
}

struct Ask {
  Verb verb = Verb::echo;
  std::string text;
};
constexpr auto describe(wire::Type<Ask>) {
  return wire::record<2>("ask", wire::field<1>("verb", &Ask::verb),
                         wire::field<2>("text", &Ask::text));
}

struct Setup {
  std::vector<core::Peer> peers;
};
constexpr auto describe(wire::Type<Setup>) {
  return wire::record<3>("setup", wire::field<1>("peers", &Setup::peers));
}

struct Protocol {
  using Config = Setup;
  using Command = Ask;
  using Result = Text;
  using Event = Text;
  using Message = Text;
  using Record = Text;
};

class Toy {
 public:
  using Protocol = toy::Protocol;
  using Input = core::Input<Protocol>;
  using Ready = core::Ready<Protocol>;

  Toy(const Setup& setup, std::uint64_t) : setup_(setup) {}

  void step(const core::Now&, const Input& input, Ready& ready) noexcept {
    if (const auto* start = std::get_if<core::Start<Protocol>>(&input)) on_start(*start, ready);
    if (const auto* asked = std::get_if<core::Request<Protocol>>(&input)) on_request(*asked, ready);
    if (const auto* done = std::get_if<core::Persisted>(&input)) on_persisted(*done, ready);
    if (const auto* heard = std::get_if<core::Receive<Protocol>>(&input))
      heard_ += heard->message.text;
    if (const auto* closed = std::get_if<core::Closed>(&input)) {
      std::erase_if(held_, [&](const Asked& held) { return held.session == closed->session; });
    }
  }

  std::optional<core::Instant> next_timeout() const { return std::nullopt; }
  std::uint64_t digest() const { return core::Digest().add(heard_).add(kept_).value(); }
  core::Violation check_invariants(bool) const { return std::nullopt; }
  const std::string& kept() const { return kept_; }

 private:
  using Asked = core::Request<Protocol>;

  void on_start(const core::Start<Protocol>& start, Ready& ready) {
    for (const auto& write : start.recovered.log) kept_ += write.records.front().text;
    last_write_ = start.recovered.last_control.value;
    ready.peers = setup_.peers;
  }

  void on_request(const Asked& asked, Ready& ready) {
    const Ask& ask = asked.command;
    switch (ask.verb) {
      case Verb::echo:
        return answer(asked, ask.text, ready);
      case Verb::hold:
        return held_.push_back(asked);
      case Verb::release:
        for (const Asked& held : std::exchange(held_, {})) answer(held, held.command.text, ready);
        return answer(asked, "released", ready);
      case Verb::keep:
        ready.writes.push_back({core::Lane::control,
                                core::WriteSeq{++last_write_},
                                core::WriteKind::log,
                                {},
                                {Text{ask.text}}});
        waiting_.emplace(last_write_, asked);
        return;
      case Verb::kept:
        return answer(asked, kept_, ready);
      case Verb::tell:
        for (const core::Peer& peer : setup_.peers) {
          ready.messages.push_back({peer.id, core::Lane::control, Text{ask.text}});
        }
        return answer(asked, "told", ready);
      case Verb::heard:
        return answer(asked, heard_, ready);
    }
  }

  void on_persisted(const core::Persisted& done, Ready& ready) {
    while (!waiting_.empty() && waiting_.begin()->first <= done.seq.value) {
      const auto [seq, asked] = *waiting_.begin();
      waiting_.erase(waiting_.begin());
      kept_ += asked.command.text;
      answer(asked, "kept", ready);
    }
  }

  static void answer(const Asked& asked, std::string text, Ready& ready) {
    ready.replies.push_back({asked.session, asked.request, Text{std::move(text)}});
  }

  Setup setup_;
  std::string heard_;
  std::string kept_;
  std::uint64_t last_write_ = 0;
  std::vector<Asked> held_;
  std::map<std::uint64_t, Asked> waiting_;  // by the write that must be durable first
};

/// GET /VERB/TEXT, or POST /VERB with the text as the body.
class Api {
 public:
  std::expected<Ask, HttpResponse> command(const HttpRequest& request) const {
    auto parts = split_path(request.path);
    if (!parts) return std::unexpected(parts.error());
    static const std::map<std::string, Verb, std::less<>> verbs = {
        {"echo", Verb::echo},  {"hold", Verb::hold}, {"release", Verb::release},
        {"keep", Verb::keep},  {"kept", Verb::kept}, {"tell", Verb::tell},
        {"heard", Verb::heard}};
    const auto verb = parts->empty() ? verbs.end() : verbs.find(parts->front());
    if (verb == verbs.end()) return std::unexpected(problem(404, "There is nothing at this path."));
    if (request.method == "POST") return Ask{verb->second, std::string(request.body.view())};
    return Ask{verb->second, parts->size() > 1 ? (*parts)[1] : ""};
  }

  HttpResponse response(const Text& text) const {
    return {200, "text/plain", core::Bytes(text.text), {}};
  }
  std::string state(const Toy& toy) const {
    return "{\"kept\":" + wire::json_quoted(toy.kept()) + "}";
  }
};

}  // namespace net::toy
