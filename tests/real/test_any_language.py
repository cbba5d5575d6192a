"""Cores of the queue in other languages: in the simulator, behind a real broker, on the page."""

import json
import os
import subprocess
import sys
import unittest
from pathlib import Path

from realtest import PROGRAMS, ROOT, RealTest, wait_for
from test_other_clients import find_node

EXAMPLE = ROOT / "examples/01-queue"
SCHEMA = ROOT / "src/reference/any-language.schema.json"
TESTS_PYTHON = Path(os.environ.get("LAB_TESTS_PYTHON", ROOT / ".lab/tests/bin/python"))


def core(language: str) -> str:
    if language == "Python":
        return f"'{sys.executable}' -B '{EXAMPLE}/queue.py'"
    return f"'{find_node()}' '{EXAMPLE}/queue.ts'"


class AnyLanguage(RealTest):
    def simulate(self, command: str, *flags) -> subprocess.CompletedProcess:
        return subprocess.run(
            [PROGRAMS / "queue_promises", "sim", "--core", command, *map(str, flags)],
            capture_output=True,
            text=True,
            check=False,
        )

    def test_what_is_kept_in_memory_keeps_five_promises(self):
        for language in ("Python", "TypeScript"):
            with self.subTest(language=language):
                done = self.simulate(core(language), "--promises", 5, "--seeds", "0..5")
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                self.assertIn("promises kept: 5 of 5", done.stdout)

    def test_what_is_kept_in_memory_does_not_survive_a_restart(self):
        done = self.simulate(core("Python"), "--seeds", "0..9")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("promises kept: 5 of 6", done.stdout)
        [replay] = [line for line in done.stdout.splitlines() if line.startswith("replay: ./lab ")]
        self.assertIn("replay queue --core ", replay)

    def test_a_broker_with_such_a_core_serves_producers_and_workers(self):
        count = 20
        for language in ("Python", "TypeScript"):
            with self.subTest(language=language):
                broker = self.broker("--core", core(language))
                flags = ("--server", broker.address)
                producer = self.start("producer", *flags, "--rate", 50, "--count", count)
                worker = self.start("worker", *flags, "--work-ms", 5)
                self.assertEqual(producer.wait(), 0, producer.lines)
                wait_for(lambda: self.shown(broker).get("completed") == count, "all tasks")
                self.assertEqual(worker.stop(), 0, worker.lines)
                self.assertEqual(broker.stop(), 0, broker.lines)

    def shown(self, broker) -> dict:
        """What the live page shows of the first queue."""
        state = json.loads(broker.ask("GET", "/state")[2])
        return state["queues"][0] if state["queues"] else {}

    def test_a_broker_whose_core_answers_nonsense_says_so_and_ends(self):
        broker = self.start("broker", "--port", 0, "--core", "read line; echo '{}'; sleep 1000")
        self.assertEqual(broker.wait(), 3)
        self.assertTrue(broker.said("it answered: {}"), broker.lines)

    def lines_of_a_run(self, command: str) -> str:
        """All that a host and such a core say to each other in a few seeds."""
        to_core, from_core = self.folder / "to", self.folder / "from"
        both = f"tee -a '{to_core}' | {command} | tee -a '{from_core}'"
        done = self.simulate(both, "--seeds", "0..3", "--jobs", 1)
        self.assertNotEqual(done.returncode, 3, done.stderr)
        return to_core.read_text() + from_core.read_text()

    def refused(self, lines: str) -> list[int]:
        if not TESTS_PYTHON.exists():
            self.fail(f"{TESTS_PYTHON} is missing; ./lab test real installs it")
        file = self.folder / "lines"
        file.write_text(lines)
        done = subprocess.run(
            [TESTS_PYTHON, Path(__file__).with_name("validate_lines.py"), SCHEMA, file],
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        return [int(number) for number in done.stdout.split()]

    def test_the_schema_is_that_of_the_messages(self):
        printed = subprocess.run(
            [PROGRAMS / "queue_stdio", "--schema"], capture_output=True, text=True, check=True
        ).stdout
        if "LAB_REWRITE" in os.environ:
            SCHEMA.write_text(printed)
        self.assertEqual(SCHEMA.read_text(), printed, "LAB_REWRITE=1 writes it anew")

    def test_the_schema_takes_every_line_of_a_run(self):
        for command in (str(PROGRAMS / "queue_stdio"), core("Python"), core("TypeScript")):
            with self.subTest(command=command):
                lines = self.lines_of_a_run(command)
                self.assertGreater(lines.count("\n"), 1_000)
                self.assertEqual(self.refused(lines), [])

    def test_the_schema_refuses_what_the_host_refuses(self):
        names = ("writes", "loads", "messages", "replies", "pushes", "closes")
        good = {name: [] for name in names}
        reply = {"session": "1", "request": "1", "result": {"type": "done"}}
        hostile = [
            {},
            {"ready": {**good, "replies": {}}},
            {"ready": good, "colour": "red"},
            {"ready": good, "next_timeout": 5},
            {"ready": good, "next_timeout": "soon"},
            {"ready": {name: [] for name in names if name != "closes"}},
            {"ready": {**good, "replies": [{**reply, "session": 1}]}},
            {"ready": {**good, "replies": [{**reply, "result": {"type": "gone"}}]}},
            {"ready": {**good, "replies": [{**reply, "result": {}}]}},
            {"ready": {**good, "replies": [{**reply, "more": 1}]}},
        ]
        lines = "".join(json.dumps(line) + "\n" for line in hostile)
        self.assertEqual(self.refused(lines), list(range(1, len(hostile) + 1)))
        self.assertEqual(self.refused(json.dumps({"ready": {**good, "replies": [reply]}})), [])

    def test_the_exchange_on_the_page_is_what_happens(self):
        told, answered = [], []
        for line in (EXAMPLE / "exchange.txt").read_text().splitlines():
            if line.startswith("> "):
                told.append(line[2:])
            elif line.startswith("< "):
                answered.append(line[2:])
        done = subprocess.run(
            core("Python"),
            shell=True,
            input="\n".join(told) + "\n",
            capture_output=True,
            text=True,
            check=True,
        )
        self.assertEqual(done.stdout.splitlines(), answered)


if __name__ == "__main__":
    unittest.main()
