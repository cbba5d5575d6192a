"""The questions at the end of a session: every choice is explained, and what is said happens."""

import re
from dataclasses import dataclass
from pathlib import Path

from . import captures
from .page import Page
from .problem import Problem

HEADING = "## Self-check"
QUESTIONS = range(4, 7)  # in a session
WORDS_AT_LEAST = 5  # of an explanation
WHAT_IF = "What happens if "

_CHOICE = re.compile(
    r'^<details class="choice">\n<summary>(.+?)</summary>\n\n(.*?)\n\n</details>$', re.S | re.M
)
_VERDICT = re.compile(r"\*\*(Right|Wrong)\.\*\*(.*)", re.S)
_SEEN = re.compile(r"See it: `([^`]+)` says `([^`]+)`")


@dataclass
class Question:
    line: int
    words: str
    body: str

    @property
    def is_what_if(self) -> bool:
        return self.words.startswith(WHAT_IF)


def questions(page: Page) -> list[Question]:
    """Each heading below HEADING, with what stands under it."""
    if HEADING not in page.prose:
        return []
    found: list[Question] = []
    start = page.prose.index(HEADING) + 1
    for number, line in enumerate(page.lines[start:], start=start + 1):
        is_heading = page.prose[number - 1].startswith("#")
        if is_heading and line.startswith(("# ", "## ")):
            break
        if is_heading and line.startswith("### "):
            found.append(Question(number, line.removeprefix("### ").strip(), ""))
        elif found:
            found[-1].body += line + "\n"
    return found


def check(root: Path, page: Page) -> list[Problem]:
    where = page.path.relative_to(root).as_posix()
    return [
        Problem(where, question.line, "self-check", what)
        for question in questions(page)
        for what in [*_choices(question), *_outcomes(root, question)]
    ]


def _choices(question: Question):
    choices = _CHOICE.findall(question.body)
    if len(choices) != question.body.count("<details") or len(choices) < 2:
        yield (
            f"{len(choices)} choices can be read: there are two or more, each a line "
            '<details class="choice">, a line <summary>...</summary>, an empty line, the '
            "explanation, an empty line and a line </details>"
        )
    right = 0
    for choice, explanation in choices:
        verdict = _VERDICT.match(explanation)
        if not verdict:
            yield f'"{choice}" is not explained: that begins with **Right.** or **Wrong.**'
            continue
        right += verdict[1] == "Right"
        if len(re.findall(r"\w+", verdict[2])) < WORDS_AT_LEAST:
            yield f'"{choice}" is not explained: say why it is {verdict[1].lower()}'
    if right != 1:
        yield f"{right} choices are right: one is"


def _outcomes(root: Path, question: Question):
    seen = _SEEN.findall(" ".join(question.body.split()))
    if question.is_what_if and not seen:
        yield (
            "what happens is to be seen: See it: `examples/SYSTEM/scenarios/NAME.txt` says `...`, "
            "or the command of a transcript in its place"
        )
    for source, words in seen:
        lines = _told_by(root, source)
        if not lines:
            yield f"{source} is neither a scenario of an example nor a command of a transcript"
        elif not any(words in " ".join(line.split()) for line in lines):
            yield f"{source} does not say {words}"


def _told_by(root: Path, source: str) -> list[str]:
    """The lines that tests compare with what the programs do: of a scenario those behind a bar."""
    path = root / source
    if re.fullmatch(r"examples/[\w-]+/scenarios/[\w-]+\.txt", source) and path.is_file():
        lines = path.read_text(encoding="utf-8").splitlines()
        return [line.partition("|")[2] for line in lines if "|" in line]
    return captures.output_of(root, source)


def check_session(number: int, asked: list[Question], table: str) -> list[Problem]:
    """Of a session whose pages are all written: how many questions, and of which kind."""
    found = []
    if len(asked) not in QUESTIONS:
        found.append(f"has {len(asked)} questions: {QUESTIONS[0]} to {QUESTIONS[-1]} are wanted")
    if 2 * sum(question.is_what_if for question in asked) < len(asked):
        found.append(f'asks less than half of its questions as "{WHAT_IF}..."')
    return [Problem(table, 0, "self-check", f"session {number} {what}") for what in found]
