"""What belongs beside what: tests with names, parts with a README, bugs with a story, files that
some build uses; and what no text may hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from house.source import Problem, Source

UNFINISHED = re.compile("TO" "DO|FIX" "ME|XX" "X:")
TEST = re.compile(
    r"^(?:TYPED_TEST|TEST|TEST_F|TEST_P|RC_GTEST_PROP)\(\s*(\w+),\s*(\w+)", re.MULTILINE
)
PYTHON_TEST = re.compile(r"^\s*def (test_?\w*)\(", re.MULTILINE)
EMPTY_NAMES = {"test", "tests", "basic", "simple", "works", "ok", "case", "misc", "other", "foo"}
# Such a line is what is left of a long comment that the formatter has broken: // ---- Name -----
BROKEN_RULE = re.compile(r"^\s*(?://|#) ?[-=]{4,}$")


def check(source: Source) -> Iterator[Problem]:
    for number, line in enumerate(source.lines, 1):
        match = UNFINISHED.search(line)
        if match is not None:
            message = f"`{match[0]}`: do it, or leave it out"
            yield Problem(source.path, number, "unfinished", message)
        if source.is_cpp and BROKEN_RULE.match(line):
            message = "a separator broken over two lines: shorten it to fit"
            yield Problem(source.path, number, "separator", message)
    if source.is_cpp and source.path.endswith("_test.cpp"):
        yield from check_test_names(source, TEST)
    if source.kind == ".py" and PurePosixPath(source.path).name.startswith("test_"):
        yield from check_test_names(source, PYTHON_TEST)


def check_test_names(source: Source, pattern: re.Pattern[str]) -> Iterator[Problem]:
    found = False
    for match in pattern.finditer(source.text):
        found = True
        if not says_something(match[match.lastindex or 1]):
            line = source.text.count("\n", 0, match.start(match.lastindex or 1)) + 1
            message = f"`{match[match.lastindex or 1]}`: name the promise that the test proves"
            yield Problem(source.path, line, "test-name", message)
    if not found:
        yield Problem(source.path, 1, "no-test", "a test file without a test")


def words_of(name: str) -> list[str]:
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)]


def says_something(name: str) -> bool:
    """Whether a test's name has at least two words of its own: not `Test1`, not `BasicTest`."""
    return sum(not word.isdigit() and word not in EMPTY_NAMES for word in words_of(name)) >= 2


def check_repository(sources: list[Source], paths: set[str]) -> Iterator[Problem]:
    """What only the whole list of files shows."""
    parts = {str(PurePosixPath(*PurePosixPath(path).parts[:2])) for path in paths
             if path.startswith("lib/") and len(PurePosixPath(path).parts) > 2}
    for part in sorted(parts):
        if f"{part}/README.md" not in paths:
            yield Problem(part, 1, "readme", "a part of lib/ without a README.md")
    for path in sorted(paths):
        file = PurePosixPath(path)
        if file.parts[0] == "bugs" and file.suffix == ".diff":
            if str(file.with_suffix(".md")) not in paths:
                yield Problem(path, 1, "bug-story", "a bug without the .md that tells its story")
    yield from check_built(sources)


def check_built(sources: list[Source]) -> Iterator[Problem]:
    """Every .cpp file is named in a CMake file of its folder or one above: no dead files."""
    cmake = {source.path: source.text for source in sources if source.kind == ".cmake"}
    for source in sources:
        if source.kind != ".cpp":
            continue
        path = PurePosixPath(source.path)
        texts = [cmake.get(str(folder / "CMakeLists.txt"), "") for folder in path.parents]
        texts += [text for name, text in cmake.items() if name.startswith("cmake/")]
        if not any(re.search(rf"\b{re.escape(path.stem)}\b", text) for text in texts):
            yield Problem(source.path, 1, "not-built", "no CMake file names it")
