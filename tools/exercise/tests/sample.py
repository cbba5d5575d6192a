"""A small system with two stages and one exercise, in a folder of its own."""

import contextlib
import io
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import stages
from exercises import Exercise, read_exercises

SHIPPED = "one\ntwo\nthree\nfour\nfive\nsix\nseven\n"
STAGES = """
system = "toy"
folder = "examples/toy"
files = ["toy.hpp", "toy.cpp"]
test = "queue_test.cpp"

[[stage]]
name = "1-first"
title = "the first"
keeps = ["kept"]
breaks = "more"
seed = 7

[[stage]]
name = "2-second"
title = "the second"
keeps = ["kept", "more"]
"""
EXERCISE = '''
title = "Do more"
from = "1-first"
to = "2-second"
where = "toy.cpp"
lines = 3
minutes = 5
level = "easy"
breaks = "more"
task = "Do   more."
hints = ["small", "larger", "all of it"]

[[wrong]]
name = "lazy"
about = "does nothing"
breaks = "more"
passes_unit_tests = true

[[wrong]]
name = "hasty"
about = "does too much"
breaks = "kept"
passes_unit_tests = false
'''


class Sample(unittest.TestCase):
    """self.root is a checkout with nothing but the system "toy" and its exercise "more"."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.exercises = self.root / "exercises"
        self.write("examples/toy/toy.hpp", SHIPPED)
        self.write("examples/toy/toy.cpp", SHIPPED)
        self.write("exercises/toy/stages.toml", STAGES)
        self.write("exercises/toy/more/exercise.toml", EXERCISE)
        self.write("exercises/toy/more/queue_test.cpp", "a test\n")
        second = {"toy.hpp": SHIPPED, "toy.cpp": SHIPPED.replace("two", "2")}
        first = {"toy.hpp": SHIPPED.replace("six", "6"), "toy.cpp": second["toy.cpp"]}
        self.write_stages({"1-first": first, "2-second": second})
        stages.pack(self.system(), self.root / "unpacked", self.root)

    def write(self, name: str, text: str) -> None:
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def write_stages(self, files_of: dict[str, dict[str, str]]) -> None:
        for stage, files in files_of.items():
            for name, text in files.items():
                self.write(f"unpacked/{stage}/{name}", text)

    def change(self, name: str, old: str, new: str) -> None:
        text = (self.root / name).read_text()
        self.assertIn(old, text)
        self.write(name, text.replace(old, new))

    def system(self) -> stages.System:
        return stages.read_system("toy", folder=self.exercises)

    def exercise(self) -> Exercise:
        return read_exercises(folder=self.exercises)["more"]


def words_of(call) -> tuple:
    """What the call gave, and what it printed."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        result = call()
    return result, said.getvalue()
