#include "kv_history.hpp"

#include <algorithm>
#include <ranges>

#include "core/overloaded.hpp"

namespace kv {

namespace {

check::Value text_of(const core::Bytes& bytes) { return {std::string(bytes.view())}; }

/// An action that does nothing unless the key has the version that was expected. A version of which
/// nobody saw the value allows any.
check::KeyValue::Action if_expected(std::optional<Version> expected,
                                    const std::optional<check::Value>& from,
                                    const check::Value& to) {
  if (!expected || !from) return check::Write{to};
  return check::CompareAndSet{*from, to};
}

}  // namespace

std::size_t History::ask(core::Instant at, const Operation& operation) {
  calls_.push_back({at, {}, key_of(operation), operation, {}, false});
  return calls_.size() - 1;
}

std::size_t History::ask(core::Instant at, const Query& query) {
  calls_.push_back({at, {}, query.key, {}, {}, false});
  return calls_.size() - 1;
}

void History::answer(std::size_t call, core::Instant at, const Answer& answer) {
  calls_[call].returned = at;
  calls_[call].answer = answer;
}

/// Which value each version had. What is wrong if it had two, of which the first counts.
std::optional<std::string> History::see_values(Values& values) const {
  std::optional<std::string> wrong;
  for (const Call& call : calls_) {
    const auto see = [&](Version version, const check::Value& value) {
      const bool agrees = values.insert({{call.key, version}, value}).first->second == value;
      if (agrees || wrong) return;
      wrong = "two values of " + call.key + " have the version " + std::to_string(version);
    };
    see(0, {});
    if (!call.answer) continue;
    if (const Found* found = std::get_if<Found>(&*call.answer)) {
      see(found->version, text_of(found->value));
    }
    const Put* put = call.operation ? std::get_if<Put>(&*call.operation) : nullptr;
    if (const Stored* stored = std::get_if<Stored>(&*call.answer); stored != nullptr && put) {
      see(stored->version, text_of(put->value));
    }
  }
  return wrong;
}

std::optional<std::string> History::two_values() const {
  Values values;
  return see_values(values);
}

/// What the call did, as far as it is known; none when it tells nothing.
std::optional<check::KeyValue::Action> History::action_of(const Call& call, const Values& values) {
  const auto value_of = [&](Version version) -> std::optional<check::Value> {
    const auto known = values.find({call.key, version});
    return known == values.end() ? std::nullopt : std::optional(known->second);
  };
  if (call.answer) {
    if (std::holds_alternative<TooLarge>(*call.answer)) return {};  // nothing happened
    if (const Found* found = std::get_if<Found>(&*call.answer)) {
      return check::Read{text_of(found->value)};
    }
    if (const Conflict* conflict = std::get_if<Conflict>(&*call.answer)) {
      return check::Read{value_of(conflict->version)};
    }
  }
  if (!call.operation)
    return call.answer ? std::optional(check::Read{check::Value{}}) : std::nullopt;
  return std::visit(core::Overloaded{
                        [&](const Put& put) -> check::KeyValue::Action {
                          return if_expected(put.expected, value_of(put.expected.value_or(0)),
                                             text_of(put.value));
                        },
                        [&](const Delete& erase) -> check::KeyValue::Action {
                          return if_expected(erase.expected, value_of(erase.expected.value_or(0)),
                                             {});
                        },
                        [&](const Append& append) -> check::KeyValue::Action {
                          return check::Append{std::string(append.value.view())};
                        },
                    },
                    *call.operation);
}

std::vector<History::Deed> History::deeds() const {
  Values values;
  see_values(values);
  std::vector<Deed> deeds;
  for (std::size_t i = 0; i < calls_.size(); ++i) {
    const Call& call = calls_[i];
    if (call.refused) continue;
    std::optional<Action> action = action_of(call, values);
    if (action) deeds.push_back({i, call.key, call.called, call.returned, std::move(*action)});
  }
  return deeds;
}

/// The place of an answered call among all changes of its key: by version, and who made a version
/// before who saw it. None where no version was told.
std::optional<History::Place> History::place_of(const Deed& deed) const {
  const Call& call = calls_[deed.call];
  if (!call.answer) return {};
  return std::visit(core::Overloaded{
                        [&](const Stored& stored) -> std::optional<Place> {
                          return Place{deed.key, stored.version, false};
                        },
                        [&](const Found& found) -> std::optional<Place> {
                          return Place{deed.key, found.version, true};
                        },
                        [](const auto&) -> std::optional<Place> { return {}; },
                    },
                    *call.answer);
}

/// Versions tell the order in which calls took effect, which spares the search most of its work:
/// the later one did so no earlier than the first was made, the first no later than it returned.
/// False when no times are left for one of them.
bool History::narrow(std::vector<Deed>& deeds) const {
  std::map<Place, std::vector<Deed*>> by_place;
  for (Deed& deed : deeds) {
    if (const auto place = place_of(deed)) by_place[*place].push_back(&deed);
  }
  std::map<std::string, core::Instant> bound;  // of each key, so far
  for (const auto& [place, here] : by_place) {
    core::Instant& earliest = bound.try_emplace(place.key, core::Instant::min()).first->second;
    const core::Instant before = earliest;
    for (Deed* deed : here) {
      deed->called = std::max(deed->called, before);
      earliest = std::max(earliest, deed->called);
    }
  }
  bound.clear();
  bool is_possible = true;
  for (const auto& [place, here] : std::views::reverse(by_place)) {
    core::Instant& latest = bound.try_emplace(place.key, core::Instant::max()).first->second;
    const core::Instant after = latest;
    for (Deed* deed : here) {
      deed->returned = std::min(*deed->returned, after);
      latest = std::min(latest, *deed->returned);
      is_possible = is_possible && deed->called <= *deed->returned;
    }
  }
  return is_possible;
}

std::optional<std::string> History::what_is_wrong() const {
  if (auto wrong = two_values()) return wrong;
  std::vector<Deed> all = deeds();
  if (!narrow(all))
    return "the versions that clients were told go against the times of their calls";
  check::History<check::KeyValue> happened;
  for (Deed& deed : all) {
    // A client goes on after a call of which nobody knows: so each call is a process of its own.
    const check::ProcessId process{happened.size()};
    happened.push_back(
        {process, std::move(deed.key), deed.called, deed.returned, std::move(deed.action)});
  }
  const check::Result result = check::check_linearizable<check::KeyValue>(happened);
  if (result.verdict == check::Verdict::linearizable) return {};
  if (result.verdict == check::Verdict::undecided) {
    return "whether what clients saw of " + result.key + " can be is undecided";
  }
  return "no order of what clients did to " + result.key + " explains what they saw";
}

void History::add_to(core::Digest& digest) const {
  for (const Call& call : calls_) {
    digest.add(call.called).add(call.returned.value_or(core::Instant())).add(call.key);
    digest.add(std::uint64_t{call.refused});
    digest.add(std::uint64_t{call.operation ? call.operation->index() + 1 : 0});
    digest.add(std::uint64_t{call.answer ? call.answer->index() + 1 : 0});
  }
}

}  // namespace kv
