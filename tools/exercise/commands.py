"""What `./lab exercise` does, but for check: it lists, starts, helps, and starts again."""

import os
import textwrap
from pathlib import Path

import listing
import stages
from exercises import ROOT, Exercise, read_exercises

# git ignores my/. The transcripts of the book have another folder, so that a reader's is left in peace.
MINE = Path(os.environ.get("LAB_MINE", ROOT / "my"))


def show_list(exercises: dict[str, Exercise], mine: Path = MINE) -> None:
    for exercise in exercises.values():
        begun = "begun" if (mine / exercise.name).exists() else ""
        print(f"{exercise.name:14} {exercise.level:9} {exercise.minutes:3} minutes  "
              f"{exercise.title}  {begun}".rstrip())
    print("\n./lab exercise start NAME begins one.")
    for language in stages.LANGUAGES[1:]:
        names = [one.name for one in exercises.values() if language in one.languages]
        if names:
            print(f"With --in {language}: {', '.join(names)}.")


def in_language(name: str, language: str) -> Exercise:
    """Raises Broken when it cannot be done in it."""
    exercises = read_exercises(language)
    if name not in exercises:
        raise stages.Broken(f"{name} cannot be done in {language}, but: {', '.join(exercises)}")
    return exercises[name]


def begun(name: str, mine: Path = MINE) -> Exercise:
    """In the language in which it was started, by the files that are there; else in C++."""
    for language in reversed(stages.LANGUAGES):
        exercise = read_exercises(language).get(name)
        if exercise and all((mine / name / file).exists() for file in exercise.system.files):
            return exercise
    return in_language(name, stages.CPP)


def show_task(exercise: Exercise, place: Path) -> None:
    print(f"{exercise.title}: {exercise.level}, about {exercise.minutes} minutes "
          f"and {exercise.lines} lines.\n")
    print(filled(exercise.task))
    print(f"\nYours: {shown(place)}/  ({exercise.where})")
    if exercise.system.test:
        print(f"Tests: {shown(place)}/{exercise.system.test}, which you may read and add to")
    print(f"Judge: ./lab exercise check {exercise.name}")
    print(f"Stuck: ./lab exercise hint {exercise.name}")


def start(exercise: Exercise, mine: Path = MINE) -> int:
    place = mine / exercise.name
    if place.exists():
        language = "" if exercise.system.language == stages.CPP else f" --in {exercise.system.language}"
        print(f"{shown(place)} is there already: go on in it, or begin again with\n"
              f"  ./lab exercise reset {exercise.name}{language}")
        return 1
    write_files(exercise.starter(), place)
    show_task(exercise, place)
    return 0


def reset(exercise: Exercise, mine: Path = MINE) -> int:
    """What was there is kept beside it."""
    place = mine / exercise.name
    if place.exists():
        kept = free_name(place)
        place.rename(kept)
        print(f"What you had is in {shown(kept)}/ now.\n")
    return start(exercise, mine)


def free_name(place: Path) -> Path:
    number = 1
    while (kept := place.with_name(f"{place.name}.{number}")).exists():
        number += 1
    return kept


def hint(exercise: Exercise, number: int) -> int:
    """`number` counts from 1."""
    print(filled(exercise.hints[number - 1]))
    if number < len(exercise.hints):
        print(f"\n./lab exercise hint {exercise.name} {number + 1} tells more.")
    return 0


def solution(exercise: Exercise) -> int:
    """As a difference from where one begins: what had to be written, and nothing else."""
    folder = f"my/{exercise.name}"
    print(stages.difference(exercise.starter(), exercise.solved(), folder), end="")
    return 0


def show(system: stages.System, stage: str, names: list[str]) -> int:
    """The definitions named, or all files."""
    files = stages.unpack(system, stage)
    if not names:
        print("\n".join(files.values()), end="")
    for number, name in enumerate(names):
        found = [text for file in files.values() if (text := listing.definition(file, name))]
        if not found:
            raise stages.Broken(f"{stage} defines no {name}")
        print(("\n" if number else "") + found[-1])  # a header declares, and comes first
    return 0


def unpack(system: stages.System, folder: str) -> int:
    """Every stage in a folder of its own, to be changed."""
    for stage in system.stages:
        write_files(stages.unpack(system, stage.name), Path(folder) / stage.name)
    print(f"Change them, then pack {system.name} {folder} --in {system.language}")
    return 0


def pack(system: stages.System, folder: str) -> int:
    stages.pack(system, Path(folder))
    return 0


def write_files(files: dict[str, str], place: Path) -> None:
    """Leaves alone what is there already and the same, so that it is not compiled again."""
    place.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        file = place / name
        if not file.exists() or file.read_text() != text:
            file.write_text(text)


def filled(text: str) -> str:
    return textwrap.fill(" ".join(text.split()), 100)


def shown(place: Path) -> str:
    """As a reader has it."""
    if place.is_relative_to(MINE):
        return str("my" / place.relative_to(MINE))
    return str(place.relative_to(ROOT)) if place.is_relative_to(ROOT) else str(place)
