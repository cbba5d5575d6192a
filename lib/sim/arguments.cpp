#include "sim/arguments.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace sim {
namespace {

constexpr std::uint64_t max_seeds = 10'000'000;

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

std::optional<Seeds> seeds_of(std::string_view text) {
  const std::size_t dots = text.find("..");
  if (dots == std::string_view::npos) return std::nullopt;
  const auto first = number_of(text.substr(0, dots));
  const auto last = number_of(text.substr(dots + 2));
  if (!first || !last || *first > *last || *last - *first >= max_seeds) return std::nullopt;
  return Seeds{*first, *last};
}

class Parser {
 public:
  Parser(const std::vector<std::string_view>& words, std::string_view subject)
      : words_(words), subject_(subject) {}

  std::expected<Arguments, std::string> parse() {
    if (words_.empty()) return std::unexpected("no command: sim, replay, hashes, plan or --help");
    bool good = take_command();
    while (good && at_ < words_.size()) good = take_option();
    good = good && check();
    if (!good) return std::unexpected(error_);
    return arguments_;
  }

 private:
  bool fail(const std::string& what) {
    error_ = what;
    return false;
  }

  bool take_command() {
    const std::string_view word = words_[at_++];
    if (word == "--help" || word == "-h" || word == "help") {
      arguments_.command = Command::help;
    } else if (word == "sim") {
      arguments_.command = Command::sim;
    } else if (word == "replay") {
      arguments_.command = Command::replay;
    } else if (word == "hashes") {
      arguments_.command = Command::hashes;
    } else if (word == "plan") {
      arguments_.command = Command::plan;
    } else {
      return fail("unknown command " + std::string(word));
    }
    return true;
  }

  bool take_option() {
    const std::string_view name = words_[at_++];
    if (name == "--help" || name == "-h") {
      arguments_.command = Command::help;
      return true;
    }
    if (name == "--first") {
      arguments_.first = true;
      return true;
    }
    if (name == "--json") {
      arguments_.json = true;
      return true;
    }
    if (is_subject(name)) return take_subject(name);
    if (name != "--seeds" && name != "--seed" && name != "--plan" && name != "--trace" &&
        name != "--exhaustive" && name != "--jobs" && name != "--seed-seconds" && name != "--set") {
      return fail("unknown option " + std::string(name));
    }
    if (at_ == words_.size()) return fail(std::string(name) + " wants a value");
    return take_value(name, words_[at_++]);
  }

  bool is_subject(std::string_view name) const {
    return !subject_.empty() && name.starts_with("--") && name.substr(2) == subject_;
  }

  bool take_subject(std::string_view name) {
    const auto number = at_ < words_.size() ? number_of(words_[at_++]) : std::nullopt;
    if (!number) return fail(std::string(name) + " wants a number");
    return set(arguments_.about, name, *number);
  }

  bool take_value(std::string_view name, std::string_view text) {
    if (name == "--plan") return set(arguments_.plan, name, std::string(text));
    if (name == "--trace") return set(arguments_.trace, name, std::string(text));
    if (name == "--seeds") {
      const auto seeds = seeds_of(text);
      if (!seeds) return fail("--seeds wants A..B, from A to B, at most 10000000 of them");
      return set(arguments_.seeds, name, *seeds);
    }
    if (name == "--set") return take_setting(text);
    const auto number = number_of(text);
    if (!number) return fail(std::string(name) + " wants a number");
    if (name == "--seed") return set(arguments_.seed, name, *number);
    if (name == "--exhaustive") {
      if (*number < 1 || *number > 100) return fail("--exhaustive wants a depth from 1 to 100");
      return set(arguments_.exhaustive, name, static_cast<std::uint32_t>(*number));
    }
    if (name == "--seed-seconds") {
      if (*number < 1 || *number > 3'600)
        return fail("--seed-seconds wants a number from 1 to 3600");
      arguments_.seed_seconds = static_cast<std::uint32_t>(*number);
      return true;
    }
    if (*number < 1 || *number > 256) return fail("--jobs wants a number from 1 to 256");
    arguments_.jobs = static_cast<std::uint32_t>(*number);
    return true;
  }

  bool take_setting(std::string_view text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) return fail("--set wants OPTION=VALUE");
    arguments_.settings.push_back(
        {std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))});
    return true;
  }

  template <class T>
  bool set(std::optional<T>& place, std::string_view name, T value) {
    if (place) return fail(std::string(name) + " stands twice");
    place = std::move(value);
    return true;
  }

  /// Each command wants exactly one of the things that it can be given.
  bool check() {
    const Arguments& a = arguments_;
    const std::array asked = {a.seeds.has_value(), a.seed.has_value(), a.plan.has_value(),
                              a.trace.has_value(), a.exhaustive.has_value()};
    const auto given = std::ranges::count(asked, true);
    if (a.first && (a.command != Command::sim || !a.seeds)) {
      return fail("--first is for sim --seeds A..B");
    }
    if (a.about && (a.command != Command::replay || a.trace || a.json)) {
      return fail("--" + std::string(subject_) + " is for replay, of a seed or a plan, as text");
    }
    if (!a.settings.empty() && (a.plan || a.trace)) {
      return fail("--set is for seeds and searches: a plan has its options");
    }
    switch (a.command) {
      case Command::help:
        return true;
      case Command::sim:
        return (given == 1 && !a.seed && !a.trace) ||
               fail("sim wants one of --seeds A..B, --plan FILE, --exhaustive DEPTH");
      case Command::replay:
        return (given == 1 && !a.seeds && !a.exhaustive) ||
               fail("replay wants one of --seed N, --plan FILE, --trace FILE");
      case Command::hashes:
        return (given == 1 && a.seeds) || fail("hashes wants --seeds A..B");
      case Command::plan:
        return (given == 1 && a.seed) || fail("plan wants --seed N");
    }
    return false;
  }

  const std::vector<std::string_view>& words_;
  std::string_view subject_;
  std::size_t at_ = 0;
  Arguments arguments_;
  std::string error_;
};

}  // namespace

std::expected<Arguments, std::string> parse_arguments(const std::vector<std::string_view>& words,
                                                      std::string_view subject) {
  return Parser(words, subject).parse();
}

std::string usage(std::string_view program, std::string_view system, std::string_view subject) {
  std::string text = "The simulator of the system " + std::string(system) + ".\n\n";
  const std::string call = "  " + std::string(program) + " ";
  text += call + "sim --seeds A..B [--jobs N] [--json]  run these seeds and judge them\n";
  text += call + "sim --seeds A..B --first              stop at the first violation\n";
  text +=
      call + "sim --seeds A..B --seed-seconds N     of processor time for each (default: 120)\n";
  text += call + "sim --plan FILE [--json]              run one plan and judge it\n";
  text += call + "sim --exhaustive DEPTH [--json]       try every order of events from the start\n";
  text += call + "replay --seed N [--json]              one run as a transcript\n";
  text += call + "replay --plan FILE [--json]\n";
  if (!subject.empty()) {
    const std::string thing(subject);
    text += call + "replay --seed N --" + thing + " N" + std::string(15 - thing.size(), ' ') +
            "what concerns one " + thing + ", as a story\n";
  }
  text += call + "replay --trace FILE [--json]          what a program recorded, step by step\n";
  text += call + "plan --seed N                         the plan that a seed becomes\n";
  text += call + "hashes --seeds A..B [--jobs N]        the trace hash of each seed\n\n";
  text +=
      "--set OPTION=VALUE, any number of times, fixes an option of the system in every seed or\n";
  text += "in a search: --set nodes=5. The first lines of a plan name the options.\n\n";
  text += "Exit codes: 0 good, 1 a law was broken or a replay differs, 2 in 1000 seeds or more a\n";
  text += "kind of fault fired in fewer than one in a hundred, or something else that is counted\n";
  text += "happened in so few, 64 a bad command line or file.\n";
  return text;
}

}  // namespace sim
