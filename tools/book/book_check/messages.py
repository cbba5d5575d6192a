"""What the book quotes of ./lab, ./lab says; and why its set-up may stop, the book tells."""

import re
from pathlib import Path

from .page import Page
from .problem import Problem

HEADING = "## When ./lab says no"
_SETUP = ("lab", "tools/setup/*.sh")
_SPEAKERS = (*_SETUP, "tools/lab/*.cpp")
_SPAN = re.compile(r"`([^`]+)`")
_REFUSAL = re.compile(r'\bfail "([^"]+)"')


def check(root: Path, page: Page) -> list[Problem]:
    """The first column of the first table below HEADING; "…" stands for what varies."""
    if HEADING not in page.lines:
        return []
    spoken = _words_of(root, _SPEAKERS)
    refusals = _REFUSAL.findall(_words_of(root, _SETUP))
    quotes = _quotes(page.lines)
    where = page.path.relative_to(root).as_posix()
    found = [
        Problem(where, number, "message", f"./lab never says {quote}")
        for number, quote in quotes
        if not _says(spoken, quote)
    ]
    heading = page.lines.index(HEADING) + 1
    return found + [
        Problem(where, heading, "message", f"no row tells what helps when ./lab says {refusal}")
        for refusal in refusals
        if not any(_says(refusal, quote) for _, quote in quotes)
    ]


def _quotes(lines: list[str]) -> list[tuple[int, str]]:
    quotes, inside = [], False
    for number, line in enumerate(lines[lines.index(HEADING) :], start=lines.index(HEADING) + 1):
        if line.startswith("|"):
            inside = True
            quotes += [(number, quote) for quote in _SPAN.findall(line.split(" | ")[0])]
        elif inside:
            break
    return quotes


def _says(words: str, quote: str) -> bool:
    parts = [part.strip() for part in quote.split("…") if part.strip(" .'()")]
    return all(part in words for part in parts)


def _words_of(root: Path, patterns: tuple[str, ...]) -> str:
    files = sorted(path for pattern in patterns for path in root.glob(pattern))
    return "\n".join(path.read_text(encoding="utf-8") for path in files)
