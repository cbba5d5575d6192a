"""./lab through a real container, for a reader who is not root: the same commands and statuses, and the
files stay the reader's. The copy of the course and its volumes are kept, or each run would compile it."""

import errno
import json
import os
import pty
import shutil
import signal
import subprocess
import unittest
import urllib.request
from pathlib import Path

from composetest import ROOT
from processes import free_port, wait_for

COPY = ROOT / ".lab/container-test/course"
READER = os.getuid() or 12345  # root starts these tests as somebody else
# What an engine in a virtual machine says of itself; all else is asked of the real one.
ELSEWHERE = """#!/bin/sh
[ "$1" != info ] || { echo 'docker-desktop []'; exit; }
exec "$REAL_DOCKER" "$@"
"""


def make_copy():
    """As a clean clone of what stands here; a file that is the same already keeps its time."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        text=True,
        capture_output=True,
        check=True,
    ).stdout
    names = {name for name in listed.split("\0") if name and (ROOT / name).is_file()}
    for old in [file for part in COPY.glob("*") if part.name != "build" for file in part.rglob("*")]:
        if old.is_file() and str(old.relative_to(COPY)) not in names:
            old.unlink()
    for name in names:
        source, target = ROOT / name, COPY / name
        if not target.exists() or target.read_bytes() != source.read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
            os.utime(target)
    for path in [COPY.parent, COPY, *COPY.rglob("*")]:
        os.chown(path, READER, READER, follow_symlinks=False)


def owners() -> set:
    return {path.lstat().st_uid for path in [COPY, *COPY.rglob("*")]}


class LabInAContainer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        make_copy()

    def setUp(self):
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(COPY.parent),
            "TERM": "xterm",
            "LC_ALL": "C.UTF-8",
        }
        self.reader = {}
        if os.getuid() == 0:
            docker = os.stat("/var/run/docker.sock").st_gid
            self.reader = {"user": READER, "group": READER, "extra_groups": [docker]}
        self.addCleanup(self.lab, "down")

    def lab(self, *arguments) -> subprocess.CompletedProcess:
        return subprocess.run(
            ["./lab", *arguments],
            cwd=COPY,
            env=self.environment,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            **self.reader,
        )

    def lab_ok(self, *arguments) -> str:
        done = self.lab(*arguments)
        self.assertEqual(done.returncode, 0, f"{arguments}: {done.stdout}{done.stderr}")
        return done.stdout

    def containers(self) -> str:
        """Those of the copy."""
        listed = subprocess.run(
            ["docker", "ps", "--all", "--quiet", "--filter", f"label=lab.checkout={COPY}"],
            text=True,
            capture_output=True,
            check=True,
        )
        return listed.stdout.strip()

    def be_healthy(self, port: int):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health") as answer:
            self.assertEqual(answer.status, 200)

    def states(self) -> dict:
        listed = json.loads(self.lab_ok("status", "--json"))["processes"]
        return {process["name"]: process["state"] for process in listed}

    def go_through(self):
        """Up in the background, looked at and broken from outside, and down."""
        port = free_port()
        self.lab_ok("--container", "up", "queue", "-d", f"--port=queue={port}")
        self.be_healthy(port)
        self.assertEqual(set(self.states().values()), {"running"})
        self.lab_ok("kill", "worker-1")
        wait_for(lambda: self.states()["worker-1"] != "running", "worker-1, killed")
        self.assertIn("connected to", self.lab_ok("logs", "worker-2"))
        self.assertNotEqual(self.containers(), "")
        self.lab_ok("down")
        self.assertEqual(self.containers(), "")
        self.assertEqual(owners(), {READER})

    def test_the_simulator_runs_and_its_status_comes_back(self):
        self.assertIn("10 seeds, 0 violations", self.lab_ok("--container", "sim", "queue", "--seeds", "0..9"))
        self.assertEqual(self.lab("--container", "sim", "nothing").returncode, 2)
        self.assertEqual(self.containers(), "")
        self.assertEqual(owners(), {READER})

    def test_the_queue_runs_in_the_network_of_an_engine_that_is_here(self):
        self.go_through()

    def test_the_queue_is_published_by_an_engine_that_is_elsewhere(self):
        docker = COPY.parent / "bin/docker"
        docker.parent.mkdir(exist_ok=True)
        docker.write_text(ELSEWHERE)
        docker.chmod(0o755)
        self.environment["REAL_DOCKER"] = shutil.which("docker")
        self.environment["PATH"] = f"{docker.parent}:{os.environ['PATH']}"
        self.go_through()

    def in_foreground(self, **streams) -> subprocess.Popen:
        self.port = free_port()
        running = subprocess.Popen(
            ["./lab", "--container", "up", "queue", f"--port=queue={self.port}"],
            cwd=COPY,
            env=self.environment,
            **streams,
            **self.reader,
        )
        self.addCleanup(running.wait)
        self.addCleanup(running.kill)
        return running

    def test_ctrl_c_at_a_terminal_stops_everything(self):
        control, terminal = pty.openpty()
        running = self.in_foreground(
            stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True
        )
        os.close(terminal)
        shown = b""
        while True:
            try:
                got = os.read(control, 4096)
            except OSError as error:
                self.assertEqual(error.errno, errno.EIO)  # nobody holds the terminal any more
                break
            before, shown = shown, shown + got
            if b"Ctrl-C stops everything" in shown and b"Ctrl-C stops everything" not in before:
                self.be_healthy(self.port)
                os.write(control, b"\x03")
        os.close(control)
        self.assertEqual(running.wait(), 0, shown)
        self.assertIn(b"\x1b[1mWhat runs where", shown)
        self.assertIn(b"Everything is stopped.", shown)
        self.assertEqual(self.containers(), "")

    def test_an_interrupt_without_a_terminal_stops_everything(self):
        running = self.in_foreground(
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        self.addCleanup(running.stdout.close)
        shown = b""
        for line in running.stdout:
            shown += line
            if b"Ctrl-C stops everything" in line:
                running.send_signal(signal.SIGINT)
        self.assertEqual(running.wait(), 0, shown)
        self.assertIn(b"Everything is stopped.", shown)
        self.assertEqual(self.containers(), "")
