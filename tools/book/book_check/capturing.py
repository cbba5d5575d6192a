"""Runs the commands of a transcript and writes down, or compares, what a reader would see."""

import os
import random
import re
import signal
import socket
import subprocess
import tempfile
import textwrap
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from . import captures
from .captures import BadSpec, Capture, Step
from .problem import Problem

WIDTH = 100  # columns; a longer line is folded, as a terminal would, or cut with a mark
COMMAND_TAKES_AT_MOST_S = 1800  # a program that hangs must not hang the whole of ./lab test
ASK_AGAIN_S = 0.2
PORTS_OF_A_SYSTEM = 20
SYSTEMS = "tools/lab/systems.txt"


class Failed(Exception):
    """A command did not do what the description says; the text tells what it did."""


@dataclass
class Fresh:
    text: str
    times: captures.Times


@dataclass
class Place:
    """Where the commands run: the project itself, with a state folder and ports of their own."""

    root: Path
    state: Path
    ports: dict[int, int] = field(default_factory=dict)  # the ports of the course -> ours

    @property
    def environment(self) -> dict[str, str]:
        told = {"LAB_STATE": str(self.state), "NO_COLOR": "1", "LC_ALL": "C.UTF-8", "TERM": "dumb",
                "LAB_MINE": str(self.state / "my")}
        if self.ports:
            told["LAB_SYSTEMS"] = str(self.state.parent / "systems.txt")
        return os.environ | told

    def ours(self, command: str) -> str:
        return _with_ports(command, self.ports)

    def as_told(self, output: str) -> str:
        """The output as it is in a checkout where nothing was moved."""
        told = _with_ports(output, {ours: port for port, ours in self.ports.items()})
        return told.replace(str(self.state), "<course>/.lab").replace(str(self.root), "<course>")


def fresh(root: Path, capture: Capture) -> Fresh:
    """Runs it all now; Failed when a command does not do as described."""
    with _place(root) as place:
        try:
            return _run(place, capture)
        finally:
            for step in capture.steps:
                if step.kind == "after":
                    _command(place, step.text)


def check(root: Path, live: bool) -> list[Problem]:
    """What fresh runs say of the transcripts; with `live` also of those of running systems."""
    known = captures.names(root)
    found = [
        Problem(path.relative_to(root).as_posix(), 0, "capture", "nothing describes this file")
        for path in sorted((root / captures.GENERATED).glob("*"))
        if path.suffix != ".txt" or path.stem not in known
    ]
    for name in known:
        spec = f"{captures.SPECS}/{name}.txt"
        try:
            found += _compare(root, captures.read(root, name), live)
        except BadSpec as bad:
            found.append(Problem(spec, bad.number, "capture", str(bad)))
        except Failed as failed:
            found.append(Problem(spec, 0, "capture", str(failed)))
    return found


def _compare(root: Path, capture: Capture, live: bool) -> list[Problem]:
    where = f"{captures.GENERATED}/{capture.name}.txt"
    mend = f"./lab book capture {capture.name} writes it anew"
    kept = captures.transcript(root, capture.name)
    if kept is None:
        return [Problem(where, 0, "capture", f"is not there: {mend}")]
    if capture.live and not live:
        return []
    now = fresh(root, capture).text
    if now == kept:
        return []
    pairs = list(zip((kept + "\n").split("\n"), (now + "\n").split("\n"), strict=False))
    number = next((n for n, (old, new) in enumerate(pairs, start=1) if old != new), len(pairs))
    return [
        Problem(where, number, "capture", f"a fresh run says {pairs[number - 1][1]!r} here: {mend}")
    ]


def write(root: Path, name: str) -> captures.Times:
    """Writes src/generated/NAME.txt anew; how long its parts took."""
    taken = fresh(root, captures.read(root, name))
    file = root / captures.GENERATED / f"{name}.txt"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(taken.text, encoding="utf-8")
    times = captures.read_times(root)
    times = {key: s for key, s in times.items() if key.partition(":")[0] != name}
    captures.write_times(root, times | taken.times)
    return taken.times


def _run(place: Place, capture: Capture) -> Fresh:
    lines: list[str] = []
    times: captures.Times = {}
    part = ""
    for step in capture.steps:
        if step.kind == "unseen":
            _expect(step, *_command(place, step.text))
        elif step.kind == "part":
            lines += [*_end(part), f"# ANCHOR: {step.text}"]
            part = step.text
        elif step.kind != "after":
            started = time.monotonic()
            lines += _until(place, step) if step.kind == "until" else _shown(place, capture, step)
            key = f"{capture.name}:{part}" if part else capture.name
            times[key] = times.get(key, 0) + time.monotonic() - started
    return Fresh("\n".join([*lines, *_end(part)]) + "\n", times)


def _end(part: str) -> list[str]:
    return [f"# ANCHOR_END: {part}"] if part else []


def _shown(place: Place, capture: Capture, step: Step) -> list[str]:
    status, output = _command(place, step.text)
    _expect(step, status, output)
    try:
        chosen = captures.chosen(output, step.shows)
    except ValueError as error:
        raise Failed(f"{step.text}: {error}") from error
    lines = [f"{captures.PROMPT}{step.text}"] if step.kind == "run" else []
    for line in chosen:
        for pattern, words in capture.masks:
            line = re.sub(pattern, words, line)
        lines += _in_width(line, step.cut) if step.kind == "run" else [line]
    return lines


def _in_width(line: str, cut: bool) -> list[str]:
    if len(line) <= WIDTH:
        return [line]
    if cut:
        return [f"{line[: WIDTH - len(captures.GAP) - 1]} {captures.GAP}"]
    return textwrap.wrap(
        line,
        WIDTH,
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _expect(step: Step, status: int, output: list[str]) -> None:
    if status != step.status:
        last = output[-1] if output else "nothing"
        raise Failed(f"{step.text} ended with {status}, and said at last: {last}")


def _until(place: Place, step: Step) -> list[str]:
    """Asks again and again until the output has the pattern. It shows nothing."""
    give_up = time.monotonic() + COMMAND_TAKES_AT_MOST_S
    while True:
        _, output = _command(place, step.text)
        if re.search(step.pattern, "\n".join(output)):
            return []
        if time.monotonic() > give_up:
            raise Failed(f"{step.text} never said {step.pattern}")
        time.sleep(ASK_AGAIN_S)


def _command(place: Place, command: str) -> tuple[int, list[str]]:
    """Its exit status and its lines. What it leaves running may hold its output open."""
    with tempfile.TemporaryFile() as file:
        running = subprocess.Popen(
            ["bash", "-o", "pipefail", "-c", place.ours(command)],
            cwd=place.root,
            env=place.environment,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            status = running.wait(COMMAND_TAKES_AT_MOST_S)
        except BaseException as broken:  # also Ctrl-C, which a session of its own does not hear
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()
            if isinstance(broken, subprocess.TimeoutExpired):
                raise Failed(f"{command} hangs") from None
            raise
        file.seek(0)
        output = file.read().decode("utf-8", errors="replace")
    return status, [line.rstrip() for line in place.as_told(output).splitlines()]


@contextmanager
def _place(root: Path):
    with tempfile.TemporaryDirectory(prefix="book-capture-") as folder:
        place = Place(root, Path(folder) / "state")
        if (root / SYSTEMS).is_file():
            _move_ports(place)
        yield place


def _move_ports(place: Place) -> None:
    """A table of the systems with free ports, so that what the reader runs is left in peace."""
    table = (place.root / SYSTEMS).read_text(encoding="utf-8")
    for port in map(int, re.findall(r"^system \S+ (\d+)", table, re.M)):
        start = _free_block()
        place.ports |= {port + i: start + i for i in range(PORTS_OF_A_SYSTEM)}
        table = re.sub(rf"^(system \S+) {port}\b", rf"\g<1> {start}", table, flags=re.M)
    (place.state.parent / "systems.txt").write_text(table, encoding="utf-8")


def _free_block() -> int:
    """A port that is free, as are those above it; of four digits, like those of the course."""
    while True:
        start = random.randrange(5_000, 9_900, PORTS_OF_A_SYSTEM)
        if all(_is_free(start + i) for i in range(PORTS_OF_A_SYSTEM)):
            return start


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _with_ports(text: str, moved: dict[int, int]) -> str:
    """Numbers behind a colon or the word port, as addresses and messages have them."""
    return re.sub(
        r"(?<=:)\d{4,5}\b|(?<=port )\d{4,5}\b",
        lambda match: str(moved.get(int(match[0]), int(match[0]))),
        text,
    )
