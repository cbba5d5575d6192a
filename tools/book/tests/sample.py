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

    def problems(self) -> list[Problem]:
        return problems(self.root, programs.find(ROOT))

    def assert_finds(self, rule: str, words: str) -> None:
        """At least one problem is found, all of them are of this rule, and one has these words."""
        found = self.problems()
        self.assertEqual({problem.rule for problem in found}, {rule}, found)
        self.assertTrue(any(words in problem.what for problem in found), found)
