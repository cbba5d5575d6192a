"""What the tests of ./lab share: a state folder and ports of their own, small systems."""

import json
import os
import subprocess
import sys
import tempfile
import textwrap
import threading
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests"))
from processes import free_port, wait_for

LAB = ROOT / "lab"
PROGRAM = ROOT / "build/release/tools/lab/lab"
FAKE = Path(__file__).resolve().parent / "fake.py"


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in "ZX"


def run_program(root: Path, *arguments) -> subprocess.CompletedProcess:
    """The lab program by itself, in a project of its own at `root`."""
    environment = dict(os.environ, LAB_ROOT=str(root), NO_COLOR="1")
    environment.pop("LAB_STATE", None)
    return subprocess.run(
        [PROGRAM, *arguments],
        env=environment,
        cwd=root,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
    )


class LabTest(unittest.TestCase):
    """A test with its own state folder; whatever it leaves running is stopped."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.state = Path(folder.name) / "state"
        self.environment = dict(os.environ, LAB_STATE=str(self.state), NO_COLOR="1")

    def use_systems(self, text: str):
        """Replaces the course's systems by these; FAKE in the text is the misbehaving program."""
        file = self.state.parent / "systems.txt"
        file.write_text(textwrap.dedent(text).replace("FAKE", f"python3 -u {FAKE}"))
        self.environment["LAB_SYSTEMS"] = str(file)
        self.addCleanup(self.lab, "down")

    def lab(self, *arguments, cwd=ROOT) -> subprocess.CompletedProcess:
        return subprocess.run(
            [LAB, *arguments],
            env=self.environment,
            cwd=cwd,
            text=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )

    def lab_ok(self, *arguments, cwd=ROOT) -> str:
        done = self.lab(*arguments, cwd=cwd)
        self.assertEqual(done.returncode, 0, f"lab {arguments}: {done.stdout}{done.stderr}")
        return done.stdout

    def in_foreground(self, *arguments, seconds: float = 30.0) -> subprocess.Popen:
        """`./lab up` as at a terminal, once it has shown its table; self.shown gains its lines."""
        running = subprocess.Popen(
            [LAB, "up", *arguments],
            env=self.environment,
            cwd=ROOT,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.shown = []
        reader = threading.Thread(target=lambda: self.shown.extend(running.stdout), daemon=True)
        reader.start()
        self.addCleanup(running.stdout.close)
        self.addCleanup(reader.join)
        self.addCleanup(running.wait)
        self.addCleanup(running.kill)
        table = "Ctrl-C stops everything"
        wait_for(lambda: any(table in line for line in self.shown), "the table of up", seconds)
        return running

    def processes(self) -> dict:
        listed = json.loads(self.lab_ok("status", "--json"))["processes"]
        return {process["name"]: process for process in listed}

    def supervisor_pid(self) -> int:
        for line in (self.state / "run" / "state").read_text().splitlines():
            if line.startswith("supervisor\t"):
                return int(line.split("\t")[1])
        raise AssertionError("no supervisor in the record")
