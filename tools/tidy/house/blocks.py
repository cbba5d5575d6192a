"""Finds functions and data members in C++ by their braces. Enough for code that is formatted; no
compiler."""

from __future__ import annotations

import re
from dataclasses import dataclass

from house.source import Source

TEMPLATE = re.compile(r"^\s*template\s*<")
ACCESS = re.compile(r"^\s*(?:public|private|protected)\s*:(?!:)")
ATTRIBUTE = re.compile(r"^\s*\[\[[^\]]*\]\]")
TYPE = re.compile(r"^\s*(?:(?:inline|typedef|static|const|constexpr)\s+)*(class|struct|union)\b")
CONSTRAINED_TYPE = re.compile(r"^\s*requires\b.*\b(?:class|struct|union)\s+\w+[^()]*$", re.DOTALL)
SCOPE = re.compile(r"^\s*(?:inline\s+)?(?:namespace\b|extern\s*$)")
DATA = re.compile(r"^\s*(?:enum\b|(?:concept|using)\b)|=\s*$|\breturn\s*$")


@dataclass(frozen=True)
class Function:
    """A definition with its body: from the line of its first word to that of its last brace."""

    name: str
    line: int
    last_line: int

    @property
    def lines(self) -> int:
        return self.last_line - self.line + 1


@dataclass(frozen=True)
class Member:
    """A declaration within a class that is no function: `std::uint64_t count = 0`."""

    line: int
    text: str


@dataclass
class Block:
    """What one open brace began: "scope", "type", "function" or "data"."""

    kind: str
    head: str
    line: int


def without_prefix(head: str) -> str:
    """`head` without access specifiers, attributes and template parameters in front."""
    while True:
        match = ACCESS.match(head) or ATTRIBUTE.match(head)
        if match is not None:
            head = head[match.end() :]
            continue
        match = TEMPLATE.match(head)
        if match is None:
            return head
        depth, at = 1, match.end()
        while at < len(head) and depth > 0:
            arrow = head[at - 1] in "-="
            depth += (head[at] == "<") - (head[at] == ">" and not arrow)
            at += 1
        head = head[at:]


def kind_of(head: str) -> str:
    """What a brace begins, by the text between it and the end of what stands before."""
    if SCOPE.match(head):
        return "scope"
    if CONSTRAINED_TYPE.match(head) or (TYPE.match(head) and not head.rstrip().endswith(")")):
        return "type"
    if DATA.search(head) or ")" not in head:
        return "data"
    return "function"


def name_of(head: str) -> str:
    test = re.match(r"\s*(TEST\w*|RC_GTEST\w*)\s*\(([^)]*)\)", head)
    if test is not None:
        return f"{test[1]}({' '.join(test[2].split())})"
    match = re.search(r"([\w~:]+|operator\s*\S+?)\s*\(", head)
    return match[1] if match is not None else head.strip()[:40]


class Walk:
    """One pass over a file. Only braces where declarations may stand are looked at closely; what
    is inside a function or an initializer is counted and passed over."""

    def __init__(self, source: Source) -> None:
        self.code = source.code
        self.functions: list[Function] = []
        self.members: list[Member] = []
        self.open: list[Block] = []
        self.head_at = 0  # where the text before the next brace begins
        self.parens = 0
        self.line = 1
        for at, char in enumerate(self.code):
            if char == "\n":
                self.line += 1
            elif self.open and self.open[-1].kind in ("function", "data"):
                self.inside(at, char)
            else:
                self.outside(at, char)

    def first_line(self) -> int:
        """The line of the first word since head_at."""
        rest = self.code[self.head_at :]
        skipped = self.code[: self.head_at + len(rest) - len(rest.lstrip())]
        return skipped.count("\n") + 1

    def outside(self, at: int, char: str) -> None:
        if char in "()":
            self.parens += 1 if char == "(" else -1
        elif char == ";" and self.parens == 0:
            self.end_declaration(at)
        elif char == "{" and self.parens == 0:
            head = without_prefix(self.code[self.head_at : at])
            block = Block(kind_of(head), head, self.first_line())
            self.open.append(block)
            if block.kind in ("scope", "type"):
                self.head_at = at + 1
        elif char == "}" and self.parens == 0:
            if self.open:
                self.open.pop()
            self.head_at = at + 1

    def end_declaration(self, at: int) -> None:
        text = " ".join(without_prefix(self.code[self.head_at : at]).split())
        if self.open and self.open[-1].kind == "type" and "(" not in text and text:
            if not re.match(r"(using|friend|static|typedef|enum|class|struct)\b", text):
                self.members.append(Member(self.first_line(), text))
        self.head_at = at + 1

    def inside(self, at: int, char: str) -> None:
        if char == "{":
            self.open.append(Block("data", "", self.line))
        if char != "}":
            return
        block = self.open.pop()
        if self.open and self.open[-1].kind in ("function", "data"):
            return
        # After an initializer the same declaration goes on: `Host() : a_{1}, b_{2} {`, `int c_{3};`.
        after = self.code[at + 1 : at + 200].lstrip()[:1]
        if block.kind == "function" and after not in (",", "{"):
            self.functions.append(Function(name_of(block.head), block.line, self.line))
        if after not in (",", "{", ";", ")"):
            self.head_at = at + 1


def functions(source: Source) -> list[Function]:
    return Walk(source).functions


def members(source: Source) -> list[Member]:
    return Walk(source).members
