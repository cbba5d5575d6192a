"""One page of the book as Markdown: its fenced blocks, and the prose around them.

Only what the checks need of CommonMark is read here. Where it is not enough, the checks of the
built book (output.py) see what mdBook made of the page.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

_FENCE = re.compile(
    r"^(?P<indent>[ \t>]*(?:(?:[-*+]|\d+[.)])[ \t]+)?)(?P<marks>`{3,}|~{3,})(?P<info>.*)$"
)
_HEADING = re.compile(r"^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
_CODE_SPAN = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_COMMENT = re.compile(r"<!--.*?-->", re.S)


@dataclass
class Fence:
    line: int  # of the opening marks
    language: str  # the first word of what follows the marks; "" for none
    body: list[str] = field(default_factory=list)
    closed: bool = False
    after: int = 0  # the index, in the page's lines, of the first line behind the block


@dataclass
class Page:
    path: Path
    lines: list[str]
    fences: list[Fence]
    prose: list[str]  # the lines; those of blocks, code spans and comments are blanked

    @property
    def anchors(self) -> set[str]:
        return heading_ids(self.prose, self.lines)


def read(path: Path) -> Page:
    lines = path.read_text(encoding="utf-8").splitlines()
    fences: list[Fence] = []
    prose: list[str] = []
    marks = ""
    for number, line in enumerate(lines, start=1):
        match = _FENCE.match(line)
        if not marks and match and "`" not in match["info"]:
            marks = match["marks"]
            language = re.split(r"[\s,{]", match["info"].strip(), maxsplit=1)[0]
            fences.append(Fence(number, language))
            prose.append("")
        elif marks and _closes(line, marks):
            marks = ""
            fences[-1].closed = True
            fences[-1].after = number
            prose.append("")
        elif marks:
            fences[-1].body.append(line)
            prose.append("")
        else:
            prose.append(line)
    return Page(path, lines, fences, _without_code(prose))


def _closes(line: str, marks: str) -> bool:
    text = line.lstrip(" \t>").rstrip()
    return len(text) >= len(marks) and set(text) == {marks[0]}


def _blank(match: re.Match) -> str:
    return re.sub(r"[^\n]", " ", match[0])


def _without_code(prose: list[str]) -> list[str]:
    text = _COMMENT.sub(_blank, "\n".join(prose))
    # A code span does not reach across an empty line.
    paragraphs = re.split(r"(\n[ \t]*\n)", text)
    return "".join(
        re.sub(_CODE_SPAN.pattern, _blank, part, flags=re.S) for part in paragraphs
    ).split("\n")


def heading_ids(prose: list[str], lines: list[str]) -> set[str]:
    """The anchors of a page, by the rule that mdBook and code hosts share."""
    ids: set[str] = set()
    for blanked, line in zip(prose, lines, strict=True):
        match = _HEADING.match(line)
        if match and blanked.strip():
            ids.add(_unused(slug(match[2]), ids))
    return ids


def slug(heading: str) -> str:
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)  # a link counts by its words
    text = re.sub(r"[`*]", "", text).strip().lower()
    return "".join(
        "-" if c.isspace() else c for c in text if c.isalnum() or c in "_-" or c.isspace()
    )


def _unused(wanted: str, taken: set[str]) -> str:
    candidate, count = wanted, 0
    while candidate in taken:
        count += 1
        candidate = f"{wanted}-{count}"
    return candidate
