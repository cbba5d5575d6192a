"""./lab test on parts that pass, fail and cannot run: what it says and how it exits."""

import tempfile
import unittest
from pathlib import Path

from labtest import run_program

PARTS = """
part good that which passes
run true
part bad that which fails
run echo the reason of the failure
run false
run echo never reached
part absent that which cannot run here
run ./absent
part missing a program that is not there
run no-such-program
"""


class Summary(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        (self.root / "tools/lab").mkdir(parents=True)
        (self.root / "tools/lab/parts.txt").write_text(PARTS)
        absent = self.root / "absent"
        absent.write_text("#!/bin/sh\necho needs a thing that is not here\nexit 77\n")
        absent.chmod(0o755)

    def run_parts(self, *arguments) -> tuple[int, str]:
        done = run_program(self.root, "test", *arguments)
        return done.returncode, done.stdout

    def test_all_that_passes_passes(self):
        status, shown = self.run_parts("good")
        self.assertEqual(status, 0)
        self.assertTrue(shown.endswith("\n1 passed, 0 failed, 0 skipped\n"))

    def test_a_failure_shows_its_output_and_where_all_of_it_is(self):
        status, shown = self.run_parts("bad")
        self.assertEqual(status, 1)
        self.assertIn("the reason of the failure", shown)
        self.assertIn("test-bad.log", shown)
        self.assertNotIn("never reached", shown)
        self.assertTrue(shown.endswith("\n0 passed, 1 failed, 0 skipped\n"))

    def test_what_cannot_run_is_named_with_the_reason(self):
        status, shown = self.run_parts("good", "absent")
        self.assertEqual(status, 0)
        self.assertRegex(shown, r"absent +skipped .* needs a thing that is not here")
        self.assertTrue(shown.endswith("\n1 passed, 0 failed, 1 skipped\n"))

    def test_a_skipped_part_can_count_as_failed(self):
        status, _ = self.run_parts("good", "absent", "--fail-on-skip")
        self.assertEqual(status, 1)

    def test_a_part_may_be_excused_by_name(self):
        strict = ("good", "absent", "--fail-on-skip", "--may-skip")
        status, shown = self.run_parts(*strict, "absent")
        self.assertEqual(status, 0)
        self.assertTrue(shown.endswith("\n1 passed, 0 failed, 1 skipped\n"))
        self.assertEqual(self.run_parts(*strict, "good")[0], 1)
        self.assertEqual(self.run_parts(*strict, "no-such-part")[0], 2)

    def test_a_program_that_is_not_there_is_a_failure(self):
        status, shown = self.run_parts("missing")
        self.assertEqual(status, 1)
        self.assertIn("cannot run no-such-program", shown)

    def test_one_failure_does_not_keep_the_rest_from_running(self):
        status, shown = self.run_parts()
        self.assertEqual(status, 1)
        self.assertTrue(shown.endswith("\n1 passed, 2 failed, 1 skipped\n"))
