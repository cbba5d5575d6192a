"""What the tests of the real programs share: starting them, waiting, and talking to the broker."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests"))
from processes import GIVE_UP_AFTER_S, free_port, wait_for

BUILD = Path(os.environ.get("LAB_REAL_BUILD", ROOT / "build/debug"))
PROGRAMS = BUILD / "examples/01-queue"


class Program:
    """A running program, of this build or wherever the name's path leads, and what it has said so
    far."""

    def __init__(self, name: str, *arguments, **options):
        self.name = name
        self.lines = []
        self.process = subprocess.Popen(
            [PROGRAMS / name, *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **options,
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def said(self, words: str) -> bool:
        return any(words in line for line in list(self.lines))

    def wait_for_line(self, pattern: str) -> re.Match:
        """The first line in which the pattern is found."""

        def found():
            for line in list(self.lines):
                if match := re.search(pattern, line):
                    return match
            if self.process.poll() is not None and not self.reader.is_alive():
                raise AssertionError(f"{self.name} ended without {pattern!r}: {self.lines}")
            return None

        return wait_for(found, f"{pattern!r} from {self.name}; it said {self.lines[-20:]}")

    def signal(self, number: int):
        self.process.send_signal(number)

    def pause(self):
        self.signal(signal.SIGSTOP)
        stat = Path(f"/proc/{self.process.pid}/stat")
        wait_for(lambda: stat.read_text().rpartition(")")[2].split()[0] == "T", "the pause")

    def resume(self):
        self.signal(signal.SIGCONT)

    def kill(self):
        """As a crash would."""
        self.process.kill()
        return self.wait()

    def stop(self) -> int:
        self.signal(signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        status = self.process.wait(GIVE_UP_AFTER_S)
        self.reader.join()
        self.process.stdout.close()
        return status

    def clean_up(self):
        if self.process.poll() is None:
            self.process.kill()
        self.wait()


class Server(Program):
    """A program that speaks HTTP."""

    def wait_until_it_listens(self):
        self.port = int(self.wait_for_line(r"listening on http://127\.0\.0\.1:(\d+)").group(1))
        self.address = f"127.0.0.1:{self.port}"

    def ask(self, method: str, path: str, body=None, headers=()):
        """One request on a connection of its own: status, headers and body of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=GIVE_UP_AFTER_S)
        try:
            data = json.dumps(body) if isinstance(body, (dict, list)) else body
            connection.request(method, path, data, dict(headers))
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def ask_json(self, method: str, path: str, body=None):
        status, _, answer = self.ask(method, path, body)
        if status >= 400:
            raise AssertionError(f"{method} {path}: {status} {answer!r}")
        return json.loads(answer) if answer else None

    def state(self) -> dict:
        return self.ask_json("GET", "/state")


class Broker(Server):
    def __init__(self, *arguments, port=0, program="broker", **options):
        super().__init__(program, "--port", port, *arguments, **options)

    def enqueue(self, payload='{"photo":"wren.jpg","width":320}', queue="demo") -> int:
        answer = self.ask_json("POST", f"/queues/{queue}/tasks", '{"payload":' + payload + "}")
        return int(answer["ids"][0])

    def lease(self, worker="ann", queue="demo", **more) -> list:
        body = {"worker": worker, **more}
        return self.ask_json("POST", f"/queues/{queue}/leases", body)["tasks"]

    def end(self, task: dict, verb="ack", queue="demo"):
        """Acks or nacks; the status and the answer."""
        path = f"/queues/{queue}/tasks/{task['id']}/{verb}"
        status, _, answer = self.ask("POST", path, {"lease": task["lease"]})
        return status, answer

    def counts(self, queue="demo") -> dict:
        status, _, answer = self.ask("GET", f"/queues/{queue}")
        if status == 404:
            return {"pending": 0, "processing": 0, "completed": 0, "waiting": 0}
        return json.loads(answer)


class RealTest(unittest.TestCase):
    """A test whose programs and folder are its own; nothing of it outlives it."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def start(self, name: str, *arguments, **options) -> Program:
        program = Program(name, *arguments, **options)
        self.addCleanup(program.clean_up)
        return program

    def broker(self, *arguments, **options) -> Broker:
        broker = Broker(*arguments, **options)
        self.addCleanup(broker.clean_up)
        broker.wait_until_it_listens()
        return broker

    def worker(self, broker: Broker, name: str, *arguments) -> Program:
        return self.start("worker", "--server", broker.address, "--name", name, *arguments)

    def run_to_end(self, name: str, *arguments, **options):
        """For a program that must end by itself: its exit status and all that it said."""
        program = self.start(name, *arguments, **options)
        status = program.wait()
        return status, "\n".join(program.lines)
