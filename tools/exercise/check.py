"""Is an answer right? And, for the makers: is every stage and exercise what it says it is?"""

import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import build
import commands
import mine
import stages
from exercises import Exercise
from stages import ROOT

SEEDS = 500  # the same each time, and as many that nobody has seen
NOT_KEPT = 1
PROOF = ROOT / ".lab" / "exercise"  # CMake looks here too


def check(exercise: Exercise) -> int:
    if missing := mine.missing_in(commands.MINE, exercise.name, exercise):
        print(f"lab: {missing}", file=sys.stderr)
        return NOT_KEPT
    print("building ...", flush=True)
    built = build.build(exercise.name)
    if built.error:
        print(f"It does not build:\n\n{built.error}")
        return mine.DOES_NOT_BUILD
    tests = build.run_tests(exercise.name)
    tell_tests(tests)
    promises = len(exercise.solution.keeps)
    fresh = random.randrange(1_000_000, 1_000_000_000, 1_000)
    verdict = build.together(build.simulate(exercise.name, promises, 0, SEEDS - 1),
                             build.simulate(exercise.name, promises, fresh, fresh + SEEDS - 1))
    tell_promises(exercise, verdict)
    return 0 if tests.good and not verdict.broken() and not verdict.crashed else NOT_KEPT


def tell_tests(tests: build.Tests) -> None:
    count = tests.passed + len(tests.failed)
    print(f"unit tests passed: {tests.passed} of {count}")
    for name in tests.failed:
        print(f"  not {name}")
    if tests.crashed:
        print(f"  they ended early: {tests.crashed}")


def tell_promises(exercise: Exercise, verdict: build.Verdict) -> None:
    if verdict.crashed:
        print(f"The simulator ended early: {verdict.crashed}")
        return
    print(f"promises kept: {len(verdict.kept())} of {len(verdict.broke)}, "
          f"in {verdict.seeds:,} seeds")
    for promise, seeds in verdict.broke.items():
        print(f"  kept    {promise}" if seeds == 0 else f"  broken  {promise}, by {seeds:,} seeds")
    for promise in verdict.broken()[:1]:
        run = verdict.first[promise]
        print(f"\n{promise}: {run['what']}")
        about = f" --task {run['about']}" if "about" in run else ""
        print(f"  ./lab replay {exercise.system.simulator} --mine {exercise.name} "
              f"--seed {run['seed']}{about}")


# ---- For the makers -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Claim:
    """What exercises/ says of a core: `judge` tries it over so many seeds, and gives what is not
    so."""

    name: str
    files: dict[str, str]
    has_tests: bool
    judge: Callable[[int], list[str]]


def prove(exercises: dict[str, Exercise], seeds: int) -> int:
    """Says of each stage and exercise whether it is as it says."""
    claims, problems = [], []
    for claim_of in claims_of(exercises):
        try:
            claims.append(claim_of())
        except stages.Broken as problem:
            problems.append(str(problem))
    for claim in claims:
        commands.write_files(claim.files, PROOF / claim.name)
    print(f"building {len(claims)} cores ...", flush=True)
    built = build.build_all({claim.name: claim.has_tests for claim in claims})
    for claim in claims:
        print(claim.name, flush=True)
        error = built[claim.name].error
        problems += [f"{claim.name} builds: {error}"] if error else claim.judge(seeds)
    problems = list(dict.fromkeys(problems))  # a stage is a part of several claims
    for problem in problems:
        print(f"not so: {problem}")
    print(f"{len(problems)} of what they say is not so" if problems
          else "every stage and exercise is as it says")
    return 1 if problems else 0


def claims_of(exercises: dict[str, Exercise]) -> Iterator[Callable[[], Claim]]:
    """Each may raise Broken when it is called."""
    systems = {exercise.system.name: exercise.system for exercise in exercises.values()}
    for system in systems.values():
        for stage in system.stages:
            yield partial(claim_of_stage, system, stage)
    for exercise in exercises.values():
        yield partial(claim_of_answer, exercise, "starter", exercise.starter, exercise.breaks,
                      False)
        yield partial(claim_of_answer, exercise, "solution", exercise.solved, "", True)
        for wrong in exercise.wrong:
            answered = partial(exercise.answered_wrong, wrong)
            yield partial(claim_of_answer, exercise, wrong.name, answered, wrong.breaks,
                          wrong.passes_unit_tests)


def claim_of_stage(system: stages.System, stage: stages.Stage) -> Claim:
    name = f"stage_{system.name}_{stage.name}"
    return Claim(name, stages.unpack(system, stage.name), False, partial(judge_stage, name, stage))


def claim_of_answer(exercise: Exercise, answer: str, files: Callable[[], dict[str, str]],
                    breaks: str, passes: bool) -> Claim:
    name = f"{exercise.name}_{answer}"
    judge = partial(judge_answer, name, len(exercise.solution.keeps), breaks, passes)
    return Claim(name, files(), True, judge)


def judge_stage(name: str, stage: stages.Stage, seeds: int) -> list[str]:
    """Both halves: what it promises holds, and the named seed breaks what it does not promise."""
    promises = len(stage.keeps)
    verdict = build.simulate(name, promises, 0, seeds - 1)
    problems = [f"{name} keeps {broken}: {verdict.first[broken]['what']}"
                for broken in verdict.broken()]
    if verdict.crashed or tuple(verdict.broke) != stage.keeps:
        problems.append(f"{name} is judged by {stage.keeps}: {verdict.crashed or verdict.broke}")
    if stage.breaks:
        named = build.simulate(name, promises + 1, stage.seed, stage.seed)
        if named.broken() != [stage.breaks]:
            problems.append(f"seed {stage.seed} of {name} breaks {stage.breaks} alone: "
                            f"{named.crashed or named.broken()}")
    return problems


def judge_answer(name: str, promises: int, breaks: str, passes: bool, seeds: int) -> list[str]:
    """`breaks` is a promise, or nothing; `passes` is about the unit tests."""
    tests = build.run_tests(name)
    problems = []
    if tests.good != passes:
        problems.append(f"{name} {'passes' if passes else 'fails'} the unit tests: "
                        f"{tests.failed} {tests.crashed}")
    verdict = build.simulate(name, promises, 0, seeds - 1)
    if verdict.crashed:
        problems.append(f"{name} is judged: {verdict.crashed}")
    elif breaks and breaks not in verdict.broken():
        problems.append(f"{name} breaks {breaks}: it breaks {verdict.broken()}")
    elif not breaks and verdict.broken():
        problems.append(f"{name} keeps all promises: it breaks {verdict.broken()}")
    return problems
