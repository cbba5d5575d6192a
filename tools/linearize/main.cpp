// ./lab linearize: is the history in this file linearizable? Exit 0: yes, 1: no, 2: undecided, 3:
// the file or the command line is wrong.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>

#include "check/cas_register.hpp"
#include "check/key_value.hpp"
#include "check/linearizability.hpp"
#include "check/offence.hpp"
#include "check/register.hpp"
#include "history_file.hpp"
#include "tell.hpp"
#include "with_commas.hpp"

namespace {

using namespace linearize;

enum Exit : std::uint8_t { good = 0, not_linearizable = 1, undecided = 2, bad_input = 3 };

struct Asked {
  std::string file;
  ModelName model = ModelName::reg;
  std::int64_t timeout_s = 60;
};

check::Bounds bounds_until(std::chrono::steady_clock::time_point deadline) {
  check::Bounds bounds;
  bounds.go_on = [deadline] { return std::chrono::steady_clock::now() < deadline; };
  return bounds;
}

template <class M>
typename M::Action action_of(const Entry& entry) {
  const check::Value value{entry.value};
  if (entry.function == Function::read) {
    return entry.is_answered ? check::Read{value} : check::Read{};
  }
  if constexpr (!std::is_same_v<M, check::Register>) {
    if (entry.function == Function::cas) return check::CompareAndSet{{entry.from}, value};
  }
  if constexpr (std::is_same_v<M, check::KeyValue>) {
    if (entry.function == Function::append) return check::Append{*entry.value};
  }
  return check::Write{value};
}

// The checker only compares times; it is given nanoseconds as if they were its own unit.
template <class M>
check::History<M> history_of(const std::vector<Entry>& entries) {
  const auto instant = [](std::int64_t time) { return core::Instant(core::Duration(time)); };
  check::History<M> history;
  for (const Entry& entry : entries) {
    history.push_back({check::ProcessId{static_cast<std::uint64_t>(entry.process)}, entry.key,
                       instant(entry.called),
                       entry.is_answered ? std::optional(instant(entry.returned)) : std::nullopt,
                       action_of<M>(entry)});
  }
  return history;
}

/// What the last of `matter` could have found; nothing if it is no read.
template <class M>
std::vector<Value> possible_values(const check::History<M>& object, const check::Offence& matter,
                                   const check::Bounds& bounds) {
  check::History<M> history;
  for (const std::uint64_t i : matter) history.push_back(object[i]);
  auto* read = std::get_if<check::Read>(&history.back().action);
  if (read == nullptr) return {};
  std::set<check::Value> candidates = {M::initial()};
  for (const check::Operation<M>& one : history) {
    if (&one == &history.back()) continue;
    if (const auto found = M::leaves(one.action)) candidates.insert(*found);
  }
  std::vector<Value> possible;
  for (const check::Value& candidate : candidates) {
    read->found = candidate;
    if (check::check_object<M>(history, bounds).verdict == check::Verdict::linearizable) {
      possible.push_back(candidate.text);
    }
  }
  return possible;
}

template <class M>
int explain(const std::vector<Entry>& entries, const std::string& key, const Asked& asked) {
  std::vector<Entry> of_key;
  std::ranges::copy_if(entries, std::back_inserter(of_key),
                       [&](const Entry& entry) { return entry.key == key; });
  const check::History<M> object = history_of<M>(of_key);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(asked.timeout_s);
  const check::Bounds bounds = bounds_until(deadline);
  const check::Offence offence = check::find_offence<M>(object, bounds);
  std::vector<Entry> matter;
  for (const std::uint64_t i : offence) matter.push_back(of_key[i]);
  fmt::print("not linearizable\n{}",
             tell_offence(matter, possible_values<M>(object, offence, bounds), of_key.size(),
                          asked.model));
  return not_linearizable;
}

template <class M>
int judge(const std::vector<Entry>& entries, const Asked& asked) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(asked.timeout_s);
  const check::Result result =
      check::check_linearizable<M>(history_of<M>(entries), bounds_until(deadline));
  switch (result.verdict) {
    case check::Verdict::linearizable:
      fmt::print("linearizable: {} operations\n", with_commas(entries.size()));
      return good;
    case check::Verdict::not_linearizable:
      return explain<M>(entries, result.key, asked);
    case check::Verdict::undecided:
      break;
  }
  const bool in_time = std::chrono::steady_clock::now() < deadline;
  fmt::print(
      "undecided: {}: {} and no order was found, nor that there is none.\n{}\n",
      name_of_object(result.key),
      in_time ? with_commas(check::Bounds().configurations) + " steps of the search"
              : fmt::format("{} s", asked.timeout_s),
      "Fewer clients on one key, or values that differ more, make a history easier to judge.");
  return undecided;
}

int run(const Asked& asked) {
  std::ifstream in(asked.file);
  if (!in) {
    fmt::print(stderr, "linearize: cannot open {}.\n", asked.file);
    return bad_input;
  }
  const auto entries = read_history(in, asked.model);
  if (!entries) {
    fmt::print(stderr, "linearize: {}: {}\n", asked.file, entries.error());
    return bad_input;
  }
  switch (asked.model) {
    case ModelName::reg:
      return judge<check::Register>(*entries, asked);
    case ModelName::cas:
      return judge<check::CasRegister>(*entries, asked);
    case ModelName::kv:
      return judge<check::KeyValue>(*entries, asked);
  }
  return bad_input;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Was there one order of all operations that explains their answers?");
  app.name("./lab linearize");
  app.footer(
      "Exit 0: linearizable, 1: not, 2: undecided, 3: the file or the command line is wrong.");
  Asked asked;
  const std::map<std::string, ModelName> models = {
      {"register", ModelName::reg}, {"cas", ModelName::cas}, {"kv", ModelName::kv}};
  app.add_option("file", asked.file, "the history, one JSON object a line")->required();
  app.add_option("--model", asked.model, "register, cas or kv")
      ->required()
      ->transform(CLI::CheckedTransformer(models));
  app.add_option("--timeout", asked.timeout_s, "give up after so many seconds")
      ->check(CLI::Range(1, 86'400))
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? good : bad_input;
  }
  return run(asked);
}
