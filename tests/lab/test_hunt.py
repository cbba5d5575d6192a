"""./lab hunt and replay --diff on a small project: verdicts, exit codes, your tree untouched."""

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
          for (int seed = 0; seed < 10; ++seed) {
            if (holds(seed)) continue;
            std::printf("seed %d: violation: the rule of the test: it does not hold\n", seed);
            std::printf("replay: ./lab replay queue --seed %d\n", seed);
            return 1;
          }
          std::puts("10 seeds, 0 violations");
          return 0;
        }
    """,
    "tools/lab/systems.txt": "system queue 4100 small\nsimulator queue_sim\n",
}

HEAD = (
    "--- a/examples/rule.cpp\n+++ b/examples/rule.cpp\n@@ -1,3 +1,3 @@\n bool holds(int seed) {\n"
)
BUG = HEAD + "-  return seed >= 0;\n+  return seed != 7;\n }\n"
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

    def test_all_known_bugs_must_be_caught(self):
        self.assertEqual(self.lab("hunt", "--all").returncode, 3)
        bugs = self.root / "bugs" / "queue"
        bugs.mkdir(parents=True)
        (bugs / "rule.diff").write_text(BUG)
        self.assertEqual(self.lab("hunt", "--all").returncode, 0)
        (bugs / "harmless.diff").write_text(HARMLESS)
        done = self.lab("hunt", "--all")
        self.assertEqual(done.returncode, 1)
        self.assertIn("NOT all caught", done.stdout)
