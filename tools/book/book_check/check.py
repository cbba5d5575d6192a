"""All the checks of the book, in one go."""

import re
import tempfile
from pathlib import Path

from . import (
    captures,
    capturing,
    diagrams,
    includes,
    links,
    messages,
    output,
    probe,
    self_check,
    sessions,
    style,
    times,
)
from .page import Page, read
from .problem import Problem
from .programs import Programs

PREREQUISITES = "reference/prerequisites.md"
_CHAPTER = re.compile(r"\[([^\]]+)\]\(([^)]*)\)")


def pages_of(root: Path) -> dict[str, Page]:
    """The pages, each by its path below src/."""
    source = root / "src"
    paths = sorted(path for path in source.rglob("*.md") if path != source / "SUMMARY.md")
    return {path.relative_to(source).as_posix(): read(path) for path in paths}


def problems(root: Path, programs: Programs, live: bool = False) -> list[Problem]:
    """Everything that is wrong with the book under `root`, in the order of the pages; with `live`
    the systems are started, too, whose transcripts it shows."""
    root = root.resolve()
    named = pages_of(root)
    pages = list(named.values())
    found = _summary(root, pages) + _chapters(root, named) + capturing.check(root, live)
    for page in pages:
        found += includes.check(root, page) + links.check(root, page) + style.check(root, page)
        found += diagrams.check(root, page) + messages.check(root, page)
        found += _languages(root, page) + _prerequisites(root, page)
    beside = [read(path) for path in sorted(root.glob("*.md"))]  # shown by code hosts alone
    for page in beside:
        found += diagrams.check(root, page)
    with tempfile.TemporaryDirectory(prefix="book-check-") as folder:
        built = Path(folder).resolve() / "book"
        broken = output.build(root, programs, built)
        found += broken
        if built.is_dir() and not broken:
            found += output.check(built) + probe.check(root, pages + beside, built, programs)
    return sorted(set(found))


def _chapters(root: Path, pages: dict[str, Page]) -> list[Problem]:
    """What holds for the pages of the sessions, and for those beyond them."""
    table = sessions.read(root)
    found = sessions.check(root, pages, table)
    measured = captures.read_times(root)
    written = {
        name: pages[name]
        for name in table.chapters
        if name in pages and not sessions.is_to_come(pages[name])
    }
    for page in written.values():
        found += times.check(root, page, measured) + self_check.check(root, page)
        found += captures.check_page(root, page)
    for session in times.by_session(root, pages, table):
        if not session.to_come:
            asked = [q for name in session.pages for q in self_check.questions(written[name])]
            found += times.check_session(session, sessions.TABLE)
            found += self_check.check_session(session.number, asked, sessions.TABLE)
    return found


def _summary(root: Path, pages: list[Page]) -> list[Problem]:
    """Every page is a chapter, and every chapter a page."""
    summary = read(root / "src" / "SUMMARY.md")
    found, listed = [], set()
    for number, line in enumerate(summary.lines, start=1):
        for title, target in _CHAPTER.findall(line):
            path = (root / "src" / target).resolve()
            if not target or not path.is_file():
                found.append(Problem("src/SUMMARY.md", number, "summary", f"{title} has no page"))
            listed.add(path)
    return found + [
        Problem(
            page.path.relative_to(root).as_posix(),
            0,
            "summary",
            "no chapter of SUMMARY.md is this page",
        )
        for page in pages
        if page.path.resolve() not in listed
    ]


def _languages(root: Path, page: Page) -> list[Problem]:
    where = page.path.relative_to(root).as_posix()
    return [
        Problem(where, fence.line, "language", "this code block names no language")
        for fence in page.fences
        if not fence.language
    ]


def _prerequisites(root: Path, page: Page) -> list[Problem]:
    wanted = root / "src" / PREREQUISITES
    if page.path == wanted or links.leads_to(page, wanted):
        return []
    where = page.path.relative_to(root).as_posix()
    return [Problem(where, 0, "prerequisites", f"this page has no link to {PREREQUISITES}")]
