"""How long a page takes: what is counted, what the page says, and what a session adds up to."""

import math
import re
from dataclasses import dataclass
from pathlib import Path

from . import captures, includes
from .page import Fence, Page
from .problem import Problem
from .sessions import Sessions, is_to_come

WORDS_A_MINUTE = 180
LINES_OF_CODE_A_MINUTE = 10
MINUTES_TO_TYPE = 0.5  # a command: to say what one expects, and to type it
SESSION_MINUTES = 90
OWN_MINUTES = 30
MAY_BE_OFF = 0.25  # of what is counted; a minute where that is less

_STATED = re.compile(r"About (\d+) minutes?: (\d+) to read, (\d+) to run, (\d+) to do\.(?:\s|$)")
_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*\s*$")
_EXERCISE = re.compile(r"Exercise\b")
_EXERCISE_WITH_MINUTES = re.compile(r"Exercise\b.* \((\d+) minutes?\)$")
_TAG = re.compile(r"<[^>]*>")
_TARGET = re.compile(r"\]\([^)]*\)|^\s*\[[^\]]+\]:.*")
_WORD = re.compile(r"\w[\w'’.-]*")


@dataclass(frozen=True)
class Minutes:
    read: float = 0
    run: float = 0
    do: float = 0

    @property
    def sum(self) -> float:
        return self.read + self.run + self.do

    @property
    def own(self) -> float:
        return self.run + self.do

    def __add__(self, other: "Minutes") -> "Minutes":
        return Minutes(self.read + other.read, self.run + other.run, self.do + other.do)

    def rounded(self) -> "Minutes":
        return Minutes(*(math.floor(part + 0.5) for part in (self.read, self.run, self.do)))


def counted(root: Path, page: Page, measured: captures.Times) -> Minutes:
    """By what stands on the page in sight; what is folded away counts nothing."""
    aside = _folded(page) | _lines_of_exercises(page)
    words = sum(
        _words(line) for number, line in enumerate(page.prose, start=1) if number not in aside
    )
    lines_of_code, run = 0, 0.0
    for fence in page.fences:
        if fence.line in aside or fence.language.lower() == "mermaid":
            continue
        lines = [line.strip() for line in includes.shown(page, fence) if line.strip()]
        if fence.language.lower() == "console":
            typed = [line for line in lines if line.startswith(captures.PROMPT)]
            words += sum(_words(line) for line in lines if line not in typed)
            run += len(typed) * MINUTES_TO_TYPE + _seconds(root, page, fence, measured) / 60
        else:
            lines_of_code += len(lines)
    read = words / WORDS_A_MINUTE + lines_of_code / LINES_OF_CODE_A_MINUTE
    return Minutes(read, run, float(sum(_exercises(page).values())))


def stated(page: Page) -> tuple[int, list[int]] | None:
    """The line and the four figures of the sentence before the first section; None without it."""
    for number, line in enumerate(page.prose, start=1):
        if line.startswith("## "):
            break
        match = _STATED.match(line)
        if match:
            return number, [int(figure) for figure in match.groups()]
    return None


def check(root: Path, page: Page, measured: captures.Times) -> list[Problem]:
    """Of a chapter that is written: the sentence is there, and true."""
    where = page.path.relative_to(root).as_posix()
    found = [
        Problem(where, number, "time", 'an exercise says how long it takes: "... (10 minutes)"')
        for number, minutes in _exercises(page).items()
        if not minutes
    ]
    real = counted(root, page, measured)
    told = stated(page)
    if told is None:
        return [
            *found,
            Problem(
                where,
                0,
                "time",
                f"no line before the first section says how long this takes: {sentence(real)}",
            ),
        ]
    number, (total, *parts) = told
    if total != sum(parts):
        found.append(Problem(where, number, "time", f"{total} is not the sum of the three"))
    counts = {"read": real.read, "run": real.run, "do": real.do}
    for said, (name, minutes) in zip(parts, counts.items(), strict=True):
        if abs(said - minutes) > max(1, minutes * MAY_BE_OFF):
            found.append(
                Problem(where, number, "time", f"{said} to {name}, but {minutes:.1f} are counted")
            )
    return found


def sentence(minutes: Minutes) -> str:
    """How a page states these minutes."""
    whole = minutes.rounded()
    plural = "minute" if whole.sum == 1 else "minutes"
    return (
        f"About {whole.sum} {plural}: {whole.read} to read, {whole.run} to run, {whole.do} to do."
    )


@dataclass
class Session:
    number: int
    pages: dict[str, Minutes]  # those that are written
    to_come: list[str]
    stated: int  # the sum of what the pages say

    @property
    def minutes(self) -> Minutes:
        return sum(self.pages.values(), Minutes())


def by_session(root: Path, pages: dict[str, Page], sessions: Sessions) -> list[Session]:
    """The minutes that are counted, in the order of the sessions."""
    measured = captures.read_times(root)
    result = []
    for number, names in sorted(sessions.pages.items()):
        written = [name for name in names if name in pages and not is_to_come(pages[name])]
        result.append(
            Session(
                number,
                {name: counted(root, pages[name], measured) for name in written},
                [name for name in names if name not in written],
                sum(told[1][0] for name in written if (told := stated(pages[name]))),
            )
        )
    return result


def check_session(session: Session, table: str) -> list[Problem]:
    """Of a session whose pages are all written."""
    minutes = session.minutes
    found = []
    if minutes.sum > SESSION_MINUTES:
        found.append(f"takes {minutes.sum:.1f} minutes: {SESSION_MINUTES} are the most")
    if session.stated > SESSION_MINUTES:
        found.append(f"takes {session.stated} minutes by its pages: {SESSION_MINUTES} are the most")
    if minutes.own < OWN_MINUTES:
        found.append(
            f"leaves {minutes.own:.1f} minutes to run and to do: {OWN_MINUTES} are the least"
        )
    return [Problem(table, 0, "session-time", f"session {session.number} {what}") for what in found]


def table(sessions: list[Session]) -> list[str]:
    """For people: a line for each page, and one for each session."""
    lines = [f"{'':44}  read   run    do   sum"]
    for session in sessions:
        for name, minutes in session.pages.items():
            lines.append(_row(f"  {name}", minutes))
        lines += [f"  {name:42}  still to come" for name in session.to_come]
        lines.append(_row(f"session {session.number}", session.minutes))
    return lines


def _row(name: str, minutes: Minutes) -> str:
    figures = (minutes.read, minutes.run, minutes.do, minutes.sum)
    return f"{name:44}" + "".join(f"{figure:6.1f}" for figure in figures)


def _words(line: str) -> int:
    return len(_WORD.findall(_TAG.sub(" ", _TARGET.sub(" ", line))))


def _folded(page: Page) -> set[int]:
    """The lines inside <details>, but for those of the summary, which are always in sight."""
    lines, inside, in_summary = set(), False, False
    for number, line in enumerate(page.prose, start=1):
        inside = inside or "<details" in line
        in_summary = in_summary or "<summary" in line
        if inside and not in_summary:
            lines.add(number)
        in_summary = in_summary and "</summary>" not in line
        inside = inside and "</details>" not in line
    return lines


def _headings(page: Page) -> list[tuple[int, int, str]]:
    """The line, the depth and the words of each heading."""
    found = [(number, _HEADING.match(line)) for number, line in enumerate(page.prose, start=1)]
    return [(number, len(match[1]), match[2]) for number, match in found if match]


def _exercises(page: Page) -> dict[int, int]:
    """The minutes of each exercise, by the line of its heading; 0 where it states none."""
    minutes = {}
    for number, _, words in _headings(page):
        if _EXERCISE.match(words):
            match = _EXERCISE_WITH_MINUTES.match(words)
            minutes[number] = int(match[1]) if match else 0
    return minutes


def _lines_of_exercises(page: Page) -> set[int]:
    """From the heading of an exercise to the next that is not below it: its minutes count them."""
    headings = _headings(page)
    lines: set[int] = set()
    for i, (start, depth, words) in enumerate(headings):
        if _EXERCISE.match(words):
            after = (number for number, other, _ in headings[i + 1 :] if other <= depth)
            lines |= set(range(start, next(after, len(page.lines) + 1)))
    return lines


def _seconds(root: Path, page: Page, fence: Fence, measured: captures.Times) -> float:
    """How long the captured commands of this block ran when they were captured."""
    return sum(measured.get(part, 0) for part in captures.parts_in(root, page, fence))
