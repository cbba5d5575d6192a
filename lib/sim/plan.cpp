#include "sim/plan.hpp"

#include <algorithm>
#include <concepts>
#include <optional>
#include <set>

#include "sim/text.hpp"

namespace sim {
namespace {

constexpr std::string_view first_line = "sim-plan 1";
constexpr std::uint64_t max_plan_bytes = 64 << 20;
constexpr core::Duration max_time = std::chrono::hours(1);
constexpr std::uint32_t million = 1'000'000;

using Checked = std::optional<std::string>;  // what is wrong

bool is_length(core::Duration value) { return value >= core::Duration(0) && value <= max_time; }

/// What any action may have: a length of time, a rate in millionths.
template <class A>
Checked check_common(const A& action) {
  if constexpr (requires { action.lasts; }) {
    if (!is_length(action.lasts)) return "for= is from 0s to an hour";
  }
  if constexpr (requires { action.down; }) {
    if (!is_length(action.down)) return "down= is from 0s to an hour";
  }
  if constexpr (requires { action.delay; }) {
    if (!is_length(action.delay)) return "delay= is from 0s to an hour";
  }
  if constexpr (requires {
                  { action.ppm } -> std::same_as<const std::uint32_t&>;
                }) {
    if (action.ppm > million) return "ppm= is from 0 to 1000000";
  }
  return std::nullopt;
}

Checked check(const ClockRate& action) {
  if (action.ppm < -500'000 || action.ppm > 500'000) return "ppm= is from -500000 to 500000";
  return std::nullopt;
}

Checked check(const ClockJump& action) {
  if (!is_length(action.by) && !is_length(-action.by)) return "by= is at most an hour";
  return std::nullopt;
}

Checked check(const SlowDisk& action) {
  if (action.factor < 1 || action.factor > 10'000) return "factor= is from 1 to 10000";
  return std::nullopt;
}

template <class A>
Checked check(const A&) {
  return std::nullopt;
}

Checked check_action(const Action& action) {
  return std::visit(
      [](const auto& held) {
        const Checked common = check_common(held);
        return common ? common : check(held);
      },
      action);
}

Checked check_conditions(const Conditions& c) {
  for (const core::Duration value :
       {c.turn_max, c.client_min, c.client_max, c.peer_min, c.peer_max, c.sync_min, c.sync_max}) {
    if (!is_length(value)) return "every time is from 0s to an hour";
  }
  if (c.client_min > c.client_max || c.peer_min > c.peer_max || c.sync_min > c.sync_max) {
    return "a min is above its max";
  }
  if (c.batch_max < 1 || c.batch_max > 10'000) return "batch_max is from 1 to 10000";
  return std::nullopt;
}

/// `12s #4 ` in front of what happens.
bool read_head(TextReader& in, Line& line) {
  core::Duration at{};
  in.skip_spaces();
  if (!in.duration(at)) return false;
  if (!is_length(at)) return in.fail("a time is from 0s to an hour");
  line.at = core::Instant(at);
  if (!in.expect('#') || !in.number(UINT64_MAX, line.stream)) return false;
  in.skip_spaces();
  return true;
}

std::expected<Line, std::string> parse_line(std::string_view text) {
  Line line;
  TextReader in(text);
  if (!read_head(in, line)) return std::unexpected(in.error());
  const std::string_view rest = in.rest();
  if (rest.starts_with("client ")) {
    const std::size_t colon = rest.find(": ");
    if (colon == rest.npos) return std::unexpected("wanted `client N: ` and its work");
    TextReader number(rest.substr(7, colon - 7));
    Ask ask;
    if (!Text<ClientId>::read(number, ask.client) || !number.at_end()) {
      return std::unexpected(number.error());
    }
    ask.work = rest.substr(colon + 2);
    line.action = std::move(ask);
    return line;
  }
  if (!Text<Action>::read(in, line.action) || !in.at_end()) return std::unexpected(in.error());
  if (const Checked wrong = check_action(line.action)) return std::unexpected(*wrong);
  return line;
}

/// Reads a plan line by line. A header line may not be missing or stand twice: they stand in their
/// order.
class PlanParser {
 public:
  std::expected<Plan, std::string> parse(std::string_view text) {
    if (text.size() > max_plan_bytes) return std::unexpected("the plan is longer than 64 MiB");
    while (!text.empty() && error_.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      std::string_view line = text.substr(0, end);
      if (line.ends_with('\r')) line.remove_suffix(1);
      text.remove_prefix(std::min(end + 1, text.size()));
      ++number_;
      if (!line.empty() && !line.starts_with("//")) take(line);
    }
    if (error_.empty() && header_ < 5) fail("the plan ends before its header does");
    if (error_.empty() && !healed()) fail("the last line of a plan is its heal");
    if (!error_.empty()) return std::unexpected(error_);
    return std::move(plan_);
  }

 private:
  void fail(const std::string& what) {
    if (error_.empty()) error_ = "line " + std::to_string(number_) + ": " + what;
  }

  void take(std::string_view line) {
    if (header_ == 5) {
      auto parsed = parse_line(line);
      if (!parsed) return fail(parsed.error());
      return append(std::move(*parsed));
    }
    take_header(line);
    ++header_;
  }

  void take_header(std::string_view line) {
    switch (header_) {
      case 0:
        if (line != first_line) fail("a plan begins with \"" + std::string(first_line) + "\"");
        return;
      case 1:
        if (!line.starts_with("system ")) return fail("wanted `system NAME`");
        plan_.system = line.substr(7);
        return;
      case 2: {
        TextReader in(line.substr(std::min<std::size_t>(5, line.size())));
        if (!line.starts_with("seed ")) return fail("wanted `seed N`");
        if (!in.number(UINT64_MAX, plan_.seed) || !in.at_end()) fail(in.error());
        return;
      }
      case 3:
        plan_.options = line;
        return;
      default: {
        auto conditions = from_text<Conditions>(line);
        if (!conditions) return fail(conditions.error());
        plan_.conditions = *conditions;
        if (const Checked wrong = check_conditions(plan_.conditions)) fail(*wrong);
      }
    }
  }

  bool healed() const {
    return !plan_.lines.empty() && std::holds_alternative<Heal>(plan_.lines.back().action);
  }

  void append(Line line) {
    if (healed()) return fail("it stands behind the heal");
    if (!plan_.lines.empty() && line.at < plan_.lines.back().at) {
      return fail("it stands behind a later one");
    }
    if (!streams_.insert(line.stream).second) {
      return fail("the stream #" + std::to_string(line.stream) + " is another line's");
    }
    plan_.lines.push_back(std::move(line));
  }

  Plan plan_;
  std::set<std::uint64_t> streams_;
  std::uint64_t number_ = 0;
  int header_ = 0;  // header lines read
  std::string error_;
};

}  // namespace

std::string print(const Line& line) {
  std::string out = to_text(line.at) + " #" + std::to_string(line.stream) + " ";
  if (const auto* ask = std::get_if<Ask>(&line.action)) {
    return out + "client " + std::to_string(ask->client.value) + ": " + ask->work;
  }
  return out + to_text(line.action);
}

std::string print(const Plan& plan) {
  std::string out(first_line);
  out += "\nsystem " + plan.system + "\nseed " + std::to_string(plan.seed) + "\n" + plan.options +
         "\n" + to_text(plan.conditions) + "\n";
  for (const Line& line : plan.lines) out += print(line) + "\n";
  return out;
}

std::expected<Plan, std::string> parse_plan(std::string_view text) {
  return PlanParser().parse(text);
}

}  // namespace sim
