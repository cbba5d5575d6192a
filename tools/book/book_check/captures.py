"""Transcripts: what to run for each, what of it is shown, and what pages may do with it.

A transcript NAME is described in tools/book/captures/NAME.txt and stands in src/generated/NAME.txt.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

from . import includes
from .page import Fence, Page
from .problem import Problem

SPECS = "tools/book/captures"
GENERATED = "src/generated"
TIMES = "tools/book/times.txt"
PROMPT = "$ "
GAP = "[...]"

Times = dict[str, float]  # seconds by NAME, or NAME:PART

_VISIBLE_MASK = re.compile(r"<[^<>]+>")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
_TYPED_LAB = re.compile(r"\s*(?:\$\s+)?\./lab\b")


class BadSpec(Exception):
    """A line of a description that is not understood: its number, and why."""

    def __init__(self, number: int, why: str) -> None:
        super().__init__(why)
        self.number = number


@dataclass
class Step:
    kind: str  # unseen, part, run, print, until, after
    text: str  # the command, or the name of the part
    pattern: str = ""  # until: what the command's output must have
    shows: list[tuple[str, ...]] = field(default_factory=list)  # which lines; none: all of them
    status: int = 0
    cut: bool = False  # long lines are cut, not folded


@dataclass
class Capture:
    name: str
    live: bool = False
    steps: list[Step] = field(default_factory=list)
    masks: list[tuple[str, str]] = field(default_factory=list)


def names(root: Path) -> list[str]:
    return sorted(path.stem for path in (root / SPECS).glob("*.txt"))


def read(root: Path, name: str) -> Capture:
    """The description of a transcript, or BadSpec."""
    capture = Capture(name)
    lines = (root / SPECS / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, start=1):
        if line.strip() and not line.startswith("#"):
            word, _, rest = line.strip().partition(" ")
            try:
                _add(capture, word, rest.strip())
            except (ValueError, re.error) as error:
                raise BadSpec(number, str(error)) from error
    if not any(step.kind in ("run", "print") for step in capture.steps):
        raise BadSpec(len(lines), "nothing is run")
    return capture


def _add(capture: Capture, word: str, rest: str) -> None:
    match word:
        case "live" if not rest:
            capture.live = True
        case "mask":
            pattern, words = _pair(rest)
            if not _VISIBLE_MASK.search(words):
                raise ValueError(f"{words}: what stands for something that varies is <such a word>")
            re.sub(pattern, words, "")  # are both well formed?
            capture.masks.append((pattern, words))
        case "part" if _NAME.fullmatch(rest):
            if any(step.kind in ("run", "print") for step in capture.steps) and not parts(capture):
                raise ValueError("the first part begins before the first command")
            capture.steps.append(Step(word, rest))
        case "until":
            command, pattern = _pair(rest)
            capture.steps.append(Step(word, command, _compiled(pattern)))
        case "unseen" | "run" | "print" | "after" if rest:
            capture.steps.append(Step(word, rest))
        case "first" | "last" | "lines" | "once" | "between" | "cut" | "exit":
            _show(capture, word, rest)
        case _:
            raise ValueError(f"{word} {rest}: not understood")


def _show(capture: Capture, word: str, rest: str) -> None:
    """Which lines of the command above are shown."""
    if not capture.steps or capture.steps[-1].kind not in ("run", "print"):
        raise ValueError(f"{word} stands below no run or print")
    step = capture.steps[-1]
    match word:
        case "exit":
            step.status = int(rest)
        case "cut":
            step.cut = True
        case "first" | "last":
            step.shows.append((word, str(int(rest))))
        case "between":
            start, end = _pair(rest)
            step.shows.append((word, _compiled(start), _compiled(end)))
        case _:
            step.shows.append((word, _compiled(rest)))


def _pair(text: str) -> tuple[str, str]:
    left, arrow, right = text.partition(" => ")
    if not arrow or not left.strip() or not right.strip():
        raise ValueError(f"{text}: two things with => between them are wanted")
    return left.strip(), right.strip()


def _compiled(pattern: str) -> str:
    if not pattern:
        raise ValueError("a pattern is wanted")
    re.compile(pattern)
    return pattern


def parts(capture: Capture) -> list[str]:
    return [step.text for step in capture.steps if step.kind == "part"]


def chosen(lines: list[str], shows: list[tuple[str, ...]]) -> list[str]:
    """The lines that are shown, with a mark where some are left out. Around a line that is shown
    `once` the mark always stands: what is beside it may differ from run to run. ValueError when
    there is no such line."""
    if not shows:
        return lines
    kept: set[int] = set()
    alone: set[int] = set()
    below = 0  # the line that the last `once` has taken
    for kind, *arguments in shows:
        indexes = set(_indexes(lines, below, kind, *arguments))
        if not indexes:
            raise ValueError(f"no line is shown by: {kind} {' => '.join(arguments)}")
        kept |= indexes
        if kind == "once":
            alone |= indexes
            below = max(indexes) + 1
    result: list[str] = []
    for index, line in enumerate(lines):
        if index not in kept or index in alone:
            _mark_gap(result)
        if index in kept:
            result.append(line)
        if index in alone:
            _mark_gap(result)
    return result


def _mark_gap(result: list[str]) -> None:
    if not result or result[-1] != GAP:
        result.append(GAP)


def _indexes(lines: list[str], below: int, kind: str, *arguments: str):
    match kind:
        case "first":
            return range(min(int(arguments[0]), len(lines)))
        case "last":
            return range(max(0, len(lines) - int(arguments[0])), len(lines))
        case "lines":
            return _having(lines, arguments[0], 0)
        case "once":
            return _having(lines, arguments[0], below)[:1]
        case _:  # between
            starts = _having(lines, arguments[0], 0)
            ends = _having(lines, arguments[1], starts[0] + 1) if starts else []
            return range(starts[0], ends[0] + 1) if ends else []


def _having(lines: list[str], pattern: str, start: int) -> list[int]:
    return [i for i in range(start, len(lines)) if re.search(pattern, lines[i])]


def read_times(root: Path) -> Times:
    file = root / TIMES
    if not file.is_file():
        return {}
    lines = file.read_text(encoding="utf-8").splitlines()
    rows = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    return {name: float(seconds) for name, seconds in rows}


def write_times(root: Path, times: Times) -> None:
    rows = "".join(f"{name} {seconds:.1f}\n" for name, seconds in sorted(times.items()))
    (root / TIMES).write_text(
        "# How long the commands of each transcript ran, in seconds, when it was captured last.\n"
        "# ./lab book capture writes it; the minutes to run come from it; nothing compares it.\n\n"
        + rows,
        encoding="utf-8",
    )


def transcript(root: Path, name: str) -> str | None:
    file = root / GENERATED / f"{name}.txt"
    return file.read_text(encoding="utf-8") if file.is_file() else None


def output_of(root: Path, command: str) -> list[str]:
    """The lines that transcripts show below this very command."""
    found = []
    for name in names(root):
        for block in f"\n{transcript(root, name) or ''}".split(f"\n{PROMPT}")[1:]:
            typed, *lines = block.splitlines()
            found += lines if typed == command else []
    return found


def parts_in(root: Path, page: Page, fence: Fence) -> list[str]:
    """The transcripts that a block includes, as read_times() names them."""
    found = []
    for path, anchor in includes.included_files(page, fence):
        if path.parent == (root / GENERATED).resolve():
            found.append(f"{path.stem}:{anchor}" if anchor else path.stem)
    return found


def check_page(root: Path, page: Page) -> list[Problem]:
    """Of a chapter: what ./lab is told, and what it answers, is captured and not typed."""
    where = page.path.relative_to(root).as_posix()
    found = []
    for fence in page.fences:
        for number, line in enumerate(fence.body, start=fence.line + 1):
            if _TYPED_LAB.match(line):
                what = "a command of ./lab is captured, not typed: see ./lab book capture --help"
            elif fence.language == "console" and _is_typed_output(line):
                what = "what a command prints is captured, not typed"
            else:
                continue
            found.append(Problem(where, number, "transcript", what))
        for part in parts_in(root, page, fence):
            name = part.partition(":")[0]
            if ":" not in part and "\n# ANCHOR_END: " in (transcript(root, name) or ""):
                found.append(
                    Problem(where, fence.line, "transcript", f"{name} has parts: name one of them")
                )
    return found


def _is_typed_output(line: str) -> bool:
    words = line.strip()
    return bool(words) and not words.startswith((PROMPT, "> ", "{{#include"))
