"""A small sound book in a folder of its own, which a test then breaks in one place."""

import shutil
import tempfile
import unittest
from pathlib import Path

from book_check import programs
from book_check.check import problems
from book_check.problem import Problem

ROOT = Path(__file__).resolve().parents[3]

_BOOK_TOML = """\
[book]
title = "Sample"
language = "en"

[build]
create-missing = false
"""

_SUMMARY = """\
# Summary

- [First](first.md)
- [Second](folder/second.md)
- [Prerequisites](reference/prerequisites.md)
"""

_FIRST = """\
# First

See [Prerequisites](reference/prerequisites.md), [below](#a-heading)
or [a heading elsewhere](folder/second.md#why-so).

## A heading

```cpp
{{#include ../examples/code.hpp:shown}}
```

```text
a sketch
```
"""

_SESSIONS = """\
beside first.md folder/second.md
beside reference/prerequisites.md
"""

DIAGRAM = """
```mermaid
flowchart LR
  accTitle: Two boxes
  a --> b
```

<details>
<summary>The diagram in words</summary>

An arrow leads from the box named a to the box named b.

</details>
"""

_SECOND = """\
# Second

## Why so?

Back to [Prerequisites](../reference/prerequisites.md).
"""

_CODE = """\
#pragma once
// ANCHOR: shown
int answer();
// ANCHOR_END: shown
// ANCHOR: nothing
// ANCHOR_END: nothing
// ANCHOR: open
"""


class SampleBook(unittest.TestCase):
    def setUp(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="sample-book-"))
        self.addCleanup(shutil.rmtree, self.root)
        self.write("book.toml", _BOOK_TOML)
        self.write("src/SUMMARY.md", _SUMMARY)
        self.write("src/first.md", _FIRST)
        self.write("src/folder/second.md", _SECOND)
        self.write("src/reference/prerequisites.md", "# Prerequisites\n")
        self.write("examples/code.hpp", _CODE)
        self.write("tools/book/sessions.txt", _SESSIONS)

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def replace(self, path: str, old: str, new: str) -> None:
        text = (self.root / path).read_text(encoding="utf-8")
        self.assertIn(old, text)
        self.write(path, text.replace(old, new))

    def append(self, path: str, text: str) -> None:
        self.write(path, (self.root / path).read_text(encoding="utf-8") + text)

    def problems(self, live: bool = False) -> list[Problem]:
        return problems(self.root, programs.find(ROOT), live)

    def assert_finds(self, rule: str, words: str) -> None:
        """At least one problem is found, all of them are of this rule, and one has these words."""
        self.assert_found(self.problems(), rule, words)

    def assert_found(self, found: list[Problem], rule: str, words: str) -> None:
        self.assertEqual({problem.rule for problem in found}, {rule}, found)
        self.assertTrue(any(words in problem.what for problem in found), found)


_QUESTION = """\
### {question}

<details class="choice">
<summary>Somebody else gets the task.</summary>

**Right.** The lease ends, whoever held it.
See it: `examples/01-demo/scenarios/dead.txt` says
`task 1 leased to bob`.

</details>

<details class="choice">
<summary>It is lost.</summary>

**Wrong.** The broker still has it, and knows that.

</details>

"""

QUESTIONS = (
    "What happens if a worker dies?",
    "What happens if a worker is slow?",
    "Who holds a task?",
    "Why is there a lease?",
)

_CHAPTER = """\
# First

About 41 minutes: 0 to read, 1 to run, 40 to do.

See [Prerequisites](reference/prerequisites.md).

```console
{{#include generated/greeting.txt}}
```

## Exercises

### Exercise 1: Greet everybody (40 minutes)

Greet them.

## Self-check

"""


class SampleChapter(SampleBook):
    """The sample book with a first page that is a whole session."""

    def setUp(self) -> None:
        super().setUp()
        self.write("examples/01-demo/scenarios/dead.txt", "4.282 s  |  task 1  leased to bob\n")
        self.write("tools/book/captures/greeting.txt", "run echo hello; echo world\n")
        self.write("src/generated/greeting.txt", "$ echo hello; echo world\nhello\nworld\n")
        asked = "".join(_QUESTION.format(question=question) for question in QUESTIONS)
        self.write("src/first.md", _CHAPTER + asked)
        self.write(
            "tools/book/sessions.txt",
            "session 1 first.md\nbeside folder/second.md reference/prerequisites.md\n",
        )
