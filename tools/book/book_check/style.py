"""Words that this book does without: they sell, or tell who is stuck that it is their fault."""

import re
from pathlib import Path

from .page import Page
from .problem import Problem

BANNED = (
    "basically",
    "blazing",
    "clearly",
    "cutting-edge",
    "delve",
    "easily",
    "effortless",
    "effortlessly",
    "in this chapter we",
    "in this chapter, we",
    "it should be noted",
    "just",
    "merely",
    "needless to say",
    "obviously",
    "of course",
    "powerful",
    "seamless",
    "seamlessly",
    "simply",
    "state-of-the-art",
    "trivial",
    "trivially",
)

_WORDS = re.compile(r"(?<![\w-])(" + "|".join(map(re.escape, BANNED)) + r")(?![\w-])", re.I)


def check(root: Path, page: Page) -> list[Problem]:
    where = page.path.relative_to(root).as_posix()
    return [
        Problem(where, number, "style", f'"{word}" says nothing here: leave it out')
        for number, line in enumerate(page.prose, start=1)
        for word in _WORDS.findall(line)
    ]
