"""What check and prove make of what a build, the tests and the simulator said. Nothing is built."""

import contextlib
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import TestCase, mock

from sample import words_of

import build
import check
import commands
import mine
from exercises import read_exercises

EXERCISES = read_exercises()
WORKER_DIES = EXERCISES["worker-dies"]
PROMISES = WORKER_DIES.solution.keeps


def verdict(broken: str = "", seeds: int = 500) -> build.Verdict:
    broke = dict.fromkeys(PROMISES, 0)
    first = {}
    if broken:
        broke[broken] = 3
        first[broken] = {"seed": 42, "what": "task 4 was lost", "checker": broken}
    return build.Verdict(seeds, broke, first)


class Check(TestCase):
    def setUp(self):
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.mine = Path(folder.name)
        commands.write_files(WORKER_DIES.starter(), self.mine / "worker-dies")

    def check(self, built=build.Built(), tests=build.Tests(5), first=verdict(), second=verdict()):
        with contextlib.ExitStack() as replaced:
            for target, name, value in [
                (commands, "MINE", self.mine),
                (build, "build", lambda name: built),
                (build, "run_tests", lambda name: tests),
                (build, "simulate", mock.Mock(side_effect=[first, second])),
            ]:
                replaced.enter_context(mock.patch.object(target, name, value))
            return words_of(lambda: check.check(WORKER_DIES))

    def test_all_kept(self):
        status, said = self.check()
        self.assertEqual(status, 0)
        self.assertIn("unit tests passed: 5 of 5", said)
        self.assertIn("promises kept: 3 of 3, in 1,000 seeds", said)
        self.assertNotIn("broken", said)

    def test_a_broken_promise_is_named_with_a_seed_to_replay(self):
        status, said = self.check(first=verdict("no-task-lost"))
        self.assertEqual(status, 1)
        self.assertIn("promises kept: 2 of 3", said)
        self.assertIn("broken  no-task-lost, by 3 seeds", said)
        self.assertIn("no-task-lost: task 4 was lost", said)
        self.assertIn("./lab replay queue --mine worker-dies --seed 42", said)

    def test_a_replay_is_about_the_task_in_question(self):
        found = verdict("no-task-lost")
        found.first["no-task-lost"]["about"] = 4
        _, said = self.check(first=found)
        self.assertIn("./lab replay queue --mine worker-dies --seed 42 --task 4\n", said)

    def test_a_promise_that_only_fresh_seeds_break_is_broken(self):
        status, said = self.check(second=verdict("one-holder"))
        self.assertEqual(status, 1)
        self.assertIn("broken  one-holder, by 3 seeds", said)

    def test_a_failed_unit_test_is_named(self):
        status, said = self.check(tests=build.Tests(4, ["NobodyWaits"], first="x:7\n1 is not 2"))
        self.assertEqual(status, 1)
        self.assertIn("unit tests passed: 4 of 5\n  not NobodyWaits\n    | x:7\n    | 1 is not 2", said)

    def test_a_program_that_ends_early_is_no_success(self):
        status, said = self.check(tests=build.Tests(2, [], "core::require: no such task"))
        self.assertEqual(status, 1)
        self.assertIn("they ended early: core::require: no such task", said)
        gone = build.Verdict(500, crashed="Segmentation fault")
        status, said = self.check(first=gone)
        self.assertEqual(status, 1)
        self.assertIn("The simulator ended early: Segmentation fault", said)

    def test_what_does_not_build_is_told_and_nothing_is_run(self):
        status, said = self.check(built=build.Built("queue.cpp:1: error: no"), tests=None,
                                  first=None)
        self.assertEqual(status, 3)
        self.assertIn("queue.cpp:1: error: no", said)

    def test_what_is_not_there_is_told_before_anything_is_built(self):
        (self.mine / "worker-dies" / "queue.cpp").unlink()
        status, said = self.check(built=None)
        self.assertEqual(status, 1)
        self.assertIn("lacks queue.cpp", said)
        self.assertIn("./lab exercise reset worker-dies", said)


class Mine(TestCase):
    def setUp(self):
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.mine = Path(folder.name)
        self.file = self.mine / "command"

    def make(self, name: str, program: str = "sim", built=build.Built()):
        with mock.patch.object(commands, "MINE", self.mine), \
                mock.patch.object(build, "build_program", lambda name, program: built):
            return words_of(lambda: mine.make(EXERCISES.get(name), name, program, self.file))

    def test_an_unknown_name_is_refused(self):
        (self.mine / "Mine").mkdir()
        for name in ("nothing", "", "..", "a/b", "Mine", "Mine/../Mine"):
            status, said = self.make(name)
            self.assertEqual(status, 2, name)
            self.assertIn(f"nothing of yours in my/{name}", said)
        self.assertIn("./lab exercise list", self.make("nothing")[1])
        self.assertIn("./lab exercise start worker-dies", self.make("worker-dies")[1])

    def test_the_simulator_judges_what_the_solution_keeps(self):
        commands.write_files(WORKER_DIES.starter(), self.mine / "worker-dies")
        self.assertEqual(self.make("worker-dies")[0], 0)
        program, *flags = self.file.read_text().splitlines()
        self.assertTrue(program.endswith("build/release/exercises/mine_worker-dies_sim"))
        self.assertEqual(flags, ["--promises", "3"])

    def test_what_is_no_exercise_is_judged_by_all_promises(self):
        commands.write_files(WORKER_DIES.starter(), self.mine / "worker-dies.1")
        self.assertEqual(self.make("worker-dies.1")[0], 0)
        self.assertEqual(len(self.file.read_text().splitlines()), 1)

    def test_the_broker_gets_no_flags(self):
        commands.write_files(WORKER_DIES.starter(), self.mine / "worker-dies")
        self.assertEqual(self.make("worker-dies", "broker")[0], 0)
        [program] = self.file.read_text().splitlines()
        self.assertTrue(program.endswith("mine_worker-dies_broker"))

    def test_no_broker_is_built_around_what_is_no_core(self):
        commands.write_files(EXERCISES["thumbnail"].starter(), self.mine / "thumbnail")
        status, said = self.make("thumbnail", "broker")
        self.assertEqual(status, 2)
        self.assertIn("is no core", said)
        self.assertEqual(self.make("thumbnail")[0], 0)

    def test_what_does_not_build_exits_with_3(self):
        commands.write_files(WORKER_DIES.starter(), self.mine / "worker-dies")
        status, said = self.make("worker-dies", built=build.Built("queue.cpp:1: error: no"))
        self.assertEqual(status, 3)
        self.assertIn("queue.cpp:1: error: no", said)
        self.assertFalse(self.file.exists())


class InPython(TestCase):
    """A core that is a process: there are no unit tests, and the shipped programs run it."""

    def setUp(self):
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.mine = Path(folder.name)
        self.exercise = commands.in_language("worker-dies", "python")
        commands.write_files(self.exercise.starter(), self.mine / "worker-dies")
        self.core = f"python3 {self.mine}/worker-dies/queue.py"

    def test_fewer_seeds_judge_it_and_the_replay_names_the_command(self):
        simulate = mock.Mock(side_effect=[verdict("no-task-lost", 100), verdict(seeds=100)])
        with mock.patch.object(commands, "MINE", self.mine), \
                mock.patch.object(build, "build_shipped", lambda program: build.Built()), \
                mock.patch.object(build, "simulate", simulate):
            status, said = words_of(lambda: check.check(self.exercise))
        self.assertEqual(status, 1)
        self.assertNotIn("unit tests", said)
        self.assertIn("promises kept: 2 of 3, in 200 seeds", said)
        self.assertIn(f"./lab replay queue --core '{self.core}' --promises 3 --seed 42", said)
        simulator, promises, first, last = simulate.call_args_list[0].args
        self.assertEqual(simulator[1:], ["--core", self.core])
        self.assertEqual((promises, first, last), (3, 0, 99))

    def test_the_programs_of_lab_get_the_command(self):
        for program, promises in [("sim", ["--promises", "3"]), ("broker", [])]:
            file = self.mine / program
            with mock.patch.object(commands, "MINE", self.mine), \
                    mock.patch.object(build, "build_shipped", lambda program: build.Built()):
                self.assertEqual(mine.make(self.exercise, "worker-dies", program, file), 0)
            words = file.read_text().splitlines()
            self.assertEqual(words, [str(build.SHIPPED[program]), "--core", self.core, *promises])


class Claims(TestCase):
    def judged(self, breaks: str, passes: bool, tests: build.Tests, found: build.Verdict) -> list:
        with mock.patch.object(build, "run_tests", lambda name: tests), \
                mock.patch.object(build, "simulate", lambda *_: found):
            return (check.judge_tests("an answer", passes)
                    + check.judge_answer("an answer", [], 3, breaks, 500))

    def test_an_answer_that_is_as_it_says(self):
        bad = build.Tests(1, ["X"])
        self.assertEqual(self.judged("", True, build.Tests(5), verdict()), [])
        self.assertEqual(self.judged("one-holder", False, bad, verdict("one-holder")), [])

    def test_an_answer_that_is_not(self):
        good = build.Tests(5)
        for claim, found, told in [
            (("", True), (build.Tests(4, ["X"]), verdict()), "passes the unit tests"),
            (("one-holder", False), (good, verdict("one-holder")), "fails the unit tests"),
            (("one-holder", True), (good, verdict()), "breaks one-holder: it breaks []"),
            (("one-holder", True), (good, verdict("no-task-lost")), "breaks one-holder"),
            (("", True), (good, verdict("one-holder")), "keeps all promises"),
            (("", True), (good, build.Verdict(500, crashed="gone")), "is judged: gone"),
        ]:
            with self.subTest(told):
                [problem] = self.judged(*claim, *found)
                self.assertIn(told, problem)

    def test_a_stage_keeps_what_it_says_and_breaks_the_next_promise_by_its_seed(self):
        stage = WORKER_DIES.solution  # 2-lease
        whole = verdict()
        named = build.Verdict(1, {**whole.broke, stage.breaks: 1}, {stage.breaks: {}})
        for results, told in [
            ([whole, named], []),
            ([verdict("one-holder"), named], ["keeps one-holder: task 4 was lost"]),
            ([whole, whole], [f"breaks {stage.breaks} alone: []"]),
            ([build.Verdict(500, {"payload-kept": 0}), named], ["is judged by"]),
        ]:
            with mock.patch.object(build, "simulate", mock.Mock(side_effect=results)):
                problems = check.judge_stage("a stage", [], stage, 500)
            self.assertEqual(len(problems), len(told), problems)
            for problem, words in zip(problems, told):
                self.assertIn(words, problem)

    def test_prove_goes_on_after_a_problem_and_exits_with_1(self):
        built = {claim.name: build.Built() for claim_of in check.claims_of()
                 if (claim := claim_of()).is_compiled}
        names = list(built)
        built[names[0]] = build.Built("stage.cpp: error: no")
        asked = []
        with TemporaryDirectory() as folder, \
                mock.patch.object(check, "PROOF", Path(folder)), \
                mock.patch.object(build, "build_all", lambda names: asked.append(names) or built), \
                mock.patch.object(build, "build_shipped", lambda program: build.Built("no Boost")), \
                mock.patch.object(build, "run_tests", lambda name: build.Tests(1, ["X"])), \
                mock.patch.object(check, "judge_stage", lambda *_: []), \
                mock.patch.object(check, "judge_answer", lambda name, *_: [f"{name} is odd"]):
            status, said = words_of(lambda: check.prove(10))
        self.assertEqual(status, 1)
        self.assertEqual([list(names_asked) for names_asked in asked], [names])
        self.assertIn(f"not so: {names[0]} builds: stage.cpp: error: no", said)
        self.assertIn("worker-dies_starter is odd", said)
        self.assertIn("worker-dies_starter_python builds: no Boost", said)
