"""What the archives of cores ask of the outside. A call of libc needs no library and no header of
ours, so that neither CMake nor a ban on words can see it; the symbol table does."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from house.source import Problem


@dataclass(frozen=True)
class Entry:
    """What the archive of that name may ask for, or any archive when the name is empty."""

    archive: str
    pattern: re.Pattern[str]


@dataclass(frozen=True)
class AllowList:
    entries: tuple[Entry, ...]

    def allows(self, archive: str, symbol: str) -> bool:
        return any(entry.archive in ("", archive) and entry.pattern.fullmatch(symbol)
                   for entry in self.entries)


def read_allow_list(text: str) -> AllowList:
    """One symbol or regular expression (between slashes) a line, for one archive alone when
    `ARCHIVE:` stands in front; # begins a comment."""
    entries = []
    for line in text.splitlines():
        archive, _, name = line.partition("#")[0].rpartition(":")
        name = name.strip()
        if name.startswith("/") and name.endswith("/") and len(name) > 2:
            entries.append(Entry(archive.strip(), re.compile(name[1:-1])))
        elif name:
            entries.append(Entry(archive.strip(), re.compile(re.escape(name))))
    return AllowList(tuple(entries))


def undefined_symbols(nm_output: str) -> set[str]:
    """The names that `nm` marks U (undefined) or w (undefined, weak) and that no other file of the
    same archive defines."""
    defined, wanted = set(), set()
    for line in nm_output.splitlines():
        match = re.fullmatch(r"(?:[0-9a-f]+)?\s+([A-Za-z]) (\S+)", line)
        if match is None:
            continue
        (wanted if match[1] in "Uw" else defined).add(match[2])
    return wanted - defined


def nm(archive: Path) -> str:
    done = subprocess.run(["nm", str(archive)], text=True, capture_output=True, check=False)
    if done.returncode != 0:
        raise OSError(f"nm {archive}: {done.stderr.strip()}")
    return done.stdout


def readable(symbol: str) -> str:
    """The C++ name of a symbol."""
    done = subprocess.run(["c++filt", symbol], text=True, capture_output=True, check=False)
    return done.stdout.strip() or symbol


def check_archive(name: str, nm_output: str, allowed: AllowList) -> Iterator[Problem]:
    for symbol in sorted(undefined_symbols(nm_output)):
        if not allowed.allows(name, symbol):
            message = f"asks for `{readable(symbol)}` ({symbol}): a core asks nothing of its system"
            yield Problem(name, 1, "symbol", message)


def check_build(build: Path, allowed: AllowList) -> Iterator[Problem]:
    """Every archive that build/cores.txt names."""
    archives = (build / "cores.txt").read_text().split()
    if not archives:
        yield Problem(str(build / "cores.txt"), 1, "symbol", "names no archive")
    for archive in archives:
        yield from check_archive(Path(archive).name, nm(Path(archive)), allowed)
