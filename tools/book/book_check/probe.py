"""Asks the very scripts that the reader's browser runs: Mermaid's parser and the highlighter."""

import json
import subprocess
from pathlib import Path

from . import diagrams
from .page import Page
from .problem import Problem
from .programs import Programs

_SCRIPT = Path(__file__).with_name("probe.mjs")


def check(root: Path, pages: list[Page], built: Path, programs: Programs) -> list[Problem]:
    drawings = [(page, fence) for page in pages for fence in diagrams.blocks(page)]
    listings = [
        (page, fence)
        for page in pages
        for fence in page.fences
        if fence.language and fence.language.lower() != "mermaid"
    ]
    if not drawings and not listings:
        return []
    verdict = _ask(
        programs,
        {
            "mermaid": str(programs.modules / "@mermaid-js/tiny/dist/mermaid.tiny.js"),
            "highlighter": str(next(built.glob("highlight-*.js"))),
            "diagrams": ["\n".join(fence.body) for _, fence in drawings],
            "languages": sorted({fence.language for _, fence in listings}),
        },
    )
    found = [
        Problem(_where(root, page), fence.line, "diagram", f"Mermaid cannot read this: {error}")
        for (page, fence), error in zip(drawings, verdict["diagrams"], strict=True)
        if error
    ]
    return found + [
        Problem(
            _where(root, page),
            fence.line,
            "language",
            f"the highlighter does not know {fence.language}",
        )
        for page, fence in listings
        if fence.language in verdict["unknown"]
    ]


def _where(root: Path, page: Page) -> str:
    return page.path.relative_to(root).as_posix()


def _ask(programs: Programs, question: dict) -> dict:
    run = subprocess.run(
        [programs.node, str(_SCRIPT), str(programs.modules)],
        input=json.dumps(question),
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode != 0:
        raise RuntimeError(f"{_SCRIPT.name} failed:\n{run.stderr}")
    return json.loads(run.stdout)
