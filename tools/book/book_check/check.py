"""All the checks of the book, in one go."""

import re
import tempfile
from pathlib import Path

from . import diagrams, includes, links, messages, output, probe, style
from .page import Page, read
from .problem import Problem
from .programs import Programs

PREREQUISITES = "reference/prerequisites.md"
_CHAPTER = re.compile(r"\[([^\]]+)\]\(([^)]*)\)")


def problems(root: Path, programs: Programs) -> list[Problem]:
    """Everything that is wrong with the book under `root`, in the order of the pages."""
    root = root.resolve()
    pages = [read(path) for path in sorted((root / "src").rglob("*.md")) if _is_page(root, path)]
    found = _summary(root, pages)
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


def _is_page(root: Path, path: Path) -> bool:
    inside = path.relative_to(root / "src")
    return inside.as_posix() != "SUMMARY.md" and inside.parts[0] != "generated"


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
