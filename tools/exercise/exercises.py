"""Exercises: what each asks, where it begins, and how it is told right from wrong."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

import stages

ROOT = stages.ROOT
LEVELS = ("easy", "moderate", "hard")


@dataclass(frozen=True)
class Wrong:
    """A plausible answer that is wrong: a difference from the solution."""

    name: str
    about: str
    breaks: str  # the promise
    passes_unit_tests: bool


@dataclass(frozen=True)
class Exercise:
    name: str
    system: stages.System
    folder: Path
    title: str
    start: stages.Stage
    solution: stages.Stage
    where: str  # file and function
    lines: int  # about so many are to be written
    minutes: int
    level: str
    breaks: str  # the promise that the starter breaks
    task: str
    hints: tuple[str, ...]
    wrong: tuple[Wrong, ...]  # in C++ alone
    languages: tuple[str, ...]  # in which it can be done

    def starter(self) -> dict[str, str]:
        """The stage, and what the exercise gives: a difference from it."""
        files = stages.unpack(self.system, self.start.name)
        given = self.folder / "given.diff"
        if given.exists() and self.system.language == stages.CPP:
            files = stages.patched(files, self.system.folder, given)
        return self._with_test(files)

    def solved(self) -> dict[str, str]:
        return self._with_test(stages.unpack(self.system, self.solution.name))

    def answered_wrong(self, wrong: Wrong) -> dict[str, str]:
        solution = stages.unpack(self.system, self.solution.name)
        diff = self.folder / f"{wrong.name}.diff"
        return self._with_test(stages.patched(solution, self.system.folder, diff))

    def _with_test(self, files: dict[str, str]) -> dict[str, str]:
        test = self.system.test
        return {**files, test: (self.folder / test).read_text()} if test else files


def read_exercises(language: str = stages.CPP, folder: Path = stages.SYSTEMS) -> dict[str, Exercise]:
    """All of exercises/ that can be done in this language, by name, in the order in which they are
    to be done. Raises Broken."""
    found = []
    for place in sorted(folder.iterdir()):
        if not (place / "stages.toml").exists():
            continue
        system = stages.read_system(place.name, language, folder)
        found += [read_exercise(system, file) for file in sorted(place.glob("*/exercise.toml"))]
    found = [exercise for exercise in found if exercise is not None]
    found.sort(key=lambda one: (one.system.name, one.system.stages.index(one.start)))
    return {exercise.name: exercise for exercise in found}


def read_exercise(system: stages.System, file: Path) -> Exercise | None:
    """None when it cannot be done in the system's language."""
    try:
        told = tomllib.loads(file.read_text())
        languages = (stages.CPP, *told.get("in", {}))
        if system.language not in languages:
            return None
        wrong = told["wrong"] if system.language == stages.CPP else []
        told |= told.get("in", {}).get(system.language, {})
        exercise = Exercise(
            name=file.parent.name, system=system, folder=file.parent, title=told["title"],
            start=system.stage(told["from"]), solution=system.stage(told["to"]),
            where=told["where"], lines=told["lines"], minutes=told["minutes"],
            level=told["level"], breaks=told["breaks"], task=told["task"].strip(),
            hints=tuple(hint.strip() for hint in told["hints"]),
            wrong=tuple(Wrong(one["name"], one["about"], one["breaks"], one["passes_unit_tests"])
                        for one in wrong),
            languages=languages,
        )
    except (OSError, tomllib.TOMLDecodeError, KeyError) as error:
        raise stages.Broken(f"{file}: {error!r}") from error
    for problem in problems_of(exercise):
        raise stages.Broken(f"{file}: {problem}")
    return exercise


def problems_of(exercise: Exercise) -> list[str]:
    """What the frame of the book asks of every exercise."""
    problems = []
    if exercise.level not in LEVELS:
        problems.append(f"level is one of {', '.join(LEVELS)}")
    if len(exercise.hints) != 3:
        problems.append("there are three hints, each telling more")
    if any(language not in stages.LANGUAGES for language in exercise.languages):
        problems.append(f"a language is one of {', '.join(stages.LANGUAGES)}")
    if exercise.system.language == stages.CPP:
        problems += problems_of_wrong(exercise.wrong)
    if exercise.breaks in exercise.start.keeps or exercise.breaks not in exercise.solution.keeps:
        problems.append("the starter breaks a promise that the solution keeps")
    return problems


def problems_of_wrong(wrong: tuple[Wrong, ...]) -> list[str]:
    problems = []
    if len(wrong) < 2:
        problems.append("there are two wrong answers")
    if not any(one.passes_unit_tests for one in wrong):
        problems.append("one of the wrong answers passes the unit tests")
    return problems
