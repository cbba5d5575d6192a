"""Builds a core that stands in a folder of its own, and runs it."""

import itertools
import json
import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import commands
import progress
from stages import ROOT

BUILD = ROOT / "build" / "release"
SHIPPED = {program: BUILD / "examples" / "01-queue" / name
           for program, name in [("sim", "queue_promises"), ("broker", "broker")]}
STEPS = 6  # of the build of one core, when all around it is built: three sources, and each linked


@dataclass
class Built:
    """What a build came to: empty `error` when it is good, else the first error of the compiler."""

    error: str = ""


@dataclass
class Tests:
    passed: int = 0
    failed: list[str] = field(default_factory=list)
    crashed: str = ""  # what it last said
    first: str = ""  # what the first failure says, and where

    @property
    def good(self) -> bool:
        return not self.failed and not self.crashed


@dataclass
class Verdict:
    """Of the promises, over some seeds."""

    seeds: int = 0
    broke: dict[str, int] = field(default_factory=dict)  # promise: in how many of the seeds
    first: dict[str, dict] = field(default_factory=dict)  # promise: the first run that broke it
    crashed: str = ""

    def kept(self) -> list[str]:
        return [promise for promise, seeds in self.broke.items() if seeds == 0]

    def broken(self) -> list[str]:
        return [promise for promise, seeds in self.broke.items() if seeds > 0]


def build(name: str, tests: bool = True) -> Built:
    """The simulator of my/NAME, and its unit tests."""
    return build_all({name: tests})[name]


def build_program(name: str, program: str) -> Built:
    """One program around my/NAME: sim, test or broker."""
    return build_target(f"mine_{name}_{program}")


def build_shipped(program: str) -> Built:
    """The program that a core in a process of its own wants: sim or broker."""
    return build_target(SHIPPED[program].name)


def build_target(target: str) -> Built:
    if words := configured():
        return Built(first_error(words))
    status, words = compiled([target], 1)
    return Built(first_error(words) if status != 0 else "")


def build_all(names: dict[str, bool]) -> dict[str, Built]:
    """The simulators of these, and their unit tests where the value says so."""
    if words := configured():
        return {name: Built(first_error(words)) for name in names}
    targets = [target for name, tests in names.items() for target in targets_of(name, tests)]
    status, words = compiled(targets, len(names))
    if status == 0:
        return {name: Built() for name in names}
    if len(names) == 1:
        return {name: Built(first_error(words)) for name in names}
    return {name: build(name, tests) for name, tests in names.items()}  # which of them is it?


def configured() -> str:
    """Again each time: a folder may be new. Nothing, or what CMake said when it failed."""
    done = subprocess.run(
        ["cmake", "--preset", "release", f"-DLAB_MINE={commands.MINE}"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )
    return done.stdout + done.stderr if done.returncode != 0 else ""


def program_of(name: str, program: str) -> Path:
    return BUILD / "exercises" / f"mine_{name}_{program}"


def targets_of(name: str, tests: bool) -> list[str]:
    return [f"mine_{name}_sim"] + ([f"mine_{name}_test"] if tests else [])


def compiled(targets: list[str], cores: int) -> tuple[int, str]:
    """What belongs to so many cores, in one go, with as many compilers as there are processors. One
    core's error does not keep the others from being built. Gives the exit status, and what was
    said."""
    jobs = os.environ.get("CMAKE_BUILD_PARALLEL_LEVEL", str(os.cpu_count()))
    command = ["cmake", "--build", BUILD, "--parallel", jobs, "--target", *targets]
    go_on = ["--", "-k", "0"] if cores > 1 else []
    return progress.run(command + go_on, ROOT, STEPS * cores)


def first_error(words: str) -> str:
    """The line with the first error, and what the compiler shows of the place."""
    lines = words.splitlines()
    for at, line in enumerate(lines):
        if re.search(r"\b(fatal )?error: |undefined reference", line):
            shown = [line]
            for more in lines[at + 1 : at + 4]:
                if not re.match(r"\s+(\d+ )?\|", more):
                    break
                shown.append(more)
            return "\n".join(shown).replace(f"{ROOT}/", "").replace("../../", "")
    return "\n".join(lines[-10:])


def run_tests(name: str) -> Tests:
    program = program_of(name, "test")
    done = subprocess.run([program], cwd=ROOT, capture_output=True, text=True, check=False)
    failed = sorted(set(re.findall(r"\[  FAILED  \] \w+\.(\w+) \(", done.stdout)))
    passed = len(re.findall(r"\[       OK \]", done.stdout))
    crashed = ""
    if done.returncode not in (0, 1):
        crashed = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
    return Tests(passed, failed, crashed, first_failure(done.stdout))


def first_failure(words: str) -> str:
    """Its place and the lines below it, six at most; nothing when there is none."""
    lines = words.splitlines()
    for at, line in enumerate(lines):
        if line.endswith(": Failure"):
            below = itertools.takewhile(lambda one: one and not one.startswith("["), lines[at + 1 :])
            place = line.removesuffix(": Failure").rsplit("/", 1)[-1]
            return "\n".join([place, *itertools.islice(below, 6)])
    return ""


def with_core(program: str, command: str) -> list[str]:
    """The shipped program, sim or broker, with this process as its core."""
    return [str(SHIPPED[program]), "--core", command]


def simulate(simulator: list[str], promises: int, first: int, last: int) -> Verdict:
    asked = ["--promises", str(promises), "sim", "--seeds", f"{first}..{last}", "--json"]
    done = subprocess.run(
        simulator + asked, cwd=ROOT, capture_output=True, text=True, check=False
    )
    verdict = Verdict(seeds=last - first + 1)
    for line in done.stdout.splitlines():
        told = json.loads(line)
        if told.get("checker"):
            verdict.first.setdefault(told["checker"], told)
        verdict.broke.update(told.get("seeds_that_broke", {}))
    if not verdict.broke:
        verdict.crashed = last_words(done.stderr)
    return verdict


def last_words(words: str) -> str:
    """The last line; of a core that is a process also what it said itself before, and what it was
    told."""
    lines = words.strip().splitlines() or ["it said nothing"]
    ends = [at for at, line in enumerate(lines) if line.startswith("error: the core ")]
    if not ends:
        return lines[-1]
    shown = lines[max(0, ends[0] - 8) : ends[0] + 2]
    return "\n\n" + "\n".join(line[:300] for line in shown).replace(f"{ROOT}/", "")


def together(one: Verdict, other: Verdict) -> Verdict:
    both = Verdict(one.seeds + other.seeds, dict(one.broke), dict(one.first))
    for promise, seeds in other.broke.items():
        both.broke[promise] = both.broke.get(promise, 0) + seeds
    for promise, run in other.first.items():
        both.first.setdefault(promise, run)
    both.crashed = one.crashed or other.crashed
    return both
