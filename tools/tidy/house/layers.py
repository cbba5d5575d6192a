"""Who may include whom. CMake checks what is linked; headers alone could still reach across."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from house.source import Problem, Source

CORE_MAY_USE = {"core", "wire", "check"}
# Boost.JSON needs exceptions and rewrites numbers: only hosts and tools use the library over it.
JSON_HEADERS = {"wire/json.hpp", "wire/json_read.hpp"}
ASIO = re.compile(r"boost/(?:asio|beast)\b")
ASIO_FILES = 6

MAY_USE = re.compile(r"^set\(LAB_MAY_USE_(\w+)\s+([^)]*)\)", re.MULTILINE)
TARGET = re.compile(r"\blab_(core|library|program)\(\s*(\w+)\s+SOURCES\s+([^)]*)\)", re.DOTALL)


class Layers:
    """What the CMake files say: which part may use which, and which files make up a core."""

    def __init__(self, sources: list[Source]) -> None:
        self.may_use: dict[str, set[str]] = {}
        self.core_files: set[str] = set()  # paths without a suffix
        self.sim_files: set[str] = set()
        for source in sources:
            if source.kind == ".cmake":
                self.read(source)

    def read(self, source: Source) -> None:
        for name, used in MAY_USE.findall(source.text):
            self.may_use[name] = set(used.replace('"', "").split())
        folder = PurePosixPath(source.path).parent
        for kind, name, rest in TARGET.findall(source.text):
            files = [word for word in rest.split() if word.endswith(".cpp")]
            stems = {str((folder / file).with_suffix("")) for file in files}
            if kind == "core":
                self.core_files |= stems
            elif name.endswith("_sim"):
                self.sim_files |= stems

    def is_core(self, source: Source) -> bool:
        """Whether the file belongs to a system's core: its sources, their headers, its messages."""
        stem = str(PurePosixPath(source.path).with_suffix(""))
        messages = re.match(r"examples/[^/]+/(?:messages|\w+_wire)\.hpp$", source.path)
        return source.is_cpp and (stem in self.core_files or messages is not None)

    def is_deterministic(self, source: Source) -> bool:
        """Whether the file's code runs in a simulation that must be the same everywhere."""
        if not source.is_cpp or source.is_test:
            return False
        path = PurePosixPath(source.path)
        if self.is_core(source) or str(path.with_suffix("")) in self.sim_files:
            return True
        if path.parts[0] != "lib" or len(path.parts) < 3:
            return False
        return {
            "core": True,
            "check": True,
            "wire": "json" not in path.name,
            "disk": "posix" not in path.name,
            "sim": re.match(r"campaign|program|arguments", path.name) is None,
        }.get(path.parts[1], False)

    def holds_state(self, source: Source) -> bool:
        """Whether what the file's classes hold may be part of a core's state."""
        return self.is_core(source) or source.path.startswith(("lib/core/", "lib/check/"))


def check(source: Source, layers: Layers) -> Iterator[Problem]:
    if not source.is_cpp:
        return
    parts = PurePosixPath(source.path).parts
    part = parts[1] if parts[0] == "lib" and len(parts) > 2 else ""
    for line, path, quoted in source.includes:
        if not quoted or source.is_test:
            continue
        used = path.split("/")[0]
        if "/" not in path or not (used in layers.may_use or used in ("sim", "net")):
            continue
        if layers.is_core(source) and used not in CORE_MAY_USE:
            yield Problem(source.path, line, "layer", f"a core may not use {used}")
        if part and used != part and used not in allowed(part, parts[-1], layers):
            yield Problem(source.path, line, "layer", f"{part} may not use {used}")
        if path in JSON_HEADERS and layers.is_deterministic(source):
            yield Problem(source.path, line, "layer", f"{path} is for hosts and tools")


def allowed(part: str, file: str, layers: Layers) -> set[str]:
    name = "wire_json" if part == "wire" and "json" in file else part
    return layers.may_use.get(name, set())


def check_asio(sources: list[Source]) -> Iterator[Problem]:
    """Asio and Beast cost seconds in every file that reads them, directly or through a header of
    ours: a few files of lib/net may, and what measures the network against them."""
    readers = [source for source in asio_readers(sources) if source.kind == ".cpp"]
    for source in readers:
        if not source.path.startswith(("lib/net/", "bench/")):
            message = "includes Asio or Beast, perhaps through a header: only lib/net does"
            yield Problem(source.path, 1, "asio", message)
    counted = [source for source in readers
               if source.path.startswith("lib/net/") and not source.is_test]
    for source in counted[ASIO_FILES:]:
        message = f"{len(counted)} files include Asio or Beast, {ASIO_FILES} are allowed"
        yield Problem(source.path, 1, "asio-files", message)


def asio_readers(sources: list[Source]) -> list[Source]:
    """Every file that includes Asio or Beast, or another file that does."""
    by_path = {source.path: source for source in sources if source.is_cpp}
    reads = {path for path, source in by_path.items()
             if any(ASIO.match(include) for _, include, _ in source.includes)}
    grown = True
    while grown:
        more = {path for path, source in by_path.items()
                if path not in reads and any(file in reads for file in files_of(source))}
        grown = bool(more)
        reads |= more
    return [by_path[path] for path in sorted(reads)]


def files_of(source: Source) -> Iterator[str]:
    """Where the files may be that `source` includes in quotes."""
    for _, include, quoted in source.includes:
        if quoted:
            yield f"lib/{include}"
            yield str(PurePosixPath(source.path).parent / include)
