"""A source file as the rules see it: its lines, its code without comments and literals, its
exemptions."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath

CPP = {".cpp", ".hpp"}
SCRIPT = {".py", ".sh", ".js", ".mjs", ".css", ".cmake"}
SHEBANG = {"python3": ".py", "bash": ".sh", "sh": ".sh", "node": ".mjs"}

EXEMPTION = re.compile(r"(?://|#) tidy: allow ([a-z-]+)(?: because (\S.*))?$")

# What the parts of C++ below hold is no code. A quote between digits separates them: 10'000.
NOT_CODE = re.compile(
    r"""
      //[^\n]*
    | /\*.*?\*/
    | R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)"
    | "(?:\\.|[^"\\\n])*"
    | (?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'
    """,
    re.VERBOSE | re.DOTALL,
)
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.MULTILINE)
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


@dataclass(frozen=True, order=True)
class Problem:
    """One breach of one rule."""

    path: str
    line: int
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message} [{self.rule}]"


@dataclass
class Exemption:
    """A comment that allows one rule to be broken in its own line, or in the next one when it
    stands alone."""

    line: int
    rule: str
    reason: str
    used: bool = False


def blank(match: re.Match[str]) -> str:
    """As many characters and lines as there were, with nothing in them."""
    return re.sub(r"[^\n]", " ", match[0])


@dataclass
class Source:
    """`path` is relative to the project's root, with forward slashes."""

    path: str
    text: str
    exemptions: list[Exemption] = field(init=False)

    def __post_init__(self) -> None:
        self.exemptions = []
        for number, line in enumerate(self.lines if self.is_source else [], 1):
            match = EXEMPTION.search(line)
            if match is None:
                continue
            alone = line.lstrip().startswith(match[0][:2].strip())
            self.exemptions.append(Exemption(number + alone, match[1], match[2] or ""))

    @cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @cached_property
    def kind(self) -> str:
        """The suffix that tells the language; of a script without one, by its first line."""
        name = PurePosixPath(self.path)
        if name.name == "CMakeLists.txt":
            return ".cmake"
        if name.suffix:
            return name.suffix
        first = self.lines[0] if self.lines else ""
        words = first.split() if first.startswith("#!") else [""]
        return SHEBANG.get(words[-1].rpartition("/")[2], "")

    @property
    def is_cpp(self) -> bool:
        return self.kind in CPP

    @property
    def is_source(self) -> bool:
        return self.is_cpp or self.kind in SCRIPT

    @property
    def is_test(self) -> bool:
        """Tests and fuzz targets, with the headers that only they share, run on the developer's
        machine alone."""
        name = r"_(test|fuzz)\.[ch]pp$|/(tests?|fuzz)/|/test_\w+\.hpp$"
        return re.search(name, self.path) is not None

    @cached_property
    def code(self) -> str:
        """C++ with comments, literals and preprocessor lines blanked: same lines, same columns."""
        return DIRECTIVE.sub(blank, NOT_CODE.sub(blank, self.text))

    @cached_property
    def includes(self) -> list[tuple[int, str, bool]]:
        """(line, path, whether in quotes) of each #include."""
        found = []
        for number, line in enumerate(self.lines, 1):
            match = INCLUDE.match(line)
            if match is not None:
                found.append((number, match[2], match[1] == '"'))
        return found

    def line_at(self, offset: int) -> int:
        """The line of a position in `code`."""
        return self.code.count("\n", 0, offset) + 1

    def matches(self, pattern: re.Pattern[str]) -> list[tuple[int, str]]:
        """(line, text) of what matches in the code."""
        return [(self.line_at(m.start()), m[0].strip()) for m in pattern.finditer(self.code)]

    def allows(self, line: int, rule: str) -> bool:
        """Whether an exemption covers this; it counts as used from then on."""
        for exemption in self.exemptions:
            if exemption.line == line and exemption.rule == rule:
                exemption.used = True
                return True
        return False
