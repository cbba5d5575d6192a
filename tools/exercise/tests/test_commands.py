"""./lab exercise list, start, hint, solution, reset, with the course's own exercises."""

from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import TestCase

from sample import words_of

import commands
import stages
from exercises import read_exercises

EXERCISES = read_exercises()
WORKER_DIES = EXERCISES["worker-dies"]


class Commands(TestCase):
    def setUp(self):
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.mine = Path(folder.name) / "my"
        self.place = self.mine / "worker-dies"

    def start(self) -> tuple:
        return words_of(lambda: commands.start(WORKER_DIES, self.mine))

    def test_list_names_each_and_tells_which_is_begun(self):
        _, before = words_of(lambda: commands.show_list(EXERCISES, self.mine))
        for name, exercise in EXERCISES.items():
            self.assertRegex(before, rf"(?m)^{name} +{exercise.level} +{exercise.minutes} minutes")
        self.assertNotIn("begun", before)
        self.start()
        _, after = words_of(lambda: commands.show_list(EXERCISES, self.mine))
        self.assertEqual([line.split()[0] for line in after.splitlines() if line.endswith("begun")],
                         ["worker-dies"])

    def test_start_writes_the_starter_and_tells_the_task(self):
        status, said = self.start()
        self.assertEqual(status, 0)
        for name, text in WORKER_DIES.starter().items():
            self.assertEqual((self.place / name).read_text(), text)
        self.assertIn("The broker forgets a task", said)
        self.assertIn("./lab exercise check worker-dies", said)

    def test_start_leaves_alone_what_is_there(self):
        self.start()
        (self.place / "queue.cpp").write_text("mine")
        status, said = self.start()
        self.assertEqual(status, 1)
        self.assertIn("./lab exercise reset worker-dies", said)
        self.assertEqual((self.place / "queue.cpp").read_text(), "mine")

    def test_reset_keeps_what_was_there_under_a_free_name(self):
        for number in (1, 2):
            self.start()
            (self.place / "queue.cpp").write_text(f"answer {number}")
            status, said = words_of(lambda: commands.reset(WORKER_DIES, self.mine))
            self.assertEqual(status, 0)
            kept = self.mine / f"worker-dies.{number}"
            self.assertIn(kept.name, said)
            self.assertEqual((kept / "queue.cpp").read_text(), f"answer {number}")
            self.assertEqual((self.place / "queue.cpp").read_text(),
                             WORKER_DIES.starter()["queue.cpp"])
        self.assertEqual((self.mine / "worker-dies.1" / "queue.cpp").read_text(), "answer 1")

    def test_reset_begins_where_nothing_was(self):
        status, said = words_of(lambda: commands.reset(WORKER_DIES, self.mine))
        self.assertEqual(status, 0)
        self.assertNotIn("What you had", said)
        self.assertTrue(self.place.is_dir())

    def test_hints_tell_more_one_after_the_other(self):
        said = [words_of(lambda n=n: commands.hint(WORKER_DIES, n))[1] for n in (1, 2, 3)]
        self.assertIn("What must the broker still know", said[0])
        self.assertIn("./lab exercise hint worker-dies 2 tells more", said[0])
        self.assertIn("worker-dies 3 tells more", said[1])
        self.assertNotIn("tells more", said[2])
        self.assertEqual(["std::map" in words for words in said], [False, True, False])

    def test_what_is_begun_is_known_by_its_files(self):
        self.assertEqual(commands.begun("worker-dies", self.mine).system.language, "c++")
        for language in ("python", "typescript", "c++"):
            begun = commands.in_language("worker-dies", language)
            words_of(lambda begun=begun: commands.reset(begun, self.mine))
            found = commands.begun("worker-dies", self.mine)
            self.assertEqual(found.system.language, language)
            self.assertEqual(found.hints, begun.hints)

    def test_what_cannot_be_done_in_a_language_is_refused_with_what_can(self):
        with self.assertRaisesRegex(stages.Broken, "log cannot be done in python, but: worker-dies"):
            commands.in_language("log", "python")

    def test_solution_is_what_had_to_be_written_and_no_test(self):
        _, said = words_of(lambda: commands.solution(WORKER_DIES))
        self.assertIn("+++ b/my/worker-dies/queue.cpp", said)
        self.assertNotIn("queue_test", said)
        added = [line for line in said.splitlines() if line.startswith("+")]
        self.assertTrue(any("held_until" in line for line in added))

    def test_a_file_that_is_the_same_is_not_written_again(self):
        self.start()
        file = self.place / "queue.cpp"
        before = file.stat().st_mtime_ns
        commands.write_files(WORKER_DIES.starter(), self.place)
        self.assertEqual(file.stat().st_mtime_ns, before)
        commands.write_files({"queue.cpp": "other"}, self.place)
        self.assertEqual(file.read_text(), "other")
