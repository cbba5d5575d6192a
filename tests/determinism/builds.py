"""The builds whose hashes must be equal: how each is made, and how its programs are run."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class BuildFailed(Exception):
    """A build could not be configured or made; the text is the compiler's."""


@dataclass(frozen=True)
class Build:
    """A CMake preset. `needs` holds, for each tool, the names that it may have here."""

    name: str
    shows: str
    needs: tuple[tuple[str, ...], ...]
    suffix: str = ""


GXX = ("g++", "c++")
CLANG = ("clang++-19",)
ARM_GXX = tuple(f"aarch64-linux-gnu-g++{version}" for version in ("-12", "-13", "-14", ""))
QEMU = ("qemu-aarch64", "qemu-aarch64-static")
WASM_CLANG = tuple(f"clang++-{version}" for version in (19, 20, 21, 18))
NODE = ("node",)

# The first is the one that the others are compared with. Each of them sees what no other does.
BUILDS = (
    Build("debug", "g++, assertions on", (GXX,)),
    Build("release", "g++, optimized", (GXX,)),
    Build("asan", "another memory layout, undefined behaviour stops", (CLANG,)),
    Build("clang", "another compiler: another order of arguments", (CLANG,)),
    Build("arm64", "plain char is unsigned", (ARM_GXX, QEMU)),
    Build("wasm", "32-bit size_t and long, libc++", (WASM_CLANG, NODE), ".wasm"),
)


def find(names: tuple[str, ...]) -> str | None:
    """The path of the first of `names` there is; the project's own tools come first."""
    own = [str(ROOT / ".lab" / tool / "bin") for tool in ("node", "python")]
    path = os.pathsep.join([*own, os.environ.get("PATH", "")])
    return next((found for name in names if (found := shutil.which(name, path=path))), None)


def missing(build: Build) -> list[str]:
    """The tools that `build` needs and that are not here."""
    return [names[0] for names in build.needs if find(names) is None]


def folder(build: Build) -> Path:
    return ROOT / "build" / build.name


def make(build: Build, targets: list[str], jobs: int) -> None:
    """Configures the build where that has not been done, and makes only `targets`."""
    if not (folder(build) / "build.ninja").exists():
        run(["cmake", "--preset", build.name])
    run(["cmake", "--build", str(folder(build)), "-j", str(jobs), "--target", *targets])


def run(command: list[str]) -> None:
    done = subprocess.run(command, cwd=ROOT, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        raise BuildFailed(f"$ {' '.join(command)}\n{done.stdout[-4000:]}")


def command(build: Build, program: Path) -> list[str]:
    """How to run `program`, given by its path below the build folder without a suffix. Paths are
    relative to the root, so that the command can be printed and typed."""
    file = str((folder(build) / program).relative_to(ROOT)) + build.suffix
    if build.name == "wasm":
        return [find(NODE) or "node", "tools/wasm/run.mjs", file]
    if build.name == "arm64":
        return [find(QEMU) or "qemu-aarch64", file]
    return [file]
