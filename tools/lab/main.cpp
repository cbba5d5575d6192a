// The program behind ./lab. The script has done the set-up; here is what the commands do.

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <string_view>

#include "commands.hpp"
#include "terminal.hpp"

namespace {

using namespace lab;

constexpr int wrong_usage = 2;

// What the flags are read into; one command uses a part of it.
struct Asked {
  UpOptions up;
  TestOptions test;
  HuntOptions hunt;
  MutantOptions mutants;
  DelayOptions delay;
  BookOptions book;
  LogOptions logs;
  std::string name, system, diff, mine;
  bool json = false, check = false;
  std::vector<std::string> ports, groups;
  std::function<int(const Paths&)> command;
};

void add_running(CLI::App& app, Asked& asked) {
  CLI::App* up_command = app.add_subcommand("up", "start the book and the systems");
  up_command->add_option("system", asked.up.systems,
                         "book, queue, store, chat, consensus; default: all there is");
  up_command->add_flag("-d,--detach", asked.up.detach, "leave them running in the background");
  up_command
      ->add_option("--port", asked.up.ports, "NAME=PORT, for example book=3100; may be repeated")
      ->allow_extra_args(false);
  CLI::Option* core = up_command->add_option(
      "--core", asked.up.core, "of queue alone: run this command as the broker's core");
  up_command->add_option("--mine", asked.up.mine, "of queue alone: the core is yours in my/NAME")
      ->excludes(core);
  up_command->callback(
      [&] { asked.command = [&](const Paths& paths) { return up(paths, asked.up); }; });

  CLI::App* status_command = app.add_subcommand("status", "what runs");
  status_command->add_flag("--json", asked.json, "as JSON");
  status_command->callback(
      [&] { asked.command = [&](const Paths& paths) { return status(paths, asked.json); }; });

  CLI::App* logs_command = app.add_subcommand("logs", "the log of one process, or of all");
  logs_command->add_option("name", asked.name, "a process of ./lab status");
  logs_command->add_flag("-f,--follow", asked.logs.follow, "go on with what comes, until Ctrl-C");
  logs_command->add_option("-n,--lines", asked.logs.lines, "the last N lines")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  logs_command->callback([&] {
    asked.command = [&](const Paths& paths) { return logs(paths, asked.name, asked.logs); };
  });

  app.add_subcommand("down", "stop what runs")->callback([&] { asked.command = down; });

  for (const auto& [what, about] :
       {std::pair{"kill", "end one process at once, as a crash would"},
        std::pair{"pause", "freeze one process"}, std::pair{"resume", "let a paused process go on"},
        std::pair{"restart", "stop one process if it runs, and start it"}}) {
    CLI::App* command = app.add_subcommand(what, about);
    command->add_option("name", asked.name, "a process of ./lab status; leader: the one that leads")
        ->required();
    command->callback([&, verb = std::string(what)] {
      asked.command = [&, verb](const Paths& paths) { return change(paths, verb, asked.name); };
    });
  }
}

void add_links(CLI::App& app, Asked& asked) {
  const std::string lasts =
      "Acts on the links of the processes node-1, node-2, ... and lasts until ./lab heal. A node "
      "that is\nstarted again has whole links.";
  const std::string replaces = " A new cut replaces the one before.";

  CLI::App* partition_command =
      app.add_subcommand("partition", "let no message pass between groups of nodes: 1,2 / 3,4,5");
  partition_command
      ->add_option("groups", asked.groups,
                   "nodes by name or number, / between groups; all the others are one more")
      ->required();
  partition_command->footer(lasts + replaces);
  partition_command->callback(
      [&] { asked.command = [&](const Paths& paths) { return partition(paths, asked.groups); }; });

  CLI::App* isolate_command =
      app.add_subcommand("isolate", "let no message pass between a node and all others");
  isolate_command->add_option("name", asked.name, "a node: node-1, 1, or leader")->required();
  isolate_command->footer(lasts + replaces);
  isolate_command->callback(
      [&] { asked.command = [&](const Paths& paths) { return isolate(paths, asked.name); }; });

  CLI::App* delay_command =
      app.add_subcommand("delay", "let each message between two nodes take longer");
  delay_command->add_option("one", asked.delay.one, "a node: node-1, 1, or leader")->required();
  delay_command->add_option("other", asked.delay.other, "another")->required();
  delay_command->add_option("ms", asked.delay.ms, "milliseconds, in each direction; 0: no longer")
      ->required()
      ->check(CLI::Range(0, 60'000));
  delay_command->footer(lasts);
  delay_command->callback(
      [&] { asked.command = [&](const Paths& paths) { return delay(paths, asked.delay); }; });

  app.add_subcommand("heal", "end every partition and delay")->callback([&] {
    asked.command = heal;
  });
}

constexpr const char* any_core =
    "A core of your own (src/reference/any-language.md) is judged by what the queue promises:\n"
    "  queue --core 'COMMAND'     the core is this process, for example 'python3 queue.py'\n"
    "        --promises N         judge the first N of the six; below 6 no broker crashes\n"
    "        --answer-seconds N   how long the core may be silent (30)\n"
    "It exits with 3 when the core died, was silent or answered nonsense.\n"
    "  queue --mine NAME          the core is yours in my/NAME (./lab exercise), and is built "
    "first;\n"
    "                             judged by the promises of its exercise, unless --promises says\n"
    "                             other ones. It exits with 3 when it does not build.";

// sim and replay take the simulator's own flags; only --diff is ours.
void add_simulator(CLI::App& app, Asked& asked, const std::string& what, const std::string& about) {
  CLI::App* command = app.add_subcommand(what, about);
  command->add_option("system", asked.system, "queue")->required();
  CLI::Option* diff =
      command->add_option("--diff", asked.diff, "with this diff applied to a copy of the source");
  command->add_option("--mine", asked.mine, "with your own core, in my/NAME")->excludes(diff);
  command->footer(any_core);
  command->allow_extras();
  command->prefix_command(false);
  command->callback([&asked, what, command] {
    std::vector<std::string> arguments = {what};
    for (const std::string& extra : command->remaining()) arguments.push_back(extra);
    const bool has_core = std::ranges::find(arguments, "--core") != arguments.end();
    if (has_core && !asked.mine.empty()) throw CLI::ExcludesError("--mine", "--core");
    asked.command = [&asked, arguments](const Paths& paths) {
      if (!asked.mine.empty()) return simulate_mine(paths, asked.system, asked.mine, arguments);
      return asked.diff.empty() ? simulate(paths, asked.system, arguments)
                                : simulate_with(paths, asked.system, asked.diff, arguments);
    };
  });
}

// It reads its own command line.
void add_linearize(CLI::App& app, Asked& asked) {
  CLI::App* command = app.add_subcommand(
      "linearize", "is a history linearizable? FILE --model register|cas|kv [--timeout S]");
  command->allow_extras();
  command->callback([&asked, command] {
    const std::vector<std::string> arguments = command->remaining();
    asked.command = [arguments](const Paths& paths) { return linearize(paths, arguments); };
  });
}

// It reads its own command line, too.
void add_torture(CLI::App& app, Asked& asked) {
  CLI::App* command = app.add_subcommand(
      "torture", "real nodes under faults, and what clients saw is judged: consensus --seconds N");
  command->footer(
      "consensus [--seconds N] [--rounds N] [--seed N] [--plan FILE] [--folder FOLDER] [--keep]\n"
      "          [--node PROGRAM] [--hangs-after S]\n\n"
      "Each round starts five nodes, breaks them as the plan of its seed says, or FILE, and judges "
      "what\nclients saw. ./lab sim consensus --plan FILE runs the same plan in the simulator. "
      "tools/torture/README.md\ntells more.");
  command->allow_extras();
  command->callback([&asked, command] {
    const std::vector<std::string> arguments = command->remaining();
    asked.command = [arguments](const Paths& paths) { return torture(paths, arguments); };
  });
}

void add_hunt(CLI::App& app, Asked& asked) {
  HuntOptions& hunt_options = asked.hunt;
  CLI::App* command =
      app.add_subcommand("hunt", "is a bug found by the simulator, and by which seed?");
  CLI::Option* bug = command->add_option("bug", hunt_options.bug,
                                         "SYSTEM/NAME, a bug under bugs/, or SYSTEM with --diff");
  CLI::Option* diff = command->add_option("--diff", hunt_options.diff, "the bug, in a file");
  CLI::Option* all =
      command->add_flag("--all", hunt_options.all, "every bug under bugs/, as a table");
  all->excludes(bug)->excludes(diff);
  CLI::Option* starts =
      command
          ->add_option("--starts", hunt_options.starts,
                       "hunt from N places, 1,000,000 seeds apart; 1, or 5 with --all")
          ->check(CLI::Range(1, 1'000));
  CLI::Option* most_seeds = command
                                ->add_option("--most-seeds", hunt_options.most_seeds,
                                             "give up a start after so many seeds")
                                ->check(CLI::Range(1, 1'000'000))
                                ->capture_default_str();
  CLI::Option* seeds = command->add_option("--seeds", hunt_options.seeds, "A..B: the only start");
  seeds->excludes(starts)->excludes(most_seeds);
  command->add_option("--write", hunt_options.write, "write the table as Markdown to this file")
      ->needs(all)
      ->excludes(seeds);
  command->callback(
      [&] { asked.command = [&](const Paths& paths) { return hunt(paths, asked.hunt); }; });
}

void add_mutants(CLI::App& app, Asked& asked) {
  CLI::App* command =
      app.add_subcommand("mutants", "break a core everywhere, a little: is each break noticed?");
  command->add_option("system", asked.mutants.system, "queue or consensus")
      ->required()
      ->check(CLI::IsMember({"queue", "consensus"}));
  command->add_option("--seeds", asked.mutants.seeds, "for each mutant")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  command->add_option("--file", asked.mutants.file, "the mutants of this file alone");
  command->add_option("--only", asked.mutants.only, "this mutant alone, and what finds it")
      ->check(CLI::Range(1, 1'000'000));
  command->callback(
      [&] { asked.command = [&](const Paths& paths) { return mutants(paths, asked.mutants); }; });
}

void add_proofs(CLI::App& app, Asked& asked) {
  CLI::App* test_command = app.add_subcommand("test", "every test, or the named parts");
  test_command->add_option("part", asked.test.parts, "parts, as --list names them; default: all");
  test_command->add_flag("--list", asked.test.list, "name the parts and what they prove");
  test_command->add_flag("--fail-on-skip", asked.test.fail_on_skip,
                         "a part that cannot run here counts as failed");
  test_command->add_option("--may-skip", asked.test.may_skip, "but this part may be skipped")
      ->allow_extra_args(false);
  test_command->callback(
      [&] { asked.command = [&](const Paths& paths) { return test(paths, asked.test); }; });

  add_simulator(app, asked, "sim",
                "simulate seeds with faults: --seeds A..B [--jobs N] [--json], --plan FILE");
  add_simulator(app, asked, "replay",
                "one run as a transcript: --seed N [--json], --plan FILE or --trace FILE; of the "
                "queue also --seed N --task N, what happened to one task as a story");

  add_linearize(app, asked);
  add_torture(app, asked);
  add_hunt(app, asked);
  add_mutants(app, asked);
}

void add_book(CLI::App& app, Asked& asked) {
  CLI::App* book_command = app.add_subcommand("book", "the book: build, serve, check it");
  book_command->require_subcommand(0, 1);
  book_command->callback([book_command] {
    if (book_command->get_subcommands().empty())
      throw CLI::RequiredError("one of build, serve, check, times and capture");
  });
  BookOptions& options = asked.book;
  const auto add = [&](const char* what, const char* about) {
    CLI::App* command = book_command->add_subcommand(what, about);
    command->callback([&asked, what] {
      asked.book.what = what;
      asked.command = [&asked](const Paths& paths) { return book(paths, asked.book); };
    });
    return command;
  };
  add("build", "as web pages, in book/");
  add("serve", "in the browser, and again whenever a page changes")
      ->add_option("--port", options.ports, "book=PORT")
      ->allow_extra_args(false);
  add("check", "is it whole, and does it say what the programs do?")
      ->add_flag("--live", options.live, "also the transcripts of systems that run: half a minute");
  add("times", "the minutes of each page and session, as they are counted");
  add("capture", "write the transcripts anew: src/generated/")
      ->add_option("name", options.names, "of tools/book/captures/NAME.txt; default: all of them");
}

void add_work(CLI::App& app, Asked& asked) {
  CLI::App* fmt_command = app.add_subcommand("fmt", "format the code");
  fmt_command->add_flag("--check", asked.check, "change nothing, fail when something would change");
  fmt_command->callback(
      [&] { asked.command = [&](const Paths& paths) { return fmt_code(paths, asked.check); }; });

  app.add_subcommand("tidy", "check the house rules")->callback([&] { asked.command = tidy; });

  add_book(app, asked);

  CLI::App* bench_command = app.add_subcommand("bench", "measure a part");
  bench_command->add_option("part", asked.name, "net, queue, consensus, disk or wire")->required();
  bench_command->footer(
      "All else goes to the part's program. queue takes --producers-and-workers 1,4,32, --batch "
      "1,16,\n--mode durable,memory, --rivals beanstalkd,redis,rabbitmq, --rounds, --jobs, "
      "--folder "
      "and --json;\nconsensus takes --nodes 3,5, --clients 1,64, --kind put,get, --rivals etcd, "
      "--rounds,\n--operations, --folder and --json. Their README.md, below bench/, tell more.");
  bench_command->allow_extras();
  bench_command->callback([&asked, bench_command] {
    const std::vector<std::string> arguments = bench_command->remaining();
    asked.command = [&asked, arguments](const Paths& paths) {
      return bench(paths, asked.name, arguments);
    };
  });
}

}  // namespace

int main(int argc, char** argv) {
  // The script asks first whether a command line is right, before it installs or builds anything
  // for it.
  const bool only_check = argc > 1 && std::string_view(argv[1]) == "check-arguments";
  if (only_check) {
    --argc;
    ++argv;
  }
  CLI::App app("Distributed systems by building four");
  app.name("./lab");
  app.require_subcommand(1);
  Asked asked;
  add_running(app, asked);
  add_links(app, asked);
  add_proofs(app, asked);
  add_work(app, asked);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? EXIT_SUCCESS : wrong_usage;
  }
  try {
    const Paths paths = find_paths();
    if (!only_check) return asked.command(paths);
    return app.got_subcommand("up") ? check_up(paths, asked.up) : EXIT_SUCCESS;
  } catch (const std::exception& error) {
    return report({error.what(), {}});  // a full disk, a folder that is not ours
  }
}
