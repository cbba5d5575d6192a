"""What must not stand in code whose runs are replayed: it would make the same seed give different
runs. The list is the design's; each entry says what to use instead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from house.blocks import members
from house.source import Problem, Source


@dataclass(frozen=True)
class Ban:
    rule: str
    pattern: re.Pattern[str]
    instead: str


def ban(rule: str, pattern: str, instead: str) -> Ban:
    return Ban(rule, re.compile(pattern), instead)


BANS = (
    ban("float", r"\b(?:float|double)\b|(?<![\w.'])\d[\d']*(?:\.\d|e[+-]?\d)",
        "rounding differs between machines: use integers, core::Ratio for chances"),
    ban("distribution", r"\b\w+_distribution\b|\bgenerate_canonical\b|\b(?:shuffle|sample)\s*\(",
        "each library draws in its own way: use core::Prng"),
    ban("random", r"\brandom_device\b|\bmt19937\w*|\bdefault_random_engine\b|\bs?rand(?:om)?\s*\(",
        "draw from the core::Prng that the seed made"),
    ban("unstable-sort", r"\bstd::(?:ranges::)?(?:sort|partial_sort|nth_element|partition)\b",
        "ties come out in any order: use std::stable_sort, or an ordered map"),
    ban("heap", r"\bpriority_queue\b|\b(?:make|push|pop|sort)_heap\b",
        "ties come out in any order: use an ordered map or set"),
    ban("unordered", r"\bunordered_(?:multi)?(?:map|set)\b",
        "its order differs between libraries: use std::map or std::set"),
    ban("pointer-order", r"\b(?:multi)?(?:map|set)<\s*(?:[^<>,;]*\*|std::(?:shared|unique)_ptr\b)"
        r"|\bstd::(?:less|greater)<[^<>,;]*\*",
        "addresses differ between runs: key by an id"),
    ban("word-size", r"\blong\b", "has 32 or 64 bits: use std::int64_t or std::uint64_t"),
    ban("clock", r"::now\s*\(|\b(?:time|clock|clock_gettime|gettimeofday|sleep|usleep)\s*\(",
        "time comes in as core::Now"),
    ban("thread", r"\bstd::(?:j?thread|this_thread|\w*mutex|atomic\w*|async|future|promise"
        r"|condition_variable\w*|call_once|latch|barrier|\w+_semaphore)\b|\bthread_local\b",
        "the order of threads is nobody's: a core has none"),
    ban("exception", r"\b(?:throw|try|catch)\b",
        "what can happen is a value: std::expected; a bug is core::require()"),
    ban("bytes", r"\breinterpret_cast\b|\bas_(?:writable_)?bytes\b|\bmemc(?:py|mp)\s*\(\s*&"
        r"|\(\s*(?:const\s+)?(?:unsigned\s+)?char\s*(?:const\s*)?\*\s*\)",
        "padding and byte order differ: encode field by field"),
    ban("char-sign", r"\b(?:std::)?(?:is(?:alnum|alpha|digit|space|upper|lower|punct|print|xdigit)"
        r"|to(?:upper|lower))\s*\(|\bchar\s+\w+\s*=\s*-|\bnumeric_limits<char>",
        "plain char is signed here and unsigned there: compare with literals, or as unsigned char"),
    ban("std-hash", r"\bstd::hash\b", "differs between libraries: use core::Digest"),
    ban("environment", r"\b(?:getenv|setlocale)\s*\(|\bstd::locale\b",
        "a run depends on its seed alone"),
)
HEADERS = re.compile(
    r"random|thread|mutex|shared_mutex|atomic|future|condition_variable|ctime|time\.h|filesystem"
    r"|fstream|unistd\.h|sys/.*|netinet/.*|arpa/.*|pthread\.h|latch|barrier|semaphore|unordered_\w+"
)
WORD = re.compile(r"\b(?:std::)?(?:size_t|ptrdiff_t|u?intptr_t|time_t)\b")


def check(source: Source, holds_state: bool) -> Iterator[Problem]:
    """Of a file that must be deterministic; `holds_state`: what its classes hold is state of a core,
    and not a position in some buffer."""
    for one in BANS:
        for line, text in source.matches(one.pattern):
            yield Problem(source.path, line, one.rule, f"`{text}`: {one.instead}")
    for line, path, quoted in source.includes:
        if not quoted and HEADERS.fullmatch(path):
            message = f"<{path}>: what it holds cannot be replayed"
            yield Problem(source.path, line, "header", message)
    for member in members(source) if holds_state else []:
        match = WORD.search(member.text)
        if match is not None:
            message = f"`{match[0]}` in state has 32 or 64 bits: use std::uint64_t"
            yield Problem(source.path, member.line, "word-size", message)
    yield from check_draws(source)


# Calls that change what they are called on. On one object, two of them in an expression are as bad as
# two draws.
CHANGE = re.compile(r"(\w+)(?:\(\))?(?:\.|->)"
                    r"(?:pop|push|emplace|insert|erase|extract|take|next)(?:_\w+)?\s*\(")
DRAW = re.compile(r"\bw?(?:prng|rng|random)\w*(?:\.|->)(?:next|below|between|chance)\s*\("
                  r"|\b(?:draw|pick)\w*\s*\(")
# What the language orders: statements, the operands of these operators.
ORDERED = re.compile(r"[;{}?]|&&|\|\||<<|(?<!:):(?!:)")


def check_draws(source: Source) -> Iterator[Problem]:
    """Two draws, or two changes of one object, in one expression: their order is the compiler's
    choice."""
    at = 0
    for piece in ORDERED.split(source.code):
        at = source.code.index(piece, at)
        for rule, what, found in effects(piece):
            if len(found) > 1 and not within_one_another(piece, found) \
                    and not separate(piece, found):
                message = f"{what} in one expression: compilers order them differently; name the first"
                yield Problem(source.path, source.line_at(at + found[1].start()), rule, message)
        at += len(piece)


def effects(piece: str) -> Iterator[tuple[str, str, list[re.Match[str]]]]:
    """(rule, what to call them, where they stand) of what must not stand twice in one expression."""
    yield "two-draws", "two draws", list(DRAW.finditer(piece))
    changes = list(CHANGE.finditer(piece))
    for name in sorted({change[1] for change in changes}):
        found = [change for change in changes if change[1] == name]
        yield "two-changes", f"two changes of `{name}`", found


def depth_between(text: str) -> tuple[int, int]:
    """(lowest, last) depth of parentheses over `text`, from 0."""
    depth = lowest = 0
    for char in text:
        depth += (char == "(") - (char == ")")
        lowest = min(lowest, depth)
    return lowest, depth


def within_one_another(piece: str, draws: list[re.Match[str]]) -> bool:
    """Whether each draw is an argument of the one before: f(g(h()))."""
    return all(depth_between(piece[one.end() : two.start()])[0] >= 0
               for one, two in zip(draws, draws[1:]))


def separate(piece: str, draws: list[re.Match[str]]) -> bool:
    """Whether a comma of a braced list, which is ordered, stands between any two of them."""
    return all(comma_outside(piece, one.start(), two.start()) for one, two in zip(draws, draws[1:]))


def comma_outside(piece: str, start: int, end: int) -> bool:
    depth = depth_between(piece[:start])[1]
    for char in piece[start:end]:
        depth += (char == "(") - (char == ")")
        if char == "," and depth <= 0:
            return True
    return False
