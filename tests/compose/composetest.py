"""What the tests in containers share: a Compose project of their own, started by each Compose there is."""

import json
import os
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests"))
from processes import free_port, wait_for


def composers() -> list[list[str]]:
    """Version 2 is a plug-in of `docker`, version 1 a program."""
    plugin = ["docker", "compose"]
    found = subprocess.run([*plugin, "version"], capture_output=True, check=False)
    both = [plugin] if found.returncode == 0 else []
    return both + ([["docker-compose"]] if shutil.which("docker-compose") else [])


class ComposeTest(unittest.TestCase):
    """A subclass names its `folder` below examples and the variables that move its `ports`."""

    folder = ""
    port_variables = ()

    def with_each_compose(self, test):
        for composer in composers():
            with self.subTest(" ".join(composer)):
                self.composer = composer
                self.ports = [free_port() for _ in self.port_variables]
                self.project = f"labtest{os.getpid()}"
                try:
                    self.compose("up", "--build", "--detach")
                    test()
                finally:
                    self.compose("down", "--volumes", "--timeout", "1")

    def compose(self, *arguments) -> str:
        done = subprocess.run(
            [*self.composer, "--project-name", self.project, *arguments],
            cwd=ROOT / "examples" / self.folder,
            env=dict(os.environ, **dict(zip(self.port_variables, map(str, self.ports)))),
            text=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        words = " ".join(map(str, done.args))
        self.assertEqual(done.returncode, 0, f"{words}: {done.stdout}{done.stderr}")
        return done.stdout

    def log(self, *services) -> str:
        return self.compose("logs", "--no-color", *services)

    def container(self, service: str) -> dict:
        name = self.compose("ps", "--quiet", service).strip()
        inspected = subprocess.run(["docker", "inspect", name], capture_output=True, check=True)
        return json.loads(inspected.stdout)[0]

    def check_container(self, service: str, published: bool):
        """It runs, not as root, and publishes on this machine alone, or nothing."""
        container = self.container(service)
        self.assertTrue(container["State"]["Running"], service)
        self.assertNotIn(container["Config"]["User"], ("", "root", "0"))
        hosts = [
            place["HostIp"] for places in container["HostConfig"]["PortBindings"].values()
            for place in places
        ]
        self.assertEqual(hosts, ["127.0.0.1"] if published else [])

    def wait_for(self, condition, what: str):
        def shown():
            return f"{what}; the log:\n{self.log()[-3000:]}"

        try:
            return wait_for(condition, what)
        except AssertionError:
            raise AssertionError(shown()) from None
