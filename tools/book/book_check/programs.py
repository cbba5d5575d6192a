"""Finds mdBook and Node: what ./lab has installed comes first, then what is on the PATH."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

MDBOOK = "0.5.4"
NODE_AT_LEAST = (22, 12)  # what jsdom and Mermaid ask for


class Missing(Exception):
    """Something that the checks need is not there; the text says what, and the mend."""


@dataclass(frozen=True)
class Programs:
    mdbook: str
    node: str
    modules: Path  # node_modules


def find(root: Path) -> Programs:
    modules = root / "node_modules"
    for package in ("@mermaid-js/tiny", "jsdom"):
        if not (modules / package / "package.json").is_file():
            raise Missing(
                f"node_modules has no {package}: run npm ci, or ./lab test, which does it"
            )
    return Programs(_mdbook(root), _node(root), modules)


def _mdbook(root: Path) -> str:
    for candidate in _candidates(root, "mdbook"):
        if _output(candidate, "--version").removeprefix("mdbook v") == MDBOOK:
            return candidate
    raise Missing(f"mdBook {MDBOOK} was not found: ./lab book build installs it")


def _node(root: Path) -> str:
    for candidate in _candidates(root, "node"):
        version = re.match(r"v(\d+)\.(\d+)", _output(candidate, "--version"))
        if version and (int(version[1]), int(version[2])) >= NODE_AT_LEAST:
            return candidate
    wanted = ".".join(map(str, NODE_AT_LEAST))
    raise Missing(f"Node {wanted} or newer was not found: ./lab book build installs it")


def _candidates(root: Path, program: str) -> list[str]:
    installed = [root / ".lab/python/bin" / program, root / ".lab/node/bin" / program]
    found = [str(path) for path in installed if os.access(path, os.X_OK)]
    on_path = shutil.which(program)
    return found + ([on_path] if on_path else [])


def _output(program: str, *arguments: str) -> str:
    try:
        return subprocess.run(
            [program, *arguments], capture_output=True, text=True, check=False
        ).stdout.strip()
    except OSError:
        return ""
