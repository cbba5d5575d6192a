"""Links as they stand in the Markdown, so that they work on a code host too."""

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from .page import Page, read
from .problem import Problem

_LINK = re.compile(r"\[(?:[^\[\]]|\[[^\]]*\])*\]\(\s*<?([^)\s>]*)>?(?:\s+[\"'(][^)]*)?\s*\)")
_DEFINITION = re.compile(r"^ {0,3}\[[^\]]+\]:\s*<?(\S+?)>?(?:\s|$)")
_REFERENCE = re.compile(r"\[([^\[\]]+)\]\[([^\[\]]*)\]")
_ATTRIBUTE = re.compile(
    r"<(?:a|img|source|video|audio|iframe)\b[^>]*?\s(?:href|src)\s*=\s*[\"']([^\"']*)[\"']"
)
_HTML_ID = re.compile(r"<[a-z][^>]*?\s(?:id|name)\s*=\s*[\"']([^\"']+)[\"']")


def targets(page: Page) -> list[tuple[int, str]]:
    """Every link of the page with its line."""
    found = []
    for number, line in enumerate(page.prose, start=1):
        for pattern in (_LINK, _ATTRIBUTE, _DEFINITION):
            found += [(number, target) for target in pattern.findall(line)]
    return found


def check(root: Path, page: Page) -> list[Problem]:
    where = page.path.relative_to(root).as_posix()
    found = []
    for number, target in targets(page):
        problem = _target(root, page, target)
        if problem:
            found.append(Problem(where, number, "link", problem))
    return found + _undefined_references(where, page)


def _undefined_references(where: str, page: Page) -> list[Problem]:
    defined = {
        match[1].lower()
        for match in (re.match(r"^ {0,3}\[([^\]]+)\]:", line) for line in page.prose)
        if match
    }
    return [
        Problem(where, number, "link", f"[{words}][{label}] is defined nowhere on this page")
        for number, line in enumerate(page.prose, start=1)
        for words, label in _REFERENCE.findall(line)
        if (label or words).lower() not in defined
    ]


def _target(root: Path, page: Page, target: str) -> str | None:
    if not target:
        return "a link leads nowhere"
    parts = urlsplit(target)
    if parts.scheme or parts.netloc:
        return _outside(target, parts)
    if parts.path.startswith("/"):
        return f"{target} starts at the root of a server: write it relative to this page"
    path = (page.path.parent / unquote(parts.path)).resolve() if parts.path else page.path
    if not path.is_relative_to((root / "src").resolve()):
        return f"{target} leaves the book: name the file instead of linking to it"
    if not path.is_file():
        return f"{target}: there is no such file"
    if not parts.fragment:
        return None
    if path.suffix != ".md" or unquote(parts.fragment) not in anchors(path):
        return f"{target}: there is no such heading"
    return None


def _outside(target: str, parts) -> str | None:
    local = parts.hostname in ("localhost", "127.0.0.1")
    if parts.scheme == "https" or parts.scheme == "mailto" or (parts.scheme == "http" and local):
        return None
    return f"{target}: a link out of the book uses https"


def anchors(path: Path) -> set[str]:
    page = read(path)
    named = {name for line in page.prose for name in _HTML_ID.findall(line)}
    return page.anchors | named


def leads_to(page: Page, wanted: Path) -> bool:
    """Whether the page has a link to the file `wanted`."""
    for _, target in targets(page):
        parts = urlsplit(target)
        if not parts.scheme and parts.path:
            if (page.path.parent / unquote(parts.path)).resolve() == wanted.resolve():
                return True
    return False
