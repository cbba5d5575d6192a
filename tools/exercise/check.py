"""Is an answer right? And, for the makers: is every stage and exercise what it says it is?"""

import random
from pathlib import Path

import build
import commands
import stages
from exercises import Exercise
from stages import ROOT

SEEDS = 500  # the same each time, and as many that nobody has seen
NOT_KEPT = 1
DOES_NOT_BUILD = 3
PROOF = ROOT / ".lab" / "exercise"  # CMake looks here too


def check(exercise: Exercise) -> int:
    place = commands.MINE / exercise.name
    if not place.exists():
        print(f"There is nothing in {commands.shown(place)} yet: "
              f"./lab exercise start {exercise.name}")
        return NOT_KEPT
    print("building ...", flush=True)
    built = build.build(exercise.name)
    if built.error:
        print(f"It does not build:\n\n{built.error}")
        return DOES_NOT_BUILD
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
        print(f"  ./lab replay {exercise.system.name} --mine {exercise.name} "
              f"--seed {run['seed']}{about}")


# ---- For the makers -----------------------------------------------------------------------------


def prove(exercises: dict[str, Exercise], seeds: int) -> int:
    """Says of each stage and exercise whether it is as it says."""
    problems = []
    for system in {exercise.system.name: exercise.system for exercise in exercises.values()}.values():
        for stage in system.stages:
            problems += prove_stage(system, stage, seeds)
    for exercise in exercises.values():
        problems += prove_exercise(exercise, seeds)
    for problem in problems:
        print(f"not so: {problem}")
    print("every stage and exercise is as it says" if not problems else f"{len(problems)} problems")
    return 1 if problems else 0


def prove_stage(system: stages.System, stage: stages.Stage, seeds: int) -> list[str]:
    """Both halves: what it promises holds, and the named seed breaks what it does not promise."""
    print(f"stage {system.name}/{stage.name}", flush=True)
    name = f"stage-{system.name}-{stage.name}"
    commands.write_files(stages.unpack(system, stage.name), PROOF / name)
    if error := build.build(name, tests=False).error:
        return [f"{stage.name} builds: {error}"]
    promises = len(stage.keeps)
    verdict = build.simulate(name, promises, 0, seeds - 1)
    problems = [f"{stage.name} keeps {broken}: {verdict.first[broken]['what']}"
                for broken in verdict.broken()]
    if verdict.crashed or tuple(verdict.broke) != stage.keeps:
        problems.append(f"{stage.name} is judged by {stage.keeps}: {verdict.crashed or verdict.broke}")
    if stage.breaks:
        named = build.simulate(name, promises + 1, stage.seed, stage.seed)
        if named.broken() != [stage.breaks]:
            problems.append(f"seed {stage.seed} of {stage.name} breaks {stage.breaks} alone: "
                            f"{named.crashed or named.broken()}")
    return problems


def prove_exercise(exercise: Exercise, seeds: int) -> list[str]:
    print(f"exercise {exercise.system.name}/{exercise.name}", flush=True)
    answers = [("starter", exercise.starter(), exercise.breaks, False),
               ("solution", exercise.solved(), "", True)]
    answers += [(wrong.name, exercise.answered_wrong(wrong), wrong.breaks, wrong.passes_unit_tests)
                for wrong in exercise.wrong]
    problems = []
    for answer, files, breaks, passes in answers:
        problems += prove_answer(exercise, answer, files, breaks, passes, seeds)
    return problems


def prove_answer(exercise: Exercise, answer: str, files: dict[str, str], breaks: str,
                 passes: bool, seeds: int) -> list[str]:
    name = f"{exercise.name}-{answer}"
    commands.write_files(files, PROOF / name)
    if error := build.build(name).error:
        return [f"{name} builds: {error}"]
    tests = build.run_tests(name)
    problems = []
    if tests.good != passes:
        problems.append(f"{name} {'passes' if passes else 'fails'} the unit tests: "
                        f"{tests.failed} {tests.crashed}")
    verdict = build.simulate(name, len(exercise.solution.keeps), 0, seeds - 1)
    if verdict.crashed:
        problems.append(f"{name} is judged: {verdict.crashed}")
    elif breaks and breaks not in verdict.broken():
        problems.append(f"{name} breaks {breaks}: it breaks {verdict.broken()}")
    elif not breaks and verdict.broken():
        problems.append(f"{name} keeps all promises: it breaks {verdict.broken()}")
    return problems
