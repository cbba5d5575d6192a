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
from exercises import Exercise, read_exercises
from stages import ROOT

SEEDS = 500  # the same each time, and as many that nobody has seen
PROCESS_SEEDS = 100  # the same when the core is a process, which takes about 0.1 s a seed
PROVEN_PROCESS_SEEDS = 20
NOT_KEPT = 1
PROOF = ROOT / ".lab" / "exercise"  # CMake looks here too


def check(exercise: Exercise) -> int:
    if missing := mine.missing_in(commands.MINE, exercise.name, exercise):
        print(f"lab: {missing}", file=sys.stderr)
        return NOT_KEPT
    print("building ...", flush=True)
    core = mine.core_of(exercise.system, str(commands.MINE / exercise.name))
    built = build.build_shipped("sim") if core else build.build(exercise.name)
    if built.error:
        print(f"It does not build:\n\n{built.error}")
        return mine.DOES_NOT_BUILD
    tests = build.Tests() if core else build.run_tests(exercise.name)
    if not core:
        tell_tests(tests)
    promises = len(exercise.solution.keeps)
    simulator, seeds = [str(build.program_of(exercise.name, "sim"))], SEEDS
    which = f"--mine {exercise.name}"
    if core:
        simulator, seeds = build.with_core("sim", core), PROCESS_SEEDS
        which = f"--core '{core}' --promises {promises}"
    fresh = random.randrange(1_000_000, 1_000_000_000, 1_000)
    verdict = build.together(build.simulate(simulator, promises, 0, seeds - 1),
                             build.simulate(simulator, promises, fresh, fresh + seeds - 1))
    tell_promises(verdict, f"./lab replay {exercise.system.simulator} {which}")
    return 0 if tests.good and not verdict.broken() and not verdict.crashed else NOT_KEPT


def tell_tests(tests: build.Tests) -> None:
    count = tests.passed + len(tests.failed)
    print(f"unit tests passed: {tests.passed} of {count}")
    for name in tests.failed:
        print(f"  not {name}")
    for line in tests.first.splitlines():
        print(f"    | {line}")
    if tests.crashed:
        print(f"  they ended early: {tests.crashed}")


def tell_promises(verdict: build.Verdict, replay: str) -> None:
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
        print(f"  {replay} --seed {run['seed']}{about}")


# ---- For the makers -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Claim:
    """What exercises/ says of a core: `judge` tries it over so many seeds, and gives what is not
    so."""

    name: str
    files: dict[str, str]
    is_compiled: bool
    has_tests: bool
    judge: Callable[[int], list[str]]


def prove(seeds: int) -> int:
    """Says of each stage and exercise whether it is as it says."""
    claims, problems = [], []
    for claim_of in claims_of():
        try:
            claims.append(claim_of())
        except stages.Broken as problem:
            problems.append(str(problem))
    for claim in claims:
        commands.write_files(claim.files, PROOF / claim.name)
    print(f"building {len(claims)} cores ...", flush=True)
    built = build.build_all({claim.name: claim.has_tests for claim in claims if claim.is_compiled})
    shipped = build.build_shipped("sim")
    for claim in claims:
        print(claim.name, flush=True)
        error = built.get(claim.name, shipped).error
        most = seeds if claim.is_compiled else min(seeds, PROVEN_PROCESS_SEEDS)
        problems += [f"{claim.name} builds: {error}"] if error else claim.judge(most)
    problems = list(dict.fromkeys(problems))  # a stage is a part of several claims
    for problem in problems:
        print(f"not so: {problem}")
    print(f"{len(problems)} of what they say is not so" if problems
          else "every stage and exercise is as it says")
    return 1 if problems else 0


def claims_of() -> Iterator[Callable[[], Claim]]:
    """Each may raise Broken when it is called."""
    for language in stages.LANGUAGES:
        exercises = read_exercises(language).values()
        for system in {exercise.system.name: exercise.system for exercise in exercises}.values():
            for stage in system.stages:
                yield partial(claim_of_stage, system, stage)
        for exercise in exercises:
            claim_of = partial(claim_of_answer, exercise)
            yield partial(claim_of, "starter", exercise.starter, exercise.breaks, False)
            yield partial(claim_of, "solution", exercise.solved, "", True)
            for wrong in exercise.wrong:
                answered = partial(exercise.answered_wrong, wrong)
                yield partial(claim_of, wrong.name, answered, wrong.breaks, wrong.passes_unit_tests)


def claim_of_stage(system: stages.System, stage: stages.Stage) -> Claim:
    name = name_of(system, f"stage_{system.name}_{stage.name}")
    judge = partial(judge_stage, name, simulator_of(system, name), stage)
    return Claim(name, stages.unpack(system, stage.name), not system.run, False, judge)


def claim_of_answer(exercise: Exercise, answer: str, files: Callable[[], dict[str, str]],
                    breaks: str, passes: bool) -> Claim:
    """`breaks` is a promise, or nothing; `passes` is about the unit tests."""
    system = exercise.system
    name = name_of(system, f"{exercise.name}_{answer}")
    promises = partial(judge_answer, name, simulator_of(system, name),
                       len(exercise.solution.keeps), breaks)

    def judge(seeds: int) -> list[str]:
        return (judge_tests(name, passes) if system.test else []) + promises(seeds)

    return Claim(name, files(), not system.run, bool(system.test), judge)


def name_of(system: stages.System, core: str) -> str:
    """Of its folder, in which CMake looks for what it can compile."""
    return core if system.language == stages.CPP else f"{core}_{system.language}"


def simulator_of(system: stages.System, name: str) -> list[str]:
    core = mine.core_of(system, commands.shown(PROOF / name))
    return build.with_core("sim", core) if core else [str(build.program_of(name, "sim"))]


def judge_stage(name: str, simulator: list[str], stage: stages.Stage, seeds: int) -> list[str]:
    """Both halves: what it promises holds, and the named seed breaks what it does not promise."""
    promises = len(stage.keeps)
    verdict = build.simulate(simulator, promises, 0, seeds - 1)
    problems = [f"{name} keeps {broken}: {verdict.first[broken]['what']}"
                for broken in verdict.broken()]
    if verdict.crashed or tuple(verdict.broke) != stage.keeps:
        problems.append(f"{name} is judged by {stage.keeps}: {verdict.crashed or verdict.broke}")
    if stage.breaks:
        named = build.simulate(simulator, promises + 1, stage.seed, stage.seed)
        if named.broken() != [stage.breaks]:
            problems.append(f"seed {stage.seed} of {name} breaks {stage.breaks} alone: "
                            f"{named.crashed or named.broken()}")
    return problems


def judge_tests(name: str, passes: bool) -> list[str]:
    tests = build.run_tests(name)
    if tests.good == passes:
        return []
    return [f"{name} {'passes' if passes else 'fails'} the unit tests: "
            f"{tests.failed} {tests.crashed}"]


def judge_answer(name: str, simulator: list[str], promises: int, breaks: str,
                 seeds: int) -> list[str]:
    verdict = build.simulate(simulator, promises, 0, seeds - 1)
    if verdict.crashed:
        return [f"{name} is judged: {verdict.crashed}"]
    if breaks and breaks not in verdict.broken():
        return [f"{name} breaks {breaks}: it breaks {verdict.broken()}"]
    if not breaks and verdict.broken():
        return [f"{name} keeps all promises: it breaks {verdict.broken()}"]
    return []
