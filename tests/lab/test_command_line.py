"""The command line: help for every command, exit 2 for what is wrong in it."""

import re

from labtest import ROOT, LabTest

HELP = (ROOT / "tools/setup/help.txt").read_text()
COMMANDS = [
    "up",
    "status",
    "logs",
    "down",
    "kill",
    "pause",
    "resume",
    "restart",
    "partition",
    "isolate",
    "delay",
    "heal",
    "test",
    "sim",
    "replay",
    "torture",
    "linearize",
    "hunt",
    "mutants",
    "exercise",
    "fmt",
    "tidy",
    "book",
    "bench",
]


class CommandLine(LabTest):
    def test_lab_alone_shows_what_there_is(self):
        for arguments in [(), ("--help",), ("-h",)]:
            self.assertEqual(self.lab_ok(*arguments), HELP)

    def test_the_overview_names_every_command(self):
        for command in COMMANDS + ["doctor"]:
            self.assertRegex(HELP, rf"(?m)(^  |; ){command}\b")

    def test_every_command_explains_itself(self):
        for command in COMMANDS:
            self.assertIn("usage", self.lab_ok(command, "--help").lower())

    def test_what_is_wrong_is_named_and_exits_with_2(self):
        for arguments, words in [
            (("frobnicate",), "frobnicate"),
            (("up", "--bogus"), "--bogus"),
            (("up", "--port", "book"), "NAME=PORT"),
            (("up", "--port", "book=80"), "1024"),
            (("up", "--port", "queue=99999"), "65535"),
            (("up", "book", "--port", "queue=4200"), "not being started"),
            (("up", "--port", "book=4100"), "cannot both have port"),
            (("status", "--bogus"), "--bogus"),
            (("kill",), "name"),
            (("partition",), "groups"),
            (("partition", "1,2", "/"), "./lab partition 1,2 / 3,4,5"),
            (("isolate",), "name"),
            (("delay", "1", "2"), "ms"),
            (("delay", "1", "2", "soon"), "ms"),
            (("delay", "1", "2", "60001"), "60000"),
            (("test", "nothing-of-that-name"), "no part"),
            (("sim", "nothing"), "no simulator"),
            (("sim", "consensus", "--core", "x", "--seeds", "0..1"), "There is one of: queue"),
            (("up", "book", "--core", "x"), "./lab up queue --core"),
            (("sim", "queue", "--mine", "nothing"), "./lab exercise list"),
            (("replay", "queue", "--mine", "../my", "--seed", "0"), "no exercise '../my'"),
            (("sim", "queue", "--mine", "x", "--core", "y"), "--mine excludes --core"),
            (("sim", "queue", "--mine", "x", "--diff", "y"), "excludes"),
            (("sim", "consensus", "--mine", "x"), "There is one of: queue"),
            (("up", "queue", "--mine", "x", "--core", "y"), "excludes"),
            (("up", "book", "--mine", "x"), "./lab up queue --mine"),
            (("exercise",), "WHAT"),
            (("exercise", "burn"), "burn"),
            (("exercise", "start", "nothing"), "worker-dies"),
            (("exercise", "hint", "retry", "4"), "4"),
            (("hunt", "queue"), "--diff"),
            (("hunt", "queue", "--diff", "/nonexistent.diff"), "no diff"),
            (("hunt", "queue/nothing"), "no bug"),
            (("hunt", "queue/nothing", "--diff", "x.diff"), "SYSTEM/NAME"),
            (("hunt", "queue", "--all"), "--all"),
            (("hunt", "queue", "--diff", "x.diff", "--seeds", "9..1"), "A..B"),
            (("hunt", "--all", "--starts", "0"), "--starts"),
            (("hunt", "--all", "--most-seeds", "1000001"), "--most-seeds"),
            (("hunt", "--all", "--starts", "2", "--seeds", "0..9"), "--seeds"),
            (("hunt", "queue/x", "--write", "x.md"), "--write requires --all"),
            (("mutants",), "system"),
            (("mutants", "nothing"), "queue"),
            (("mutants", "queue", "--seeds", "0"), "--seeds"),
            (("book",), "capture"),
            (("book", "burn"), "burn"),
            (("book", "capture", "nothing"), "nothing.txt"),
            (("book", "check", "--lives"), "--lives"),
            (("bench", "../net"), "no bench"),
            (("bench", "nothing", "--rounds", "1"), "no bench"),
            (("bench", "rig"), "no bench"),
        ]:
            with self.subTest(arguments):
                done = self.lab(*arguments)
                self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
                self.assertIn(words, done.stdout + done.stderr)

    def test_test_names_its_parts(self):
        listed = self.lab_ok("test", "--list")
        parts = re.findall(r"(?m)^part (\S+)", (ROOT / "tools/lab/parts.txt").read_text())
        self.assertGreater(len(parts), 5)
        for part in parts:
            self.assertRegex(listed, rf"(?m)^  {part} ")

    def test_what_needs_something_running_says_so(self):
        for arguments in [
            ("kill", "x"),
            ("pause", "x"),
            ("restart", "x"),
            ("partition", "1", "/", "2"),
            ("isolate", "1"),
            ("delay", "1", "2", "5"),
            ("heal",),
        ]:
            done = self.lab(*arguments)
            self.assertEqual(done.returncode, 1)
            self.assertIn("nothing runs", done.stderr)
