"""One definition out of a file, for a page of the book: a function, or a type."""

import re


def definition(text: str, name: str) -> str:
    """From the comment above it to the line that closes it; empty when there is none. C++,
    TypeScript and Python as this project formats them: what belongs to it is indented deeper."""
    lines = text.splitlines()
    begins = re.compile(rf"^[^/#]*(?<![\w.>]){re.escape(name)}\b(\(.*[^;]|[^();]*[{{:])$")
    for at, line in enumerate(lines):
        if begins.match(line) and not line.lstrip().startswith(("return", "if", "while")):
            return "\n".join(lines[first_of(lines, at) : last_of(lines, at) + 1])
    return ""


def first_of(lines: list[str], at: int) -> int:
    while at > 0 and lines[at - 1].lstrip().startswith(("//", "# ", "@")):
        at -= 1
    return at


def last_of(lines: list[str], at: int) -> int:
    """A line that is no deeper than the first ends it, and belongs to it when it is a brace."""
    depth = indent(lines[at])
    last = at
    for number in range(at + 1, len(lines)):
        line = lines[number]
        if not line.strip():
            continue
        if indent(line) <= depth:
            closes = line.strip().startswith("}")
            if not line.strip().startswith(("}", ")")):
                break
            last = number
            if closes:
                break
        else:
            last = number
    return last


def indent(line: str) -> int:
    return len(line) - len(line.lstrip())
