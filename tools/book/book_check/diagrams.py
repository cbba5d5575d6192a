"""A Mermaid block parses, has a title, and is followed by the same thing in words."""

import re
from pathlib import Path

from .page import Fence, Page
from .problem import Problem

_TITLE = re.compile(r"^\s*accTitle\s*:\s*\S")
_WORDS_AT_LEAST = 8


def blocks(page: Page) -> list[Fence]:
    return [fence for fence in page.fences if fence.language.lower() == "mermaid"]


def check(root: Path, page: Page) -> list[Problem]:
    where = page.path.relative_to(root).as_posix()
    found = []
    for fence in blocks(page):
        if not any(_TITLE.match(line) for line in fence.body):
            found.append(
                Problem(where, fence.line, "diagram-words", "this diagram has no accTitle line")
            )
        problem = _words_after(page, fence)
        if problem:
            found.append(Problem(where, fence.line, "diagram-words", problem))
    return found


def _words_after(page: Page, fence: Fence) -> str | None:
    rest = "\n".join(page.lines[fence.after :]).lstrip()
    match = re.match(r"<details>\s*<summary>.+?</summary>(.*?)</details>", rest, re.S)
    if not match:
        return "no <details><summary>...</summary> with the diagram in words follows this diagram"
    if len(re.findall(r"\w+", match[1])) < _WORDS_AT_LEAST:
        return "what follows this diagram does not tell it in words"
    return None
