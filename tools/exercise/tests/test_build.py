"""What is read out of the words of compilers, tests and simulators; how a long build is shown."""

import ast
import importlib.machinery
import importlib.util
import io
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import TestCase, mock

import sample

import build
import progress

ENTRY = Path(sample.__file__).resolve().parents[1] / "exercise"

GCC = """[1/3] Building CXX object x.o
FAILED: x.o
/usr/bin/c++ -Wall -o x.o -c ../../my/x/queue.cpp
../../my/x/queue.cpp: In function 'int f()':
../../my/x/queue.cpp:3:5: error: 'a' was not declared
    3 |     a = b;
      |     ^
../../my/x/queue.cpp:3:9: error: 'b' was not declared
    3 |     a = b;
      |         ^
ninja: build stopped: subcommand failed.
"""


class Words(TestCase):
    def program(self, script: str) -> Path:
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        file = Path(folder.name) / "program"
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)
        return file

    def with_program(self, script: str, call):
        with mock.patch.object(build, "program_of", lambda *_: self.program(script)):
            return call()

    def simulated(self, script: str) -> build.Verdict:
        return build.simulate([str(self.program(script))], 2, 0, 9)

    def test_the_first_error_alone_with_its_place(self):
        self.assertEqual(
            build.first_error(GCC),
            "my/x/queue.cpp:3:5: error: 'a' was not declared\n    3 |     a = b;\n      |     ^",
        )

    def test_a_linkers_error_is_one(self):
        words = "[2/2] Linking\nqueue.cpp:(.text+0x1): undefined reference to `f()'\ncollect2: ld\n"
        self.assertEqual(build.first_error(words),
                         "queue.cpp:(.text+0x1): undefined reference to `f()'")

    def test_without_an_error_the_end_is_shown(self):
        words = "".join(f"line {number}\n" for number in range(30))
        self.assertEqual(build.first_error(words).splitlines()[0], "line 20")

    def test_unit_tests_are_counted(self):
        said = ("echo '[       OK ] Queue.A (0 ms)'; echo '[  FAILED  ] Queue.B (0 ms)';"
                "echo '[  FAILED  ] Queue.B'; exit 1")
        tests = self.with_program(said, lambda: build.run_tests("x"))
        self.assertEqual((tests.passed, tests.failed, tests.crashed), (1, ["B"], ""))

    def test_the_first_failure_is_told_with_its_place(self):
        words = ("[ RUN      ] Queue.B\n../my/x/queue_test.cpp:7: Failure\nExpected: one\n  Which is: two\n"
                 "\n../my/x/queue_test.cpp:9: Failure\nExpected: three\n[  FAILED  ] Queue.B (0 ms)\n")
        self.assertEqual(build.first_failure(words),
                         "queue_test.cpp:7\nExpected: one\n  Which is: two")
        self.assertEqual(build.first_failure("[       OK ] Queue.A (0 ms)\n"), "")

    def test_unit_tests_that_die_are_told(self):
        tests = self.with_program("echo 'a reason' >&2; kill -SEGV $$",
                                  lambda: build.run_tests("x"))
        self.assertEqual(tests.crashed, "a reason")
        self.assertFalse(tests.good)

    def test_a_campaign_is_read(self):
        said = ("""echo '{"seed":3,"checker":"kept","what":"one"}'
                echo '{"seed":5,"checker":"kept","what":"two"}'
                echo '{"seeds_that_broke":{"kept":2,"more":0}}'; exit 1""")
        verdict = self.simulated(said)
        self.assertEqual((verdict.broken(), verdict.kept()), (["kept"], ["more"]))
        self.assertEqual(verdict.first["kept"]["seed"], 3)

    def test_a_campaign_that_dies_is_told(self):
        self.assertEqual(self.simulated("echo 'out of it' >&2; exit 3").crashed, "out of it")

    def test_of_a_core_that_dies_its_own_words_are_told(self):
        said = """echo 'SyntaxError: no' >&2; echo 'error: the core `x` has ended' >&2
                echo '  it was told: {}' >&2; echo 'seed 3: another' >&2; exit 3"""
        self.assertEqual(
            self.simulated(said).crashed.splitlines()[2:],
            ["SyntaxError: no", "error: the core `x` has ended", "  it was told: {}"])

    def test_two_campaigns_are_one(self):
        one = build.Verdict(500, {"kept": 1, "more": 0}, {"kept": {"seed": 3}})
        other = build.Verdict(500, {"kept": 1, "more": 2}, {"kept": {"seed": 9}, "more": {"seed": 8}})
        both = build.together(one, other)
        self.assertEqual((both.seeds, both.broke), (1000, {"kept": 2, "more": 2}))
        self.assertEqual((both.first["kept"]["seed"], both.first["more"]["seed"]), (3, 8))


class Building(TestCase):
    def test_many_cores_are_built_in_one_go_and_each_error_is_told_of_its_own(self):
        asked = []

        def compiled(targets, cores):
            asked.append(targets)
            return (1, "b.cpp:1: error: no") if "mine_b_sim" in targets else (0, "")

        with mock.patch.object(build, "configured", lambda: ""), \
                mock.patch.object(build, "compiled", compiled):
            built = build.build_all({"a": True, "b": False})
        self.assertEqual(asked[0], ["mine_a_sim", "mine_a_test", "mine_b_sim"])
        self.assertEqual((built["a"].error, built["b"].error), ("", "b.cpp:1: error: no"))

    def test_what_cmake_says_is_told(self):
        with mock.patch.object(build, "configured", lambda: "CMake Error: no compiler"):
            self.assertIn("no compiler", build.build("a").error)
            self.assertIn("no compiler", build.build_program("a", "broker").error)


class Shown(TestCase):
    def shown(self, steps: int, is_terminal: bool = False) -> str:
        out = io.StringIO()
        out.isatty = lambda: is_terminal
        shown = progress.Shown(6, out)
        for step in range(1, steps + 1):
            shown.take(f"[{step}/{steps}] Building CXX object x.o\n")
        shown.take("a warning\n")
        shown.end()
        return out.getvalue()

    def test_a_long_build_says_that_it_is_one_and_how_far_it_is(self):
        lines = self.shown(100).splitlines()
        self.assertIn("takes longer: 100 steps", lines[0])
        self.assertEqual(lines[1:4], ["  step 10 of 100", "  step 20 of 100", "  step 30 of 100"])
        self.assertEqual(len(lines), 11)

    def test_a_short_build_says_nothing(self):
        self.assertEqual(self.shown(6), "")

    def test_at_a_terminal_one_line_changes(self):
        self.assertIn("\r\033[K  step 6 of 6", self.shown(6, is_terminal=True))

    def test_a_build_gives_its_words_and_its_status(self):
        status, words = progress.run(["sh", "-c", "echo '[1/1] x'; echo bad >&2; exit 3"],
                                     Path("/"), 6)
        self.assertEqual((status, words), (3, "[1/1] x\nbad\n"))


class Entry(TestCase):
    def entry(self):
        loader = importlib.machinery.SourceFileLoader("entry", str(ENTRY))
        module = importlib.util.module_from_spec(importlib.util.spec_from_loader("entry", loader))
        loader.exec_module(module)
        return module

    def test_an_older_python_is_told_what_is_needed(self):
        said = self.entry().too_old((3, 9, 2, "final", 0))
        self.assertIn("Python 3.11 or newer, and this is 3.9", said)
        self.assertIn("./lab --container", said)

    def test_this_python_will_do(self):
        self.assertEqual(self.entry().too_old(sys.version_info), "")

    def test_an_older_python_can_read_it(self):
        ast.parse(ENTRY.read_text(), feature_version=(3, 4))
        modules = [node for node in ast.parse(ENTRY.read_text()).body
                   if isinstance(node, (ast.Import, ast.ImportFrom))]
        self.assertEqual([name.name for node in modules for name in node.names], ["sys"])
