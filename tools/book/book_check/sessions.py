"""Which page belongs to which session: one table, and the same in the introduction."""

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from .links import targets
from .page import Page
from .problem import Problem

TABLE = "tools/book/sessions.txt"
INTRODUCTION = "introduction.md"
BEYOND = "## Beyond the session"

_TO_COME = re.compile(r"\s*#[^\n]*\n\s*This chapter is still to come")
_ROW_OF_INTRODUCTION = re.compile(r"\|\s*(\d+)\s*\|(.*)")
_PAGE_OF_ROW = re.compile(r"\]\(([^)#]+\.md)\)")


@dataclass
class Sessions:
    pages: dict[int, list[str]] = field(default_factory=dict)  # of each session, below src/
    beyond: list[str] = field(default_factory=list)
    beside: list[str] = field(default_factory=list)
    unread: list[int] = field(default_factory=list)  # lines of the table that are no row

    @property
    def chapters(self) -> list[str]:
        """The pages that keep the rules of a chapter, in the order of the table."""
        return [page for pages in self.pages.values() for page in pages] + self.beyond


def read(root: Path) -> Sessions:
    sessions = Sessions()
    for number, line in enumerate((root / TABLE).read_text(encoding="utf-8").splitlines(), start=1):
        match line.split():
            case [] | ["#", *_]:
                pass
            case ["session", session, *pages] if session.isdigit() and pages:
                sessions.pages.setdefault(int(session), []).extend(pages)
            case ["beyond", *pages] if pages:
                sessions.beyond += pages
            case ["beside", *pages] if pages:
                sessions.beside += pages
            case _:
                sessions.unread.append(number)
    return sessions


def is_to_come(page: Page) -> bool:
    """Whether the page only holds the place of a chapter."""
    return _TO_COME.match("\n".join(page.lines)) is not None


def check(root: Path, pages: dict[str, Page], sessions: Sessions) -> list[Problem]:
    """`pages` by their paths below src/."""
    found = [
        Problem(TABLE, number, "sessions", "this line is no row") for number in sessions.unread
    ]
    rows = Counter(sessions.chapters + sessions.beside)
    for name in sorted(set(rows) - set(pages)):
        found.append(Problem(TABLE, 0, "sessions", f"there is no page {name}"))
    for name in pages:
        if rows[name] != 1:
            times = "in no row" if not rows[name] else "in more than one row"
            found.append(Problem(f"src/{name}", 0, "sessions", f"this page stands {times}"))
    if INTRODUCTION in pages:
        found += _introduction(pages[INTRODUCTION], sessions)
    for session_pages in sessions.pages.values():
        for name in session_pages:
            if name in pages:
                found += _dependences(root, pages[name], sessions)
    return found


def _introduction(page: Page, sessions: Sessions) -> list[Problem]:
    """The introduction's table has a row for each session, with its pages in their order."""
    where, told = f"src/{INTRODUCTION}", {}
    for number, line in enumerate(page.prose, start=1):
        row = _ROW_OF_INTRODUCTION.match(line)
        if row:
            told[int(row[1])] = (number, _PAGE_OF_ROW.findall(row[2]))
    return [
        Problem(
            where,
            told[session][0] if session in told else 0,
            "sessions",
            f"the pages of session {session} are not those of {TABLE}",
        )
        for session in sorted(set(told) | set(sessions.pages))
        if session not in told or told[session][1] != sessions.pages.get(session)
    ]


def _dependences(root: Path, page: Page, sessions: Sessions) -> list[Problem]:
    """A page of a session leads to what comes after the sessions only below the heading for it."""
    where = page.path.relative_to(root).as_posix()
    outside = {(root / "src" / name).resolve() for name in sessions.beyond}
    below = _lines_below(page, BEYOND)
    return [
        Problem(
            where, number, "beyond", f"{target} is beyond the session: link to it below {BEYOND}"
        )
        for number, target in targets(page)
        if number not in below and (page.path.parent / urlsplit(target).path).resolve() in outside
    ]


def _lines_below(page: Page, heading: str) -> range:
    """The numbers of the lines from this heading to the next that is not below it."""
    if heading not in page.prose:
        return range(0)
    start = page.prose.index(heading) + 1
    after = (n for n in range(start, len(page.prose)) if re.match(r"#{1,2} ", page.prose[n]))
    return range(start, next(after, len(page.prose)) + 1)
