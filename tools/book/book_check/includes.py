"""Listings come out of tested code: code is included, and what a page includes is there."""

import re
from pathlib import Path

from .page import Fence, Page
from .problem import Problem

# Where code stands that the tests build and run, or that they compare with a fresh run.
TESTED = ("examples", "lib", "exercises", "src/generated")

_CPP = {"c", "cc", "c++", "cpp", "cxx", "h", "h++", "hh", "hpp", "hxx"}
_PYTHON = {"gyp", "py", "py3", "python", "python3"}
_TYPESCRIPT = {"javascript", "js", "jsx", "mjs", "ts", "tsx", "typescript"}
LISTING_LANGUAGES = _CPP | _PYTHON | _TYPESCRIPT

PSEUDO_CODE = {"plaintext", "text", "txt"}
PSEUDO_CODE_LINES = 10

_DIRECTIVE = re.compile(r"(\\?)\{\{\s*#(\w+)\s*([^}]*)\}\}")
_HTML_CODE = re.compile(r"<pre\b", re.I)
_ANCHOR = re.compile(r"ANCHOR:\s*([\w-]+)")
_ANCHOR_END = re.compile(r"ANCHOR_END:\s*([\w-]+)")


def check(root: Path, page: Page) -> list[Problem]:
    where = page.path.relative_to(root).as_posix()
    found = [
        Problem(where, number, rule, what)
        for number, line in enumerate(page.lines, start=1)
        for rule, what in _directives(root, page.path, line)
    ]
    found += [
        Problem(where, number, "typed-code", "a block of code in HTML: write a fenced block")
        for number, line in enumerate(page.prose, start=1)
        if _HTML_CODE.search(line)
    ]
    for fence in page.fences:
        found += [
            Problem(where, fence.line, rule, what) for rule, what in _fence(root, page.path, fence)
        ]
    return found


def _directives(root: Path, page: Path, line: str):
    for escaped, name, argument in _DIRECTIVE.findall(line):
        if escaped or name == "title":
            continue
        if name != "include":
            yield "include", f"#{name} is not used in this book: write #include with an anchor"
            continue
        problem = _include(root, page, argument.strip())
        if problem:
            yield "include", problem


def _include(root: Path, page: Path, argument: str) -> str | None:
    """What is wrong with one include; None when it finds something."""
    name, _, anchor = argument.partition(":")
    path = (page.parent / name).resolve()
    if not path.is_relative_to(root.resolve()):
        return f"{name} lies outside the project"
    if not path.is_file():
        return f"there is no {name} to include"
    lines = path.read_text(encoding="utf-8").splitlines()
    if re.fullmatch(r"[\d:]+", anchor):
        return f"{argument} names line numbers, which move: name an anchor"
    if anchor:
        return _anchored(name, anchor, lines)
    return None if any(line.strip() for line in lines) else f"{name} is empty"


def shown(page: Page, fence: Fence) -> list[str]:
    """The lines that a reader sees in this block, with what it includes."""
    lines = []
    for line in fence.body:
        lines += _included(*_target(page.path, line)) if _is_include(line) else [line]
    return lines


def included_files(page: Page, fence: Fence) -> list[tuple[Path, str]]:
    """The files that this block includes, each with its anchor, "" for none."""
    return [_target(page.path, line) for line in fence.body if _is_include(line)]


def _target(page: Path, line: str) -> tuple[Path, str]:
    name, _, anchor = _DIRECTIVE.search(line)[3].strip().partition(":")
    return (page.parent / name).resolve(), anchor


def _included(path: Path, anchor: str) -> list[str]:
    """What mdBook puts in the place of an include; nothing where it finds nothing."""
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    return anchored(anchor, lines) if anchor else lines


def anchored(anchor: str, lines: list[str]) -> list[str]:
    """The lines between the two ends of an anchor, without other anchors."""
    inside, within = [], False
    for line in lines:
        if anchor in _ANCHOR_END.findall(line):
            within = False
        elif within and "ANCHOR" not in line:
            inside.append(line)
        within = within or anchor in _ANCHOR.findall(line)
    return inside


def _anchored(name: str, anchor: str, lines: list[str]) -> str | None:
    starts = [i for i, line in enumerate(lines) if anchor in _ANCHOR.findall(line)]
    ends = [i for i, line in enumerate(lines) if anchor in _ANCHOR_END.findall(line)]
    if not starts:
        return f"{name} has no anchor {anchor}"
    if len(starts) > 1 or len(ends) > 1:
        return f"{name} has the anchor {anchor} twice"
    if not ends or ends[0] < starts[0]:
        return f"the anchor {anchor} of {name} has no end"
    filled = any(line.strip() for line in anchored(anchor, lines))
    return None if filled else f"the anchor {anchor} of {name} holds nothing"


def _fence(root: Path, page: Path, fence: Fence):
    if not fence.closed:
        yield "fence", "this block is never closed"
    language = fence.language.lower()
    filled = [line for line in fence.body if line.strip()]
    typed = [line for line in filled if not _is_include(line)]
    if language in LISTING_LANGUAGES:
        if typed or not filled:
            yield (
                "typed-code",
                f"a {language} block must be included by anchor from tested code, not typed",
            )
        for line in filled:
            if _is_include(line):
                yield from _source_of_listing(root, page, line)
    elif language in PSEUDO_CODE and len(typed) > PSEUDO_CODE_LINES:
        yield (
            "pseudo-code",
            f"{len(typed)} lines of text: pseudo-code has at most {PSEUDO_CODE_LINES}",
        )


def _is_include(line: str) -> bool:
    return re.fullmatch(r"\s*\{\{\s*#include\s+[^}]+\}\}\s*", line) is not None


def _source_of_listing(root: Path, page: Path, line: str):
    path, anchor = _target(page, line)
    name = _DIRECTIVE.search(line)[3].strip().partition(":")[0]
    is_captured = path.is_relative_to((root / "src/generated").resolve())
    if not anchor and not is_captured:
        yield "typed-code", f"the listing {name} names no anchor"
    if not any(path.is_relative_to((root / folder).resolve()) for folder in TESTED):
        yield "typed-code", f"the listing {name} is not in tested code ({', '.join(TESTED)})"
