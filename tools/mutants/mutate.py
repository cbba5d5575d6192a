"""Finds the places where a core can be broken a little, and writes a copy with all of them in it.

Each place gets a number. The copy behaves as the original until the environment variable LAB_MUTANT
names one of them (mutant.hpp), so that one build serves all mutants.
"""

import re
from dataclasses import dataclass
from pathlib import Path

COMPARISON = re.compile(r" (<=|>=|==|!=|<|>) ")
NAMES = {
    "<": "less",
    "<=": "less_equal",
    ">": "greater",
    ">=": "greater_equal",
    "==": "equal",
    "!=": "not_equal",
}
SWAPPED = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}
LITERAL = re.compile(r"(?<![\w.'\"])(\d[\d']*)(?![\w.'\"])")
CONDITION = re.compile(r"\b(if|while) \(")
DECLARED = re.compile(r"(?:const )?[\w:]+[*&]* ?[*&]?(\w+) = ")
# A statement that does something: a call, an assignment, a step. Declarations start otherwise.
STATEMENT = re.compile(r"^\s+(?:\+\+|--)?[a-z_]\w*(?:\(|\.|->|\[|;| [-+]?=(?: |$)|\+\+|--)")
NOT_DROPPED = re.compile(
    r"^\s+(?:return|const|auto|static|core::|std::visit|using|case|default|break|continue|if|for|while)\b"
)
SKIPPED_LINE = re.compile(r"^\s*(?://|#)|constexpr|\bcase\b|core::require")


@dataclass
class Mutant:
    number: int
    file: str
    line: int
    what: str  # "negated", "dropped", "< for <=", "1 more than 0"
    text: str  # of the line

    def place(self) -> str:
        return f"{self.file} | {self.what} | {self.text}"


class Copy:
    """One source file, with its mutants in it."""

    def __init__(self, path: Path, first: int, without: set):
        self.name = path.name
        self.lines = path.read_text().split("\n")
        self.next = first
        self.without = without  # numbers of mutants that do not compile
        self.mutants = []
        self.result = []

    def number(self, line: int, what: str) -> int | None:
        number = self.next
        self.next += 1
        if number in self.without:
            return None
        text = self.lines[line].strip()
        self.mutants.append(Mutant(number, self.name, line + 1, what, text))
        return number

    def rewrite(self) -> str:
        inside = False
        at = 0
        while at < len(self.lines):
            line = self.lines[at]
            if line.startswith("}"):
                inside = False
            if not inside or SKIPPED_LINE.search(line) or line.strip() == "":
                self.result.append(line)
                # A function's body begins where a line at the margin, or its last, opens a brace.
                inside = inside or (line.endswith("{") and not line.startswith("namespace"))
                at += 1
                continue
            at = self.statement(at)
        return '#include "mutant.hpp"\n' + "\n".join(self.result)

    def statement(self, at: int) -> int:
        """Rewrites the lines from `at` that belong together; the first line behind them."""
        end = at
        if STATEMENT.match(self.lines[at]) and not NOT_DROPPED.match(self.lines[at]):
            while not self.lines[end].rstrip().endswith(";") and end - at < 12:
                end += 1
            text = "\n".join(self.lines[at : end + 1])
            whole = text.count("(") == text.count(")") and text.count("{") == text.count("}")
            if whole and text.rstrip().endswith(";"):
                number = self.number(at, "dropped")
                rewritten = [self.expressions(i) for i in range(at, end + 1)]
                if number is not None:
                    indent = re.match(r"\s*", self.lines[at]).group()
                    rewritten[0] = f"{indent}if (!mutant::is({number})) {rewritten[0].strip()}"
                self.result.extend(rewritten)
                return end + 1
        self.result.append(self.expressions(at))
        return at + 1

    def expressions(self, at: int) -> str:
        line = self.lines[at]
        code, slash, comment = line.partition("  //")
        if not SKIPPED_LINE.search(code):
            pieces = re.split(r'("(?:[^"\\]|\\.)*")', code)
            for i in range(0, len(pieces), 2):  # what stands between texts in quotes
                pieces[i] = self.comparisons(at, self.literals(at, pieces[i]))
            code = self.conditions(at, "".join(pieces))
        return code + slash + comment

    def literals(self, at: int, code: str) -> str:
        def more(found):
            number = self.number(at, f"1 more than {found.group(1)}")
            literal = found.group(1)
            return literal if number is None else f"mutant::shifted({number}, {literal})"

        return LITERAL.sub(more, code)

    def comparisons(self, at: int, code: str) -> str:
        def swapped(found):
            sign = found.group(1)
            number = self.number(at, f"{SWAPPED[sign]} for {sign}")
            if number is None:
                return found.group(0)
            return f" {sign} mutant::{NAMES[sign]}({number}) {sign} "

        return COMPARISON.sub(swapped, code)

    def conditions(self, at: int, code: str) -> str:
        found = CONDITION.search(code)
        if not found:
            return code
        start = found.end()
        depth = 1
        for end in range(start, len(code)):
            depth += {"(": 1, ")": -1}.get(code[end], 0)
            if depth == 0:
                break
        else:
            return code  # it goes on in the next line
        condition = code[start:end]
        declared = DECLARED.match(condition)
        number = self.number(at, "negated")
        if number is None:
            return code
        if declared:
            condition = f"{condition}; mutant::negated({number}, static_cast<bool>({declared[1]}))"
        else:
            condition = f"mutant::negated({number}, static_cast<bool>({condition}))"
        return code[:start] + condition + code[end:]


def mutate(files: list, folder: Path, without: set) -> list:
    """Writes the copies of `files` into `folder`; all mutants that are in them."""
    mutants = []
    first = 1
    for path in files:
        copy = Copy(path, first, without)
        (folder / path.name).write_text(copy.rewrite())
        mutants += copy.mutants
        first = copy.next
    return mutants
