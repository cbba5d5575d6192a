"""./lab hunt and replay --diff on a small project: verdicts, exit codes, your tree untouched."""

import datetime
import subprocess
import tempfile
import unittest
from pathlib import Path

from labtest import run_program

FILES = {
    "CMakeLists.txt": """
        cmake_minimum_required(VERSION 3.25)
        project(small LANGUAGES CXX)
        add_executable(queue_sim examples/rule.cpp examples/queue_sim.cpp lib/untouched.cpp)
    """,
    "CMakePresets.json": """{ "version": 6, "configurePresets": [
        { "name": "sim", "generator": "Ninja", "binaryDir": "${sourceDir}/build/sim" } ] }""",
    "cmake/empty.cmake": "",
    "lib/untouched.cpp": "int untouched() { return 1; }\n",
    "examples/rule.cpp": "bool holds(int seed) {\n  return seed >= 0;\n}\n",
    "examples/queue_sim.cpp": r"""
        #include <cstdio>
        #include <cstring>
        bool holds(int seed);
        int main(int argc, char** argv) {
          if (argc > 1 && std::strcmp(argv[1], "replay") == 0) {
            std::printf("transcript of seed %s: %s\n", argv[3], holds(7) ? "holds" : "broken");
            return holds(7) ? 0 : 1;
          }
          // The checkout notes which seeds were asked for.
          std::FILE* asked = std::fopen("asked.txt", "a");
          std::fprintf(asked, "%s\n", argv[3]);
          std::fclose(asked);
          int first = 0;
          int last = 0;
          std::sscanf(argv[3], "%d..%d", &first, &last);
          for (int seed = first; seed <= last; ++seed) {
            if (holds(seed)) continue;
            const char* checker = seed < 2000000 ? "early" : "late";
            std::printf("seed %d: %s: the rule of the test: it does not hold\n", seed, checker);
            std::printf("replay: ./lab replay queue --seed %d\n", seed);
            return 1;
          }
          std::puts("0 violations");
          return last - first + 1 < 1000 ? 0 : 2;  // 2: a kind of fault was rare
        }
    """,
    "tools/lab/systems.txt": "system queue 4100 small\nsimulator queue_sim\n",
}

HEAD = (
    "--- a/examples/rule.cpp\n+++ b/examples/rule.cpp\n@@ -1,3 +1,3 @@\n bool holds(int seed) {\n"
)
BUG = HEAD + "-  return seed >= 0;\n+  return seed != 7;\n }\n"
EVERYWHERE = HEAD + "-  return seed >= 0;\n+  return seed % 1000000 + seed / 1000000 != 7;\n }\n"
HARMLESS = HEAD + "-  return seed >= 0;\n+  return seed > -1;\n }\n"
DOES_NOT_BUILD = HEAD + "-  return seed >= 0;\n+  return nonsense;\n }\n"
DOES_NOT_APPLY = HEAD + "-  return what_never_stood_here;\n+  return true;\n }\n"


class Hunt(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name) / "root"
        for name, text in FILES.items():
            file = self.root / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)

    def lab(self, *arguments) -> subprocess.CompletedProcess:
        return run_program(self.root, *arguments)

    def hunt(self, diff: str) -> subprocess.CompletedProcess:
        (self.root / "bug.diff").write_text(diff)
        return self.lab("hunt", "queue", "--diff", "bug.diff")

    def know(self, name: str, diff: str):
        """Makes it one of the known bugs."""
        file = self.root / "bugs" / "queue" / f"{name}.diff"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(diff)

    def asked(self) -> list:
        return (self.root / "asked.txt").read_text().split()

    def test_a_bug_is_caught_and_its_replay_line_reproduces_it(self):
        done = self.hunt(BUG)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("caught by seed 7", done.stdout)
        self.assertIn("the rule of the test", done.stdout)
        line = next(line for line in done.stdout.splitlines() if line.startswith("replay: ./lab "))
        again = self.lab(*line.removeprefix("replay: ./lab ").split())
        self.assertIn("transcript of seed 7: broken", again.stdout)

    def test_a_harmless_change_is_not_caught(self):
        done = self.hunt(HARMLESS)
        self.assertEqual(done.returncode, 1)
        self.assertIn("not caught", done.stdout)

    def test_a_diff_that_does_not_apply_names_the_hunk(self):
        done = self.hunt(DOES_NOT_APPLY)
        self.assertEqual(done.returncode, 3)
        self.assertRegex(done.stderr, r"Hunk #1 FAILED at 1")
        self.assertEqual(self.hunt("not a diff\n").returncode, 3)

    def test_a_diff_that_does_not_build_shows_the_compilers_words(self):
        done = self.hunt(DOES_NOT_BUILD)
        self.assertEqual(done.returncode, 3)
        self.assertIn("nonsense", done.stderr)

    def test_a_diff_cannot_reach_outside_the_copy(self):
        victim = self.root.parent / "victim"
        victim.write_text("whole\n")
        self.hunt(
            "--- a/../../../../victim\n+++ b/../../../../victim\n@@ -1 +1 @@\n-whole\n+broken\n"
        )
        self.assertEqual(victim.read_text(), "whole\n")

    def test_your_tree_stays_as_it_is(self):
        before = {name: (self.root / name).read_text() for name in FILES}
        self.hunt(BUG)
        self.assertEqual({name: (self.root / name).read_text() for name in FILES}, before)
        self.assertEqual(
            sorted(file.name for file in (self.root / "examples").iterdir()),
            ["queue_sim.cpp", "rule.cpp"],
        )

    def test_only_what_the_diff_touches_is_compiled_again(self):
        self.hunt(HARMLESS)
        self.hunt(BUG)
        log = (self.root / ".lab/log/hunt-build.log").read_text()
        self.assertIn("rule.cpp", log)
        self.assertNotIn("untouched.cpp", log)

    def test_a_change_of_yours_is_in_the_next_hunt(self):
        self.hunt(HARMLESS)
        (self.root / "lib/untouched.cpp").write_text("int untouched() { return nowhere; }\n")
        self.assertEqual(self.hunt(HARMLESS).returncode, 3)

    def test_a_known_bug_goes_by_its_name(self):
        self.know("rule", BUG)
        done = self.lab("hunt", "queue/rule")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("caught by seed 7: early: the rule of the test", done.stdout)
        line = done.stdout.splitlines()[-1]
        self.assertEqual(line, "replay: ./lab replay queue --seed 7 --diff bugs/queue/rule.diff")
        again = self.lab(*line.removeprefix("replay: ./lab ").split())
        self.assertIn("transcript of seed 7: broken", again.stdout)

    def test_who_asks_for_no_known_bug_is_told_which_there_are(self):
        self.know("rule", BUG)
        for name in ("queue/rules", "queue/../queue/rule", "store/rule"):
            done = self.lab("hunt", name)
            self.assertEqual(done.returncode, 2)
            self.assertIn("  queue/rule\n", done.stderr)

    def test_one_bug_is_hunted_from_one_start_within_500_seeds(self):
        self.hunt(HARMLESS)
        self.assertEqual(self.asked(), ["0..499"])

    def test_starts_are_a_million_seeds_apart(self):
        self.know("rule", EVERYWHERE)
        done = self.lab("hunt", "queue/rule", "--starts", "3", "--most-seeds", "50")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(self.asked(), ["0..49", "1000000..1000049", "2000000..2000049"])

    def test_the_seeds_needed_are_those_up_to_the_first_violation(self):
        self.know("rule", EVERYWHERE)  # found by the 8th, the 7th and the 6th seed
        done = self.lab("hunt", "queue/rule", "--starts", "3")
        self.assertIn("seeds needed: median 7, worst 8 of 3 starts", done.stdout)

    def test_a_start_that_misses_a_bug_leaves_it_not_caught(self):
        self.know("rule", BUG)
        done = self.lab("hunt", "queue/rule", "--starts", "2")
        self.assertEqual(done.returncode, 1)
        self.assertIn("not caught by seeds 1000000..1000499", done.stdout)
        self.assertIn("seeds needed: median > 500, worst > 500 of 2 starts", done.stdout)

    def test_too_few_seeds_catch_nothing(self):
        self.know("rule", BUG)
        self.assertEqual(self.lab("hunt", "queue/rule", "--most-seeds", "7").returncode, 1)
        self.assertEqual(self.lab("hunt", "queue/rule", "--most-seeds", "8").returncode, 0)

    def test_seeds_may_be_told(self):
        self.know("rule", BUG)
        done = self.lab("hunt", "queue/rule", "--seeds", "5..20")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(self.asked(), ["5..20"])

    def test_a_simulator_that_misses_a_kind_of_fault_has_not_failed(self):
        self.know("harmless", HARMLESS)
        done = self.lab("hunt", "queue/harmless", "--most-seeds", "1000")
        self.assertEqual(done.returncode, 1)
        self.assertIn("not caught by seeds 0..999", done.stdout)

    def test_all_known_bugs_must_be_caught(self):
        self.assertEqual(self.lab("hunt", "--all").returncode, 3)
        self.know("rule", EVERYWHERE)
        self.assertEqual(self.lab("hunt", "--all").returncode, 0)
        self.know("harmless", HARMLESS)
        done = self.lab("hunt", "--all")
        self.assertEqual(done.returncode, 1)
        self.assertIn("NOT all caught", done.stdout)

    def test_all_are_hunted_from_five_starts(self):
        self.know("rule", EVERYWHERE)
        self.lab("hunt", "--all")
        self.assertEqual(self.asked(), [f"{k * 1000000}..{k * 1000000 + 499}" for k in range(5)])

    def test_the_table_tells_who_caught_each_bug_and_after_how_many_seeds(self):
        self.know("everywhere", EVERYWHERE)
        self.know("once", BUG)
        lines = self.lab("hunt", "--all").stdout.splitlines()
        rows = [" ".join(line.split()) for line in lines]
        self.assertIn("bug caught by median worst", rows)
        self.assertIn("queue/everywhere late, early 6 8", rows)
        self.assertIn("queue/once early; NOT caught by 4 of 5 starts > 500 > 500", rows)

    def test_a_bug_that_does_not_apply_stops_no_other_hunt(self):
        self.know("applies-not", DOES_NOT_APPLY)
        self.know("rule", EVERYWHERE)
        done = self.lab("hunt", "--all")
        self.assertEqual(done.returncode, 3)
        self.assertRegex(done.stdout, r"(?m)^queue/applies-not .*does not apply")
        self.assertRegex(done.stdout, r"(?m)^queue/rule .*late, early")

    def test_the_table_can_be_had_as_markdown(self):
        self.know("everywhere", EVERYWHERE)
        self.know("untold", HARMLESS)
        (self.root / "bugs/queue/everywhere.md").write_text("# A bug\n")
        command = "hunt --all --starts 3 --most-seeds 100 --write bugs/README.md"
        done = self.lab(*command.split())
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        page = (self.root / "bugs/README.md").read_text()
        today = datetime.datetime.now(datetime.timezone.utc).date()
        how = "`./lab hunt --all --starts 3 --most-seeds 100`"
        self.assertIn(f"Made by {how} on {today}.", page)
        self.assertIn("A median of 1 means", page)
        self.assertIn(
            "| bug | checker that caught it | seeds needed: median | worst |\n"
            "|---|---|--:|--:|\n"
            "| [queue/everywhere](queue/everywhere.md) | early, late | 7 | 8 |\n"
            "| queue/untold | NOT caught by 3 of 3 starts | > 100 | > 100 |\n",
            page,
        )

    def test_a_page_that_cannot_be_written_is_refused_before_the_hunt(self):
        self.know("rule", EVERYWHERE)
        done = self.lab("hunt", "--all", "--write", "nowhere/README.md")
        self.assertEqual(done.returncode, 2)
        self.assertIn("cannot write nowhere/README.md", done.stderr)
        self.assertFalse((self.root / "asked.txt").exists())
