// The smallest core that has every kind of input and output: for net's tests and its benchmark.
#pragma once

#include <charconv>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/contract.hpp"
#include "core/digest.hpp"
#include "core/overloaded.hpp"
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

/// What a toy is asked.
enum class Verb : std::uint8_t {
  echo,       // answered at once
  hold,       // answered when a `release` comes
  release,    // and this one too
  sleep,      // answered when so many milliseconds have passed
  keep,       // answered when its text is on disk
  kept,       // what is on disk
  load,       // the same, read back from there
  room,       // whether the disk has room
  tell,       // answered at once, after its text was sent to all peers
  tell_bulk,  // the same, on the other lane
  reply,      // the same as tell, to the node that told something last
  heard,      // what peers told
  peers,      // "2@127.0.0.1:4100" or nothing: whom to stay connected to from now on
  backlogs,   // each "full" and "free" of a client's send queue
  leave,      // not answered: the session is closed
};
constexpr auto describe(wire::Type<Verb>) {
  return wire::enumeration(
      wire::value<1>("echo", Verb::echo), wire::value<2>("hold", Verb::hold),
      wire::value<3>("release", Verb::release), wire::value<4>("sleep", Verb::sleep),
      wire::value<5>("keep", Verb::keep), wire::value<6>("kept", Verb::kept),
      wire::value<7>("load", Verb::load), wire::value<8>("room", Verb::room),
      wire::value<9>("tell", Verb::tell), wire::value<10>("tell_bulk", Verb::tell_bulk),
      wire::value<11>("heard", Verb::heard), wire::value<12>("peers", Verb::peers),
      wire::value<13>("backlogs", Verb::backlogs), wire::value<14>("leave", Verb::leave),
      wire::value<15>("reply", Verb::reply));
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

/// 0 for what is no number.
inline std::uint32_t number_in(std::string_view text) {
  std::uint32_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

class Toy {
 public:
  using Protocol = toy::Protocol;
  using Input = core::Input<Protocol>;
  using Ready = core::Ready<Protocol>;

  Toy(const Setup& setup, std::uint64_t) : peers_(setup.peers) {}

  void step(const core::Now& now, const Input& input, Ready& ready) noexcept {
    std::visit(
        core::Overloaded{
            [&](const core::Start<Protocol>& start) { on_start(start, ready); },
            [&](const core::Receive<Protocol>& told) {
              heard_ += told.message.text;
              teller_ = told.from;
            },
            [&](const Asked& asked) { on_request(now, asked, ready); },
            [&](const core::Closed& closed) { on_closed(closed.session); },
            [&](const core::Backlog& backlog) { backlogs_ += backlog.full ? "full " : "free "; },
            [&](const core::Persisted& done) { on_persisted(done, ready); },
            [&](const core::Room& room) { room_ = room.available; },
            [&](const core::Loaded<Protocol>& loaded) { on_loaded(loaded, ready); },
            [&](core::Timeout) { on_timeout(now, ready); },
        },
        input);
  }

  std::optional<core::Instant> next_timeout() const {
    if (sleeping_.empty()) return std::nullopt;
    return sleeping_.begin()->first;
  }
  std::uint64_t digest() const { return core::Digest().add(heard_).add(kept_).value(); }
  core::Violation check_invariants(bool) const { return std::nullopt; }
  const std::string& kept() const { return kept_; }
  std::size_t held() const { return held_.size(); }

 private:
  using Asked = core::Request<Protocol>;

  void on_start(const core::Start<Protocol>& start, Ready& ready) {
    for (const auto& write : start.recovered.log) kept_ += write.records.front().text;
    last_write_ = start.recovered.last_control.value;
    ready.peers = peers_;
  }

  void on_request(const core::Now& now, const Asked& asked, Ready& ready) {
    const Ask& ask = asked.command;
    switch (ask.verb) {
      case Verb::echo:
        return answer(asked, ask.text, ready);
      case Verb::hold:
        return held_.push_back(asked);
      case Verb::release:
        for (const Asked& held : std::exchange(held_, {})) answer(held, held.command.text, ready);
        return answer(asked, "released", ready);
      case Verb::sleep:
        sleeping_.emplace(now.mono + std::chrono::milliseconds(number_in(ask.text)), asked);
        return;
      case Verb::keep:
        return keep(asked, ready);
      case Verb::kept:
        return answer(asked, kept_, ready);
      case Verb::load:
        ready.loads.push_back(
            {core::LoadId{++last_load_}, core::Lane::control, {1}, {last_write_}});
        loading_.emplace(core::LoadId{last_load_}, asked);
        return;
      case Verb::room:
        return answer(asked, room_ ? "room" : "full", ready);
      case Verb::tell:
        return tell(asked, core::Lane::control, ready);
      case Verb::tell_bulk:
        return tell(asked, core::Lane::bulk, ready);
      case Verb::reply:
        ready.messages.push_back({teller_, core::Lane::control, Text{ask.text}});
        return answer(asked, "told", ready);
      case Verb::heard:
        return answer(asked, heard_, ready);
      case Verb::peers:
        set_peers(ask.text);
        ready.peers = peers_;
        return answer(asked, "set", ready);
      case Verb::backlogs:
        return answer(asked, backlogs_, ready);
      case Verb::leave:
        return ready.closes.push_back(asked.session);
    }
  }

  void keep(const Asked& asked, Ready& ready) {
    ready.writes.push_back({core::Lane::control,
                            core::WriteSeq{++last_write_},
                            core::WriteKind::log,
                            {},
                            {Text{asked.command.text}}});
    waiting_.emplace(last_write_, asked);
  }

  void tell(const Asked& asked, core::Lane lane, Ready& ready) {
    for (const core::Peer& peer : peers_) {
      ready.messages.push_back({peer.id, lane, Text{asked.command.text}});
    }
    answer(asked, "told", ready);
  }

  void set_peers(const std::string& text) {
    peers_.clear();
    const std::size_t at = text.find('@');
    if (at == std::string::npos) return;
    peers_.push_back({core::NodeId{number_in(text)}, text.substr(at + 1)});
  }

  void on_closed(core::SessionId session) {
    std::erase_if(held_, [&](const Asked& held) { return held.session == session; });
  }

  void on_persisted(const core::Persisted& done, Ready& ready) {
    while (!waiting_.empty() && waiting_.begin()->first <= done.seq.value) {
      const auto [seq, asked] = *waiting_.begin();
      waiting_.erase(waiting_.begin());
      kept_ += asked.command.text;
      answer(asked, "kept", ready);
    }
  }

  void on_loaded(const core::Loaded<Protocol>& loaded, Ready& ready) {
    const auto asked = loading_.extract(loaded.load);
    std::string text;
    if (!loaded.writes) return answer(asked.mapped(), "gone", ready);
    for (const auto& write : *loaded.writes) text += write.records.front().text;
    answer(asked.mapped(), text, ready);
  }

  void on_timeout(const core::Now& now, Ready& ready) {
    while (!sleeping_.empty() && sleeping_.begin()->first <= now.mono) {
      answer(sleeping_.begin()->second, "awake", ready);
      sleeping_.erase(sleeping_.begin());
    }
  }

  static void answer(const Asked& asked, std::string text, Ready& ready) {
    ready.replies.push_back({asked.session, asked.request, Text{std::move(text)}});
  }

  std::vector<core::Peer> peers_;
  std::string heard_;
  core::NodeId teller_;  // of the last of it
  std::string kept_;
  std::string backlogs_;
  bool room_ = true;
  std::uint64_t last_write_ = 0;
  std::uint64_t last_load_ = 0;
  std::vector<Asked> held_;
  std::multimap<core::Instant, Asked> sleeping_;  // by when to wake up
  std::map<std::uint64_t, Asked> waiting_;        // by the write that must be durable first
  std::map<core::LoadId, Asked> loading_;
};

/// GET /VERB/TEXT, or POST /VERB with the text as the body.
class Api {
 public:
  Api() {
    for (std::uint8_t number = 0; number <= static_cast<std::uint8_t>(Verb::leave); ++number) {
      const auto verb = static_cast<Verb>(number);
      const std::string path = "/" + std::string(wire::name_of(verb));
      routes_.add("GET", path, verb).add("GET", path + "/{text}", verb).add("POST", path, verb);
    }
  }

  std::expected<Ask, HttpResponse> command(const HttpRequest& request) const {
    auto found = routes_.find(request);
    if (!found) return std::unexpected(std::move(found).error());
    if (request.method == "POST") return Ask{found->handler, std::string(request.body.view())};
    return Ask{found->handler, found->parameters.empty() ? "" : found->parameters.front()};
  }

  HttpResponse response(const Text& text) const {
    return {200, "text/plain", core::Bytes(text.text), {}};
  }
  std::string state(const Toy& toy) const {
    return "{\"kept\":" + wire::json_quoted(toy.kept()) +
           ",\"held\":" + std::to_string(toy.held()) + "}";
  }

 private:
  Routes<Verb> routes_;
};

}  // namespace net::toy
