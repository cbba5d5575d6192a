"""Reads the hashes that a simulator program prints, and finds where builds disagree."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

LINE = re.compile(r"(\d+) ([0-9a-f]{16})")


class BadOutput(Exception):
    """A program printed something else than one hash for each seed that it was asked for."""


def read_hashes(text: str, seeds: range) -> list[str]:
    """The hash of each of `seeds`, in order. Raises BadOutput on any other output."""
    lines = text.splitlines()
    for seed, line in zip(seeds, lines):
        match = LINE.fullmatch(line)
        if match is None or int(match[1]) != seed:
            raise BadOutput(f"expected `{seed} HASH` (16 hexadecimal digits), got `{line[:80]}`")
    if len(lines) != len(seeds):
        raise BadOutput(f"expected {len(seeds)} lines, got {len(lines)}")
    return [line.split()[1] for line in lines]


@dataclass(frozen=True)
class Difference:
    """The first seed on which two builds disagree, and on how many they do."""

    build: str
    reference: str
    seed: int
    hash: str
    reference_hash: str
    count: int


def hash_of(hashes: list[str]) -> str:
    """One short name for a whole list of hashes, to compare builds by eye."""
    return hashlib.sha256("\n".join(hashes).encode()).hexdigest()[:16]


def differences(hashes: dict[str, list[str]], seeds: range) -> list[Difference]:
    """Each build that disagrees with the first one, at its first seed that differs."""
    names = list(hashes)
    found = []
    for name in names[1:]:
        pairs = zip(seeds, hashes[names[0]], hashes[name])
        wrong = [(seed, expected, got) for seed, expected, got in pairs if expected != got]
        if wrong:
            seed, expected, got = wrong[0]
            found.append(Difference(name, names[0], seed, got, expected, len(wrong)))
    return found
