#include "history.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string_view>

#include "core/overloaded.hpp"
#include "kv_history.hpp"
#include "lab/process.hpp"
#include "net/json_object.hpp"

namespace torture {

namespace {

// How `linearize` exits, beside 0.
constexpr int not_linearizable = 1;
constexpr int undecided = 2;

using Action = check::KeyValue::Action;

std::string json_of(const check::Value& value) {
  return value.text ? wire::json_quoted(*value.text) : "null";
}

struct Words {
  std::string_view f;
  std::string value;  // JSON
};

/// Not that there was a version whose value nobody saw.
bool tells_something(const Action& action) {
  const auto* read = std::get_if<check::Read>(&action);
  return read == nullptr || read->found.has_value();
}

Words words_of(const Action& action) {
  return std::visit(
      core::Overloaded{
          [](const check::Read& read) { return Words{"get", json_of(*read.found)}; },
          [](const check::Write& write) { return Words{"put", json_of(write.value)}; },
          [](const check::Append& append) {
            return Words{"append", wire::json_quoted(append.text)};
          },
          [](const check::CompareAndSet& cas) {
            return Words{"cas", fmt::format("[{},{}]", json_of(cas.from), json_of(cas.to))};
          },
      },
      action);
}

/// What a call would have done that was refused.
Words words_of(const raft::Command& command) {
  const auto* change = std::get_if<raft::ClientRequest>(&command);
  if (change == nullptr) return {"get", "null"};
  const auto text_of = [](const core::Bytes& bytes) { return wire::json_quoted(bytes.view()); };
  return std::visit(
      core::Overloaded{
          [&](const kv::Put& put) { return Words{"put", text_of(put.value)}; },
          [](const kv::Delete&) { return Words{"put", "null"}; },
          [&](const kv::Append& append) { return Words{"append", text_of(append.value)}; },
      },
      change->operation);
}

const std::string& key_of(const raft::Command& command) {
  const auto* change = std::get_if<raft::ClientRequest>(&command);
  return change != nullptr ? kv::key_of(change->operation)
                           : std::get<raft::ClientQuery>(command).query.key;
}

struct Event {
  core::Instant at;
  std::string line;
};

class Writer {
 public:
  explicit Writer(core::Instant begin) : begin_(begin) {}

  void write(const Call& call, const Words& words) {
    add(call, call.called, "invoke", words);
    if (call.outcome == Call::Outcome::open) return;
    add(call, call.ended, name_of(call.outcome), words);
  }

  /// By time; what one client did, in its order.
  std::string take() {
    std::ranges::stable_sort(events_, {}, &Event::at);
    std::string text;
    for (const Event& event : events_) text += event.line + "\n";
    return text;
  }

 private:
  static std::string_view name_of(Call::Outcome outcome) {
    if (outcome == Call::Outcome::ok) return "ok";
    return outcome == Call::Outcome::fail ? "fail" : "info";
  }

  void add(const Call& call, core::Instant at, std::string_view type, const Words& words) {
    const auto ns = std::chrono::nanoseconds(at - begin_).count();
    events_.push_back({at, net::ObjectText()
                               .number("process", call.client.value)
                               .text("type", type)
                               .text("f", words.f)
                               .text("key", key_of(call.command))
                               .json("value", words.value)
                               .json("time", std::to_string(ns))
                               .take()});
  }

  core::Instant begin_;
  std::vector<Event> events_;
};

/// Only what is answered tells which value had which version.
kv::History as_history(const std::vector<Call>& calls) {
  kv::History history;
  for (const Call& call : calls) {
    const auto* change = std::get_if<raft::ClientRequest>(&call.command);
    const std::size_t number =
        change != nullptr
            ? history.ask(call.called, change->operation)
            : history.ask(call.called, std::get<raft::ClientQuery>(call.command).query);
    if (call.answer) history.answer(number, call.ended, *call.answer);
    if (call.outcome == Call::Outcome::fail) history.refuse(number);
  }
  return history;
}

}  // namespace

std::optional<std::string> find_two_values(const std::vector<Call>& calls) {
  return as_history(calls).two_values();
}

std::string history_text(const std::vector<Call>& calls, core::Instant begin) {
  const std::vector<kv::History::Deed> deeds = as_history(calls).deeds();
  std::map<std::size_t, const Action*> known;
  for (const kv::History::Deed& deed : deeds) {
    if (tells_something(deed.action)) known[deed.call] = &deed.action;
  }
  Writer writer(begin);
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const auto deed = known.find(i);
    if (deed != known.end()) {
      writer.write(calls[i], words_of(*deed->second));
    } else if (calls[i].outcome == Call::Outcome::fail) {
      writer.write(calls[i], words_of(calls[i].command));
    }
  }
  return writer.take();
}

Judgement judge(const std::filesystem::path& linearize, const std::filesystem::path& history) {
  std::filesystem::path said = history;
  said.replace_filename("judgement.txt");
  const int out = open(said.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  const int status = lab::run_command({linearize.string(), history.string(), "--model", "kv"},
                                      history.parent_path(), out);
  close(out);
  if (status == 0) return {};
  std::ifstream in(said);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  text.erase(text.find_last_not_of('\n') + 1);
  if (status != not_linearizable && status != undecided) throw std::runtime_error(text);
  return {.decided = status == not_linearizable, .wrong = text};
}

}  // namespace torture
