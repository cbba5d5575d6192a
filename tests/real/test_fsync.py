"""What the crashes of test_crash.py prove, tried on a broker whose log is never synced."""

import json
import random
import shlex
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import load
from crash_rounds import CrashRounds
from realtest import BUILD, ROOT

DIFF = ROOT / "bugs/queue/log-not-synced.diff"


def broker_with(diff: Path, folder: Path) -> Path:
    """The broker of this build with one diff. Only the sources that it names are compiled anew; their
    objects are linked in front of the archives, which then have nothing to add to them."""
    names = [line[6:].split()[0] for line in diff.read_text().splitlines() if line[:6] == "--- a/"]
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, folder / name)
    run(["patch", "-p1", "-f", "-N", "-i", str(diff)], folder)
    objects = [compiled(folder / name, ROOT / name) for name in names]
    run(link_command(objects, folder / "broker"), BUILD)
    return folder / "broker"


def compiled(source: Path, instead_of: Path) -> str:
    """The object of the source, compiled as the other is in this build."""
    commands = json.loads((BUILD / "compile_commands.json").read_text())
    [known] = [command for command in commands if command["file"] == str(instead_of)]
    words = shlex.split(known["command"])
    command = [word for word in words if word != "-Werror"]  # a diff may leave a parameter unused
    command[command.index("-o") + 1] = f"{source}.o"
    command[command.index("-c") + 1] = str(source)
    run(command, known["directory"])
    return f"{source}.o"


def link_command(objects: list, to: Path) -> list:
    """As Ninja links the broker."""
    target = "examples/01-queue/broker"
    commands = run(["ninja", "-t", "commands", target], BUILD).splitlines()
    words = [word for word in shlex.split(commands[-1]) if word not in (":", "&&")]
    words[words.index("-o") + 1] = str(to)
    first = next(at for at, word in enumerate(words) if word.endswith(".o"))
    return words[:first] + objects + words[first:]


def run(command: list, folder) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{command}: {done.stdout}{done.stderr}")
    return done.stdout


class Fsync(CrashRounds):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.program = broker_with(DIFF, Path(folder.name))

    def setUp(self):
        super().setUp()
        self.seed = random.randrange(1 << 30)

    def test_a_power_cut_finds_a_broker_whose_log_is_never_synced(self):
        lost = "given out twice|leased twice|attempts went back|came back|acknowledged and lost"
        with self.assertRaisesRegex(load.Broken, lost, msg=f"seed {self.seed}"):
            self.crash_again_and_again(self.seed, "--lose-unsynced", program=self.program)

    def test_kill_9_does_not_for_the_kernel_keeps_what_was_written(self):
        with self.subTest(seed=self.seed):
            self.crash_again_and_again(self.seed, program=self.program)


if __name__ == "__main__":
    unittest.main()
