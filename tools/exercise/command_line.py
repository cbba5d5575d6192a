"""Exercises: you write a part of a core, and the machine that judges ours judges yours.

Everything that you write stands in my/NAME, which git ignores. ./lab sim, replay and up run it with
--mine NAME, in whichever language it is.
"""

import argparse
import sys
from pathlib import Path

import check
import commands
import mine
import stages
from exercises import read_exercises


def read_flags(words: list[str], names: list[str], stage_names: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./lab exercise", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    what = parser.add_subparsers(dest="what", required=True, metavar="WHAT")

    def add(name: str, about: str) -> argparse.ArgumentParser:
        one = what.add_parser(name, help=about, description=about)
        one.add_argument("name", choices=names, metavar="NAME", help=", ".join(names))
        return one

    def add_language(one: argparse.ArgumentParser, default: str | None, about: str) -> None:
        one.add_argument("--in", dest="language", choices=stages.LANGUAGES, default=default,
                         metavar="LANGUAGE", help=f"{', '.join(stages.LANGUAGES)}; default: {about}")

    what.add_parser("list", help="what there is, and how long it takes")
    one = add("start", "copies where you begin to my/NAME")
    add_language(one, stages.CPP, stages.CPP)
    add("check", "builds it, tries it and judges it: 0 all promises are kept, 1 not, "
                 "3 it does not build")
    one = add("hint", "a hint; hint NAME 2 and 3 tell more")
    one.add_argument("number", type=int, choices=(1, 2, 3), default=1, nargs="?", help="1, 2 or 3")
    add("solution", "what had to be written, as a difference")
    one = add("reset", "begins again; what you had stays beside it")
    add_language(one, None, "as it was")
    show = what.add_parser("show", help="a stage of a chapter: all of it, or what you name")
    show.add_argument("stage", metavar="STAGE", choices=stage_names, help=", ".join(stage_names))
    show.add_argument("names", metavar="NAME", nargs="*", help="a function or type: Queue::on_ack")
    add_language(show, stages.CPP, stages.CPP)
    prove = what.add_parser("prove", help="for the makers: is every stage and exercise as it says?")
    prove.add_argument("--seeds", type=int, default=200, help="of each; default: %(default)s")
    unpack = what.add_parser("unpack", help="for the makers: write the stages of a system out")
    pack = what.add_parser("pack", help="for the makers: make the differences from them anew")
    for one in (unpack, pack):
        one.add_argument("system")
        one.add_argument("folder")
        add_language(one, stages.CPP, stages.CPP)
    make = what.add_parser("make", help="for ./lab --mine: builds it, writes what to run to FILE")
    make.add_argument("program", choices=mine.PROGRAMS)
    make.add_argument("file", type=Path)
    make.add_argument("name")
    return parser.parse_args(words)


def main(words: list[str]) -> int:
    """Gives the exit code."""
    try:
        return run(words)
    except stages.Broken as problem:
        print(f"lab: {problem}", file=sys.stderr)
        return 1


def run(words: list[str]) -> int:
    exercises = read_exercises()
    systems = {stage.name: one.system.name
               for one in exercises.values() for stage in one.system.stages}
    flags = read_flags(words, list(exercises), list(systems))
    match flags.what:
        case "list":
            commands.show_list(exercises)
            return 0
        case "start":
            return commands.start(commands.in_language(flags.name, flags.language))
        case "check":
            return check.check(commands.begun(flags.name))
        case "hint":
            return commands.hint(commands.begun(flags.name), flags.number)
        case "solution":
            return commands.solution(commands.begun(flags.name))
        case "reset":
            exercise = (commands.in_language(flags.name, flags.language) if flags.language
                        else commands.begun(flags.name))
            return commands.reset(exercise)
        case "show":
            system = stages.read_system(systems[flags.stage], flags.language)
            return commands.show(system, flags.stage, flags.names)
        case "prove":
            return check.prove(flags.seeds)
        case "unpack":
            return commands.unpack(stages.read_system(flags.system, flags.language), flags.folder)
        case "pack":
            return commands.pack(stages.read_system(flags.system, flags.language), flags.folder)
        case _:
            exercise = commands.begun(flags.name) if flags.name in exercises else None
            return mine.make(exercise, flags.name, flags.program, flags.file)
