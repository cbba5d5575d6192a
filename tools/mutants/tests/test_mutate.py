"""The mutants that are made, and that each of them acts alone."""

import os
import subprocess
import sys
import tempfile
import textwrap
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from mutate import mutate

SOURCE = textwrap.dedent(
    """\
    #include <cstdio>

    namespace {

    constexpr int most = 3;  // no mutant: what is constant is needed when compiling

    int count = 0;

    const int* at_least_two(const int& number) {
      if (number < 2) return nullptr;  // 0 < 1 in a comment
      return &number;
    }

    }  // namespace

    int main() {
      int sum = 5;
      while (count < most) {
        ++count;
      }
      if (const int* found = at_least_two(count)) {
        sum +=
            *found;
      }
      std::printf("%d 7 < 8", sum);
    }
    """
)


class Mutants(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        folder = Path(cls.folder.name)
        source = folder / "sample.cpp"
        source.write_text(SOURCE)
        copy = folder / "copy"
        copy.mkdir()
        cls.mutants = mutate([source], copy, set())
        cls.program = folder / "program"
        command = ["g++", "-std=c++23", f"-I{HERE.parent}", "-o", cls.program, copy / "sample.cpp"]
        subprocess.run(command, check=True)

    def run_with(self, number: int) -> str:
        environment = dict(os.environ, LAB_MUTANT=str(number))
        done = subprocess.run(
            [self.program], env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout

    def test_each_place_is_found_and_nothing_else(self):
        found = [(mutant.line, mutant.what) for mutant in self.mutants]
        self.assertEqual(
            found,
            [
                (10, "1 more than 2"),
                (10, "<= for <"),
                (10, "negated"),
                (17, "1 more than 5"),
                (18, "<= for <"),
                (18, "negated"),
                (19, "dropped"),
                (21, "negated"),
                (22, "dropped"),
            ],
        )

    def test_without_a_mutant_the_copy_does_what_the_original_does(self):
        self.assertEqual(self.run_with(0), "8 7 < 8")

    def test_each_mutant_does_what_it_says(self):
        expected = {
            (10, "1 more than 2"): "8",  # 3 is still not less than 3
            (10, "<= for <"): "8",
            (10, "negated"): None,  # a null pointer: told below
            (17, "1 more than 5"): "9",
            (18, "<= for <"): "9",
            (18, "negated"): "5",
            (22, "dropped"): "5",
        }
        for mutant in self.mutants:
            words = expected.get((mutant.line, mutant.what))
            if words is not None:
                self.assertEqual(self.run_with(mutant.number), f"{words} 7 < 8", mutant)

    def test_a_negated_condition_with_a_declaration_skips_what_it_guards(self):
        [negated] = [one for one in self.mutants if (one.line, one.what) == (21, "negated")]
        self.assertEqual(self.run_with(negated.number), "5 7 < 8")

    def test_a_mutant_that_does_not_compile_is_left_out_and_the_others_keep_their_numbers(self):
        with tempfile.TemporaryDirectory() as folder:
            source = Path(self.folder.name) / "sample.cpp"
            without = mutate([source], Path(folder), {self.mutants[0].number})
            self.assertEqual(without, self.mutants[1:])


if __name__ == "__main__":
    unittest.main()
