// The smallest client core: passes on what it is asked, and tells all that it learns. For net's
// tests.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "core/client.hpp"
#include "core/digest.hpp"
#include "net/toy.hpp"

namespace net::toy {

/// What a toy's client does: `ask` calls, `give_up` wants another connection.
struct Task {
  bool give_up = false;
  Ask ask;
};
constexpr auto describe(wire::Type<Task>) {
  return wire::record<10>("task", wire::field<1>("give_up", &Task::give_up),
                          wire::field<2>("ask", &Task::ask));
}

struct ClientProtocol {
  using Config = Setup;
  using Command = Ask;
  using Result = Text;
  using Event = Text;
  using Work = Task;
  using Outcome = Text;
};

class Client {
 public:
  using Protocol = ClientProtocol;
  using Input = core::ClientInput<Protocol>;
  using Ready = core::ClientReady<Protocol>;

  Client(const Setup&, std::uint64_t) {}

  void step(const core::Now&, const Input& input, Ready& ready) noexcept {
    const auto tell = [&](std::string text) { ready.outcomes.push_back({std::move(text)}); };
    std::visit(core::Overloaded{
                   [&](const core::Submit<Protocol>& submit) { on_submit(submit.work, ready); },
                   [&](core::Connected) { tell("connected"); },
                   [&](core::Disconnected) { tell("disconnected"); },
                   [&](const core::Answer<Protocol>& answer) { tell(told_by(answer)); },
                   [](const core::Pushed<Protocol>&) {},
                   [](core::Timeout) {},
               },
               input);
  }

  std::optional<core::Instant> next_timeout() const { return std::nullopt; }
  std::uint64_t digest() const { return core::Digest().add(last_request_).value(); }

 private:
  void on_submit(const Task& task, Ready& ready) {
    ready.reconnect = task.give_up;
    if (!task.give_up) ready.calls.push_back({core::RequestId{++last_request_}, task.ask});
  }

  static std::string told_by(const core::Answer<Protocol>& answer) {
    const std::string which = std::to_string(answer.request.value) + ": ";
    if (answer.result) return which + answer.result->text;
    return which + (answer.result.error() == core::CallError::refused ? "refused" : "unknown");
  }

  std::uint64_t last_request_ = 0;
};

class ClientApi {
 public:
  HttpRequest request(const Ask& ask) const {
    HttpRequest request;
    request.method = "POST";
    request.path = "/" + std::string(wire::name_of(ask.verb));
    request.body = core::Bytes(ask.text);
    return request;
  }

  std::expected<Text, core::CallError> result(const Ask&, const HttpResponse& response) const {
    if (response.status != 200) return std::unexpected(core::CallError::unknown);
    return Text{std::string(response.body.view())};
  }
};

}  // namespace net::toy
