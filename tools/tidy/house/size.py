"""Sizes: of files, functions and lines. The limits may be lowered, never raised: a test holds them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from house.blocks import Function, functions
from house.source import Problem, Source

FILE_LINES = 600
FUNCTION_LINES = 70
LINE_COLUMNS = 100
SCRIPT_COLUMNS = 120  # no formatter breaks the lines of scripts

SCRIPT_FUNCTION = re.compile(
    r"^(?P<indent>\s*)(?:export\s+)?(?:async\s+)?(?:function\s+(?P<js>\w+)|(?P<sh>\w+)\s*\(\))"
)


def check(source: Source) -> Iterator[Problem]:
    if not source.is_source:
        return
    if len(source.lines) > FILE_LINES:
        message = f"{len(source.lines)} lines, {FILE_LINES} are allowed: split it by subject"
        yield Problem(source.path, FILE_LINES, "file-lines", message)
    columns = LINE_COLUMNS if source.is_cpp else SCRIPT_COLUMNS
    for number, line in enumerate(source.lines, 1):
        if len(line) > columns:
            message = f"{len(line)} columns, {columns} are allowed"
            yield Problem(source.path, number, "line-columns", message)
    for function in functions_of(source):
        if function.lines > FUNCTION_LINES:
            message = f"{function.name} has {function.lines} lines, {FUNCTION_LINES} are allowed"
            yield Problem(source.path, function.line, "function-lines", message)


def functions_of(source: Source) -> list[Function]:
    if source.is_cpp:
        return functions(source)
    if source.kind == ".py":
        return python_functions(source)
    if source.kind in (".sh", ".js", ".mjs"):
        return script_functions(source)
    return []


def python_functions(source: Source) -> list[Function]:
    defined = (ast.FunctionDef, ast.AsyncFunctionDef)
    tree = ast.parse(source.text, source.path)
    return [Function(node.name, node.lineno, node.end_lineno or node.lineno)
            for node in ast.walk(tree) if isinstance(node, defined)]


def script_functions(source: Source) -> list[Function]:
    """Bash and JavaScript: from `name() {` or `function name(` to the brace of the same indent."""
    found = []
    for number, line in enumerate(source.lines, 1):
        match = SCRIPT_FUNCTION.match(line)
        if match is None:
            continue
        end = match["indent"] + "}"
        rest = enumerate(source.lines[number - 1 :], number)
        last = next((at for at, text in rest if text.rstrip() in (end, end + ";")), number)
        found.append(Function(match["js"] or match["sh"], number, last))
    return found
