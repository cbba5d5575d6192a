"""A machine made of stubs, on which a test decides what ./lab finds."""

import os
import pty
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from labtest import ROOT

# What every Unix has; all else on such a machine is a stub below.
EVERYWHERE = [
    "awk",
    "bash",
    "cat",
    "cksum",
    "cut",
    "dirname",
    "env",
    "find",
    "getconf",
    "grep",
    "head",
    "ln",
    "mkdir",
    "readlink",
    "rm",
    "sed",
    "sleep",
    "sort",
    "tail",
    "tr",
]

APT_GET = '''echo "apt-get $*" >>"$CALLS"
case "$*" in *"{fails_on}"*) echo "{words}"; exit {status} ;; esac'''
APT_CACHE = 'echo "{package}:"; echo "  Candidate: 99.1"'


class Machine(unittest.TestCase):
    """A checkout of the script alone, on a machine made of stubs."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name) / "a folder" / "course"
        for part in ["lab", "tools/setup", "tools/lab/systems.txt"]:
            target = self.root / part
            target.parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if (ROOT / part).is_dir() else shutil.copy)(ROOT / part, target)
        self.bin = Path(folder.name) / "bin"
        self.bin.mkdir()
        for program in EVERYWHERE:
            (self.bin / program).symlink_to(shutil.which(program))
        self.calls = Path(folder.name) / "calls"
        self.calls.touch()
        self.environment = {
            "PATH": str(self.bin),
            "CALLS": str(self.calls),
            "HOME": folder.name,
            "LC_ALL": "C",
        }
        self.stub("uname", "echo Linux")
        self.stub("id", "echo 0")

    def stub(self, name: str, script: str):
        file = self.bin / name
        file.write_text(f"#!/bin/bash\n{script}\n")
        file.chmod(0o755)

    def be_debian(self, install="", words="", status=0, known=True):
        """Debian with nothing installed; apt-get calls with `install` end with `status`."""
        self.stub(
            "apt-get", APT_GET.format(fails_on=install or "never", words=words, status=status)
        )
        self.stub("apt-cache", APT_CACHE if known else "true")
        self.stub("dpkg-query", "exit 1")
        self.stub("dpkg", "exit 0")

    def lab(self, *arguments) -> subprocess.CompletedProcess:
        return subprocess.run(
            [self.root / "lab", *arguments],
            env=self.environment,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
        )

    def at_terminal(self, answer: str, *arguments) -> tuple[int, str]:
        control, terminal = pty.openpty()
        running = subprocess.Popen(
            [self.root / "lab", *arguments],
            env=self.environment,
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            start_new_session=True,
        )
        os.close(terminal)
        os.write(control, answer.encode())
        shown = b""
        while True:
            try:
                got = os.read(control, 4096)
            except OSError:  # Linux's way to say that nobody holds the terminal any more
                break
            if not got:
                break
            shown += got
        os.close(control)
        return running.wait(), shown.decode()

    def installs(self) -> list[str]:
        return [line for line in self.calls.read_text().splitlines() if "install -y" in line]
