"""The program as it is called: what it looks at, what it prints, its exit code."""

import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1]


class Program(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.root = Path(holder.name)
        subprocess.run(["git", "init", "-q"], cwd=self.root, check=True)
        shutil.copytree(FOLDER, self.root / "tools/tidy",
                        ignore=shutil.ignore_patterns("tests", "__pycache__"))

    def tidy(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-B", self.root / "tools/tidy/tidy", *arguments]
        return subprocess.run(command, text=True, capture_output=True, check=False)

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def test_a_clean_tree_ends_with_0(self):
        done = self.tidy()
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        self.assertIn("0 problems", done.stdout)

    def test_a_file_not_yet_added_is_looked_at_and_an_ignored_one_is_not(self):
        self.write(".gitignore", "build/\n")
        self.write("build/page.md", "TO" "DO: write\n")
        self.assertEqual(self.tidy().returncode, 0)
        self.write("src/page.md", "good\nTO" "DO: write\n")
        done = self.tidy()
        self.assertEqual(done.returncode, 1)
        self.assertIn("src/page.md:2: ", done.stdout)
        self.assertIn("[unfinished]", done.stdout)

    def test_what_was_allowed_is_told_with_its_reason(self):
        allow = "tidy" ": allow unfinished because it is quoted"
        self.write("tools/a.py", "word = 'TO" "DO'  # " + allow + "\n")
        done = self.tidy()
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("allowed: tools/a.py:1: unfinished because it is quoted", done.stdout)

    def test_symbols_of_a_build_that_is_not_there_are_wrong_usage(self):
        done = self.tidy("--symbols", str(self.root / "build"))
        self.assertEqual(done.returncode, 2)
        self.assertIn("cores.txt is missing: configure that build first", done.stderr)

    def test_what_an_archive_asks_for_ends_with_1(self):
        self.write("build/a.cpp", "extern int outside;\nint f() { return outside; }\n")
        for command in (["g++", "-c", "a.cpp"], ["ar", "rc", "liba.a", "a.o"]):
            subprocess.run(command, cwd=self.root / "build", check=True)
        self.write("build/cores.txt", f"{self.root}/build/liba.a\n")
        self.write(".gitignore", "build/\n")
        done = self.tidy("--symbols", str(self.root / "build"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("liba.a:1: asks for `outside`", done.stdout)


if __name__ == "__main__":
    unittest.main()
