"""Builds the book, and looks at what mdBook made of it."""

import re
import subprocess
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from .problem import Problem
from .programs import Programs

_LOADING = {
    "audio",
    "embed",
    "iframe",
    "img",
    "input",
    "object",
    "script",
    "source",
    "track",
    "video",
}
_LOADING_LINKS = {"icon", "manifest", "modulepreload", "prefetch", "preload", "stylesheet"}
_CSS_URL = re.compile(r"url\(\s*[\"']?([^\"')]+)|@import\s+[\"']([^\"']+)")


@dataclass
class Html:
    ids: set[str] = field(default_factory=set)
    links: list[tuple[int, str]] = field(default_factory=list)
    loads: list[tuple[int, str]] = field(default_factory=list)
    plain_code: list[int] = field(default_factory=list)  # lines of blocks without a language
    images_without_words: list[int] = field(default_factory=list)
    base: str = ""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.html = Html()
        self._in_pre = False

    def handle_starttag(self, tag, attrs):
        named = {name: value or "" for name, value in attrs}
        line = self.getpos()[0]
        if "id" in named:
            self.html.ids.add(named["id"])
        if tag == "a":
            self.html.ids.add(named.get("name", ""))
            if "href" in named:
                self.html.links.append((line, named["href"]))
        if tag == "base":
            self.html.base = named.get("href", "")
        self._note_loads(tag, named, line)
        self._note_code(tag, named, line)
        if tag == "img" and not named.get("alt", "").strip():
            self.html.images_without_words.append(line)

    def _note_loads(self, tag, named, line):
        if tag in _LOADING:
            wanted = ("src", "srcset", "data", "poster")
        elif tag == "link" and _LOADING_LINKS & set(named.get("rel", "").split()):
            wanted = ("href",)
        else:
            wanted = ()
        self.html.loads += [(line, named[name]) for name in wanted if named.get(name)]
        self.html.loads += [(line, url) for url in css_urls(named.get("style", ""))]

    def _note_code(self, tag, named, line):
        if tag == "pre":
            self._in_pre = True
        elif tag == "code" and self._in_pre:
            if not any(c.startswith("language-") for c in named.get("class", "").split()):
                self.html.plain_code.append(line)

    def handle_endtag(self, tag):
        if tag == "pre":
            self._in_pre = False


def css_urls(text: str) -> list[str]:
    return [a or b for a, b in _CSS_URL.findall(text)]


def build(root: Path, programs: Programs, into: Path) -> list[Problem]:
    """Runs mdBook. What it warns of counts as a problem."""
    run = subprocess.run(
        [programs.mdbook, "build", "--dest-dir", str(into), str(root)],
        capture_output=True,
        text=True,
        check=False,
    )
    spoken = [line.strip() for line in (run.stdout + run.stderr).splitlines() if line.strip()]
    told = [line for line in spoken if not line.startswith("INFO")]
    if run.returncode != 0 and not told:
        told = [f"mdbook build ended with {run.returncode}"]
    return [Problem("book.toml", 0, "build", line) for line in told]


def check(into: Path) -> list[Problem]:
    pages = {}
    found = []
    for path in sorted(into.rglob("*.html")):
        reader = _Reader()
        reader.feed(path.read_text(encoding="utf-8"))
        pages[path] = reader.html
    for path, html in pages.items():
        found += _page(into, path, html, pages)
    for path in sorted(into.rglob("*.css")):
        found += [
            Problem(_name(into, path), 0, "outside", f"loads {url}")
            for url in css_urls(path.read_text(encoding="utf-8"))
            if _is_outside(url)
        ]
    return found


def _name(into: Path, path: Path) -> str:
    return f"book/{path.relative_to(into).as_posix()}"


def _page(into: Path, path: Path, html: Html, pages: dict[Path, Html]) -> list[Problem]:
    name = _name(into, path)
    found = [
        Problem(name, n, "outside", f"loads {url}") for n, url in html.loads if _is_outside(url)
    ]
    found += [
        Problem(name, n, "language", "a code block without a language") for n in html.plain_code
    ]
    found += [
        Problem(name, n, "diagram-words", "an image without alt text")
        for n in html.images_without_words
    ]
    folder = (
        into if html.base else path.parent
    )  # 404.html is served for any path, so it has a base
    for line, url in html.links:
        problem = None if _is_outside(url) else _broken(folder, path, url, pages)
        if problem:
            found.append(Problem(name, line, "link", problem))
    return found


def _is_outside(url: str) -> bool:
    parts = urlsplit(url.strip())
    return bool(parts.netloc) or parts.scheme not in ("", "data")


def _broken(folder: Path, path: Path, url: str, pages: dict[Path, Html]) -> str | None:
    parts = urlsplit(url)
    target = (folder / unquote(parts.path)).resolve() if parts.path else path
    if target.is_dir():
        target = target / "index.html"
    if not target.is_file():
        return f"{url}: there is no such file in the built book"
    if parts.fragment and unquote(parts.fragment) not in pages.get(target, Html()).ids:
        return f"{url}: there is no such anchor in the built book"
    return None
