"""What a build shows while it runs: how far it is."""

import re
import subprocess
import sys
from pathlib import Path


def run(command: list, directory: Path, usual: int) -> tuple[int, str]:
    """Runs a build by Ninja that takes `usual` steps when only what is new is built. Gives its exit
    status, and all that it said."""
    words = []
    shown = Shown(usual)
    with subprocess.Popen(
        command, cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        errors="replace",
    ) as running:
        for line in running.stdout:
            words.append(line)
            shown.take(line)
    shown.end()
    return running.returncode, "".join(words)


class Shown:
    """At a terminal one line that changes; elsewhere a line for each tenth part of a long build."""

    def __init__(self, usual: int, out=sys.stderr):
        self.usual = usual
        self.out = out
        self.tenths = 0
        self.is_long = False

    def take(self, line: str) -> None:
        step = re.match(r"\[(\d+)/(\d+)\] ", line)
        if step is None:
            return
        done, of = int(step[1]), int(step[2])
        if of > self.usual and not self.is_long:
            self.is_long = True
            self.say(f"What surrounds it is built once, which takes longer: {of} steps.\n")
        if self.out.isatty():
            self.say(f"\r\033[K  step {done} of {of}")
        elif self.is_long and done * 10 // of > self.tenths:
            self.tenths = done * 10 // of
            self.say(f"  step {done} of {of}\n")

    def end(self) -> None:
        if self.out.isatty():
            self.say("\r\033[K")

    def say(self, words: str) -> None:
        print(words, end="", file=self.out, flush=True)
