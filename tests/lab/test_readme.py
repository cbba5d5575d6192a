"""What the README tells a reader to type does what it says, and links beside the book lead somewhere."""

import re
import subprocess
import unittest
from pathlib import Path

from labtest import ROOT, LabTest, free_port

README = (ROOT / "README.md").read_text()
FOLDERS = ("bench", "bugs", "docs", "examples", "lib", "tests", "tools")


def commands() -> list[list[str]]:
    blocks = re.findall(r"(?ms)^```sh\n(.*?)^```", README)
    return [line.split() for block in blocks for line in block.splitlines() if line.strip()]


def pages_beside_the_book() -> list[Path]:
    """Every Markdown file of the project but those of the book, which has a check of its own."""
    ours = [page for name in FOLDERS for page in (ROOT / name).rglob("*.md")]
    return sorted([*ROOT.glob("*.md"), *ours])


def heading_anchors(page: Path) -> set[str]:
    headings = re.findall(r"(?m)^#+ +(.+)$", page.read_text())
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def is_broken(page: Path, target: str) -> bool:
    """Whether a link of this page, relative to it, leads nowhere."""
    name, _, anchor = target.partition("#")
    file = (page.parent / name).resolve() if name else page
    return not file.exists() or (anchor != "" and anchor not in heading_anchors(file))


class Pages(unittest.TestCase):
    def test_every_link_leads_somewhere(self):
        broken = [
            f"{page.relative_to(ROOT)}: {target}"
            for page in pages_beside_the_book()
            for target in re.findall(r"\]\(([^)\s:]+)\)", page.read_text())
            if is_broken(page, target)
        ]
        self.assertEqual(broken, [])

    def test_a_link_that_leads_nowhere_is_noticed(self):
        readme = ROOT / "README.md"
        self.assertFalse(is_broken(readme, "CONTRIBUTING.md#house-rules"))
        self.assertTrue(is_broken(readme, "NOTHING.md"))
        self.assertTrue(is_broken(readme, "CONTRIBUTING.md#no-such-heading"))

    def test_the_list_of_decisions_has_every_decision_under_its_title(self):
        folder = ROOT / "docs/decisions"
        listed = re.findall(r"(?m)^\| \[(\d+)\]\((.+?)\) \| (.+) \|$", (folder / "README.md").read_text())
        there = [
            (file.name[:4], file.name, file.read_text().splitlines()[0].removeprefix("# "))
            for file in sorted(folder.glob("[0-9]*.md"))
        ]
        self.assertEqual(listed, there)


class Readme(LabTest):
    def test_it_opens_with_up_and_test(self):
        self.assertEqual(commands()[:2], [["./lab", "up"], ["./lab", "test"]])

    def test_every_command_works_in_the_order_of_the_page(self):
        """`./lab up` runs beside the rest, at other ports; `./lab test` is what runs this."""
        self.addCleanup(self.lab, "down")
        running = None
        for command in commands():
            self.assertEqual(command[0], "./lab")
            arguments = command[1:]
            if arguments == ["test"]:
                self.assertIn("unit", self.lab_ok("test", "--list"))
            elif arguments == ["up"]:
                running = self.start_up()
            else:
                self.lab_ok(*arguments)
        self.assertEqual(running.wait(), 0, "./lab down ends ./lab up cleanly")

    def start_up(self) -> subprocess.Popen:
        ports = [f"--port={name}={free_port()}" for name in ("book", "queue", "consensus")]
        return self.in_foreground(*ports, seconds=600.0)


