"""./lab exercise, and sim, replay and up with --mine, as a reader goes through an exercise."""

import json
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

from labtest import ROOT, LabTest, free_port, wait_for

sys.path.append(str(ROOT / "tools/exercise"))
import commands
from exercises import read_exercises

EXERCISE = read_exercises()["worker-dies"]
PLACE = ROOT / "my" / EXERCISE.name


class Exercise(LabTest):
    def setUp(self):
        super().setUp()
        if PLACE.exists():  # who runs the tests is a reader, too
            kept = commands.free_name(PLACE)
            PLACE.rename(kept)
            self.addCleanup(kept.rename, PLACE)
        self.addCleanup(shutil.rmtree, PLACE, ignore_errors=True)

    def exercise(self, what: str, status: int = 0) -> str:
        done = self.lab("exercise", what, EXERCISE.name)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout

    def mine(self, command: str, *arguments, status: int = 0) -> subprocess.CompletedProcess:
        done = self.lab(command, "queue", "--mine", EXERCISE.name, *arguments)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def solve(self):
        commands.write_files(EXERCISE.solved(), PLACE)

    def break_the_syntax(self):
        """In two places."""
        file = PLACE / "queue.cpp"
        file.write_text(file.read_text() + "int one() { return a; }\nint other() { return b; }\n")

    def test_a_reader_goes_through_it(self):
        self.assertRegex(self.lab_ok("exercise", "list"), rf"(?m)^{EXERCISE.name} .* minutes")
        self.assertIn(EXERCISE.task.split(".")[0].split()[-1], self.exercise("start"))

        shown = self.exercise("check", status=1)
        self.assertIn("promises kept: 2 of 3, in 1,000 seeds", shown)
        self.assertRegex(shown, r"broken +no-task-lost, by \d+ seeds")
        [replay] = [line.split() for line in shown.splitlines() if "./lab replay" in line]
        told = self.lab(*replay[1:])
        self.assertEqual(told.returncode, 1, told.stderr)
        self.assertIn("broken: no-task-lost", told.stdout)

        self.solve()
        self.assertIn("promises kept: 3 of 3", self.exercise("check"))

        self.break_the_syntax()
        shown = self.exercise("check", status=3)
        self.assertIn("my/worker-dies/queue.cpp", shown)
        self.assertEqual(shown.count("error: "), 1, shown)

        answer = (PLACE / "queue.cpp").read_text()
        kept = ROOT / self.exercise("reset").split()[5].rstrip("/")
        self.addCleanup(shutil.rmtree, kept)
        self.assertEqual((kept / "queue.cpp").read_text(), answer)
        self.assertEqual((PLACE / "queue.cpp").read_text(), EXERCISE.starter()["queue.cpp"])

    def test_what_does_not_build_is_told_by_its_first_error(self):
        self.exercise("start")
        self.break_the_syntax()
        port = f"--port=queue={free_port()}"
        for command in [("sim",), ("replay", "--seed", "0"), ("up", "-d", port)]:
            done = self.mine(*command, status=3)
            self.assertIn("my/worker-dies does not build", done.stderr)
            self.assertEqual(done.stderr.count("error: "), 1, done.stderr)
        self.assertIn("Nothing runs", self.lab_ok("status"))

    def test_sim_and_replay_judge_it_by_what_its_exercise_asks_for(self):
        self.exercise("start")
        shown = self.mine("sim", "--seeds", "0..9", status=1).stdout
        self.assertIn("promises kept: 2 of 3", shown)
        shown = self.mine("sim", "--promises", "2", "--seeds", "0..9").stdout
        self.assertIn("promises kept: 2 of 2", shown)
        self.solve()
        self.assertIn("promises kept: 3 of 3", self.mine("sim", "--seeds", "0..9").stdout)
        shown = self.mine("sim", "--promises", "6", "--seeds", "0..9", status=1).stdout
        self.assertRegex(shown, r"promises kept: [1-5] of 6")
        one = json.loads(self.mine("sim", "--seeds", "0..0", "--json").stdout.splitlines()[-1])
        self.assertIn("seeds_that_broke", one)
        self.assertIn("trace hash", self.mine("replay", "--seed", "0").stdout)

    def test_up_runs_it_under_real_sockets_with_data_of_its_own(self):
        self.exercise("start")
        self.solve()
        self.addCleanup(self.lab, "down")
        port = free_port()
        self.mine("up", "-d", f"--port=queue={port}")
        self.assertEqual(self.processes()["broker"]["state"], "running")
        folders = [folder.name for folder in (self.state / "data/queue").iterdir()]
        self.assertEqual(folders, ["broker-mine-worker-dies"])
        wait_for(lambda: " done in " in self.lab_ok("logs", "worker-1"), "a task that is done")
        # The stages have no live page; the shipped core would name its queues.
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/state") as answer:
            self.assertEqual(json.load(answer), {"queues": [], "tasks": []})
        self.lab_ok("down")

    def test_up_refuses_what_is_not_there(self):
        for name, words in [
            ("nothing", "./lab exercise list"),
            (EXERCISE.name, "./lab exercise start"),
        ]:
            done = self.lab("up", "queue", "-d", "--mine", name, f"--port=queue={free_port()}")
            self.assertEqual(done.returncode, 2)
            self.assertIn(words, done.stderr)

    def test_editors_are_told_how_it_is_compiled(self):
        self.exercise("start")
        self.mine("sim", "--seeds", "0..0", status=1)
        compiled = json.loads((ROOT / "compile_commands.json").read_text())
        files = {Path(one["file"]) for one in compiled}
        self.assertIn(PLACE / "queue.cpp", files)
