"""What the book quotes of ./lab, ./lab says."""

import re
from pathlib import Path

from .page import Page
from .problem import Problem

HEADING = "## When ./lab says no"
_SPEAKERS = ("lab", "tools/setup/*.sh", "tools/lab/*.cpp")
_SPAN = re.compile(r"`([^`]+)`")


def check(root: Path, page: Page) -> list[Problem]:
    """The first column of the first table below HEADING; "…" stands for what varies."""
    if HEADING not in page.lines:
        return []
    spoken = _all_words(root)
    where = page.path.relative_to(root).as_posix()
    return [
        Problem(where, number, "message", f"./lab never says {quote}")
        for number, quote in _quotes(page.lines)
        if not all(part in spoken for part in _parts(quote))
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


def _parts(quote: str) -> list[str]:
    return [part.strip() for part in quote.split("…") if part.strip(" .'()")]


def _all_words(root: Path) -> str:
    files = sorted(path for pattern in _SPEAKERS for path in root.glob(pattern))
    return "\n".join(path.read_text(encoding="utf-8") for path in files)
