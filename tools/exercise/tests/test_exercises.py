"""What every exercise must have, and how it is told when it has not."""

from sample import Sample

import stages
from exercises import read_exercises


class Exercises(Sample):
    def test_it_is_read_with_its_stages_and_wrong_answers(self):
        exercise = self.exercise()
        self.assertEqual((exercise.start.name, exercise.solution.name), ("1-first", "2-second"))
        self.assertEqual([wrong.name for wrong in exercise.wrong], ["lazy", "hasty"])
        self.assertEqual(exercise.hints, ("small", "larger", "all of it"))

    def test_what_is_given_is_in_the_starter_alone(self):
        retry = read_exercises()["retry"]
        stage = stages.unpack(retry.system, retry.start.name)["queue.cpp"]
        given = "Queue::backoff_ms"
        self.assertNotIn(given, stage)
        self.assertIn(given, retry.starter()["queue.cpp"])
        self.assertNotIn(given, read_exercises("python")["retry"].starter()["queue.py"])

    def test_what_an_exercise_must_have(self):
        for old, new, told in [
            ('level = "easy"', 'level = "trivial"', "easy, moderate, hard"),
            ('"small", ', "", "three hints"),
            ("passes_unit_tests = true", "passes_unit_tests = false", "passes the unit tests"),
            ('breaks = "more"\ntask', 'breaks = "kept"\ntask', "that the solution keeps"),
            ('breaks = "more"\ntask', 'breaks = "other"\ntask', "that the solution keeps"),
            ('to = "2-second"', 'to = "3-third"', "no stage 3-third"),
            ("minutes = 5", "", "minutes"),
            ('title = "Do more"', "title = Do more", "exercise.toml"),
        ]:
            with self.subTest(told):
                self.change("exercises/toy/more/exercise.toml", old, new)
                with self.assertRaisesRegex(stages.Broken, told):
                    self.exercise()
                self.setUp()

    def test_one_wrong_answer_is_not_enough(self):
        file = self.exercises / "toy/more/exercise.toml"
        whole = file.read_text()
        file.write_text(whole[: whole.rindex("[[wrong]]")])
        with self.assertRaisesRegex(stages.Broken, "two wrong answers"):
            self.exercise()

    def test_they_stand_in_the_order_of_their_stages(self):
        text = (self.exercises / "toy/more/exercise.toml").read_text()
        self.write("exercises/toy/a-later-one/exercise.toml", text.replace("1-first", "2-second"))
        self.change("exercises/toy/a-later-one/exercise.toml", 'to = "2-second"', 'to = "3-third"')
        self.change(
            "exercises/toy/stages.toml",
            'keeps = ["kept", "more"]',
            'keeps = ["kept"]\n\n[[stage]]\nname = "3-third"\ntitle = ""\nkeeps = ["kept", "more"]',
        )
        self.change("exercises/toy/more/exercise.toml", 'to = "2-second"', 'to = "3-third"')
        self.assertEqual(list(read_exercises(folder=self.exercises)), ["more", "a-later-one"])

    def test_in_another_language_it_has_its_own_stages_and_hints_and_no_wrong_answers(self):
        self.write("examples/toy/toy.py", "1\n2\n")
        self.change("exercises/toy/stages.toml", "\n[[stage]]\nname = \"1",
                    '\n[in.python]\nfiles = ["toy.py"]\nrun = "python3 {folder}/toy.py"\nstages = 2\n'
                    '\n[[stage]]\nname = "1')
        self.assertEqual(read_exercises("python", self.exercises), {})
        text = (self.exercises / "toy/more/exercise.toml").read_text()
        own = '\n[in.python]\nwhere = "toy.py"\nhints = ["a", "b", "c"]\n'
        self.write("exercises/toy/more/exercise.toml", text + own)
        system = stages.read_system("toy", "python", self.exercises)
        self.write("unpacked/1-first/toy.py", "1\n")
        self.write("unpacked/2-second/toy.py", "1\n2\n3\n")
        stages.pack(system, self.root / "unpacked", self.root)
        self.assertTrue((self.exercises / "toy/stages/python/1-first.diff").exists())
        exercise = read_exercises("python", self.exercises)["more"]
        self.assertEqual((exercise.where, exercise.hints, exercise.wrong),
                         ("toy.py", ("a", "b", "c"), ()))
        self.assertEqual(stages.unpack(exercise.system, "1-first", self.root), {"toy.py": "1\n"})
        self.assertEqual(self.exercise().languages, ("c++", "python"))
        self.assertEqual(read_exercises("typescript", self.exercises), {})

    def test_a_folder_without_stages_is_none_of_a_system(self):
        self.write("exercises/other/notes.txt", "")
        self.assertEqual(list(read_exercises(folder=self.exercises)), ["more"])
