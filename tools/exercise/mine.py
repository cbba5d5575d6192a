"""What `./lab sim|replay|up --mine NAME` runs: a reader's own work, built, as a command."""

import re
import shlex
import sys
from pathlib import Path

import build
import commands
import stages
from exercises import Exercise

PROGRAMS = ("sim", "broker")
WRONG_USAGE = 2
DOES_NOT_BUILD = 3
NAME = re.compile("[a-z0-9][a-z0-9._-]*")  # CMake looks at no others (exercises/CMakeLists.txt)


def core_of(system: stages.System, folder: str) -> str:
    """The command that is the core in this folder; empty when the core is compiled."""
    return system.run.format(folder=shlex.quote(folder))


def make(exercise: Exercise | None, name: str, program: str, file: Path) -> int:
    """Writes the command to `file`, a word a line. The simulator judges as many promises as the
    exercise's solution keeps, and of what is no exercise all of them."""
    if missing := missing_in(commands.MINE, name, exercise):
        print(f"lab: {missing}", file=sys.stderr)
        return WRONG_USAGE
    if program == "broker" and exercise and exercise.system.name != exercise.system.simulator:
        print(f"lab: my/{name} is no core, which a broker could have.\n"
              f"     ./lab sim and replay {exercise.system.simulator} --mine {name} run it.",
              file=sys.stderr)
        return WRONG_USAGE
    core = core_of(exercise.system, str(commands.MINE / name)) if exercise else ""
    built = build.build_shipped(program) if core else build.build_program(name, program)
    if built.error:
        print(f"my/{name} does not build:\n\n{built.error}", file=sys.stderr)
        return DOES_NOT_BUILD
    words = (build.with_core(program, core) if core else [str(build.program_of(name, program))])
    if program == "sim" and exercise is not None:
        words += ["--promises", str(len(exercise.solution.keeps))]
    file.write_text("".join(f"{word}\n" for word in words))
    return 0


def missing_in(mine: Path, name: str, exercise: Exercise | None) -> str:
    """What keeps my/NAME from being built, and what to do about it; nothing when all is there."""
    place = mine / name
    if not NAME.fullmatch(name) or not place.is_dir():
        if exercise is None:
            return (f"there is no exercise '{name}', and nothing of yours in my/{name}.\n"
                    "     ./lab exercise list names the exercises,"
                    " ./lab exercise start NAME begins one.")
        return f"there is nothing in my/{name} yet.\n     ./lab exercise start {name} begins it."
    wanted = exercise.starter() if exercise else ("queue.hpp", "queue.cpp")
    lacks = [file for file in wanted if not (place / file).is_file()]
    if not lacks:
        return ""
    mend = f"\n     ./lab exercise reset {name} begins again and keeps what you have."
    return f"my/{name} lacks {' and '.join(lacks)}." + (mend if exercise else "")
