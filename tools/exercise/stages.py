"""Stages: how a core grows, each stored as the difference from the one that follows it.

The last stage differs from the shipped core, the one before it from the last, and so on. So there
is no second copy of anything, and when the shipped core changes, the difference of the last stage
stops applying and says so.
"""

import difflib
import subprocess
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SYSTEMS = ROOT / "exercises"
CPP = "c++"
LANGUAGES = (CPP, "python", "typescript")


class Broken(Exception):
    """Something in exercises/ is not as it should be."""


@dataclass(frozen=True)
class Stage:
    name: str
    title: str
    keeps: tuple[str, ...]  # the promises that hold
    breaks: str  # the first that does not; empty for the last stage
    seed: int  # breaks it


@dataclass(frozen=True)
class System:
    name: str
    simulator: str  # the system whose simulator judges it
    folder: str  # of the shipped code
    files: tuple[str, ...]  # of it that a stage consists of
    test: str  # the name of an exercise's unit tests; empty: there are none
    stages: tuple[Stage, ...]  # the first one first
    language: str = CPP
    run: str = ""  # the command that is a core, with {folder} in it; empty: it is compiled

    def stage(self, name: str) -> Stage:
        for stage in self.stages:
            if stage.name == name:
                return stage
        raise Broken(f"{self.name} has no stage {name}")


def read_system(name: str, language: str = CPP, folder: Path = SYSTEMS) -> System:
    """Reads exercises/NAME/stages.toml. Without stages when there are none in this language. Raises
    Broken."""
    file = folder / name / "stages.toml"
    try:
        told = tomllib.loads(file.read_text())
        stages = tuple(
            Stage(one["name"], one["title"], tuple(one["keeps"]), one.get("breaks", ""),
                  one.get("seed", -1))
            for one in told["stage"]
        )
        simulator, home = told["system"], told["folder"]
        if language == CPP:
            return System(name, simulator, home, tuple(told["files"]), told["test"], stages)
        own = told.get("in", {}).get(language, {"files": [], "stages": 0, "run": ""})
        return System(name, simulator, home, tuple(own["files"]), "", stages[: own["stages"]],
                      language, own["run"])
    except (OSError, tomllib.TOMLDecodeError, KeyError) as error:
        raise Broken(f"{file}: {error!r}") from error


def shipped(system: System, root: Path = ROOT) -> dict[str, str]:
    return {file: (root / system.folder / file).read_text() for file in system.files}


def diff_of(system: System, stage: Stage, folder: Path = SYSTEMS) -> Path:
    place = folder / system.name / "stages"
    return (place if system.language == CPP else place / system.language) / f"{stage.name}.diff"


def unpack(system: System, name: str, root: Path = ROOT) -> dict[str, str]:
    """The files of a stage, by name. Raises Broken when a difference does not apply."""
    system.stage(name)
    files = shipped(system, root)
    for stage in reversed(system.stages):
        files = patched(files, system.folder, diff_of(system, stage, root / "exercises"))
        if stage.name == name:
            break
    return files


def patched(files: dict[str, str], folder: str, diff: Path) -> dict[str, str]:
    """The files, which stand in `folder`, with the difference applied. Raises Broken."""
    with tempfile.TemporaryDirectory() as place:
        home = Path(place) / folder
        home.mkdir(parents=True)
        for name, text in files.items():
            (home / name).write_text(text)
        done = subprocess.run(
            ["patch", "-p1", "-f", "-s", "-N", "-F0", "-i", diff.resolve()],
            cwd=place, capture_output=True, text=True, check=False,
        )
        if done.returncode != 0:
            raise Broken(f"{diff} does not apply:\n{done.stdout}{done.stderr}")
        return {name: (home / name).read_text() for name in files}


def difference(before: dict[str, str], after: dict[str, str], folder: str) -> str:
    """As `git diff` would write it."""
    parts = []
    for name, text in before.items():
        path = f"{folder}/{name}"
        lines = difflib.unified_diff(
            text.splitlines(keepends=True), after[name].splitlines(keepends=True),
            f"a/{path}", f"b/{path}",
        )
        parts.append("".join(lines))
    return "".join(parts)


def pack(system: System, place: Path, root: Path = ROOT) -> None:
    """Writes the differences anew from the files in place/STAGE/."""
    next_files = shipped(system, root)
    for stage in reversed(system.stages):
        files = {name: (place / stage.name / name).read_text() for name in system.files}
        target = diff_of(system, stage, root / "exercises")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(difference(next_files, files, system.folder))
        next_files = files
