"""The queue in containers: the log is the story, and no failure of a container loses a task."""

import json
import re
import urllib.request

from composetest import ComposeTest

SERVICES = ("broker", "producer", "worker-1", "worker-2", "worker-3")


class Queue(ComposeTest):
    folder = "01-queue"
    port_variables = ("QUEUE_PORT",)

    def counts(self) -> dict:
        address = f"http://127.0.0.1:{self.ports[0]}/queues/demo"
        with urllib.request.urlopen(address) as answer:
            return json.load(answer)

    def tasks(self, pattern: str, *services) -> set:
        """The tasks that the log tells this about."""
        return set(re.findall(r"task (\d+)  " + pattern, self.log(*services)))

    def wait_for_more(self, pattern: str, *services):
        before = self.tasks(pattern, *services)
        self.wait_for(lambda: self.tasks(pattern, *services) - before, pattern)

    def test_tasks_flow_and_every_one_completes_whatever_container_fails(self):
        self.with_each_compose(self.break_it)

    def break_it(self):
        self.wait_for_more("completed by worker-1", "broker")
        for service in SERVICES:
            self.check_container(service, published=service == "broker")
        self.check_log()

        self.compose("stop", "worker-1")
        self.wait_for_more("completed by worker-[23]", "broker")

        self.compose("kill", "broker")
        self.wait_for(lambda: "broker" in self.words_of_clients(), "clients that miss the broker")
        self.compose("start", "broker")
        self.wait_for_more("stored", "producer")
        self.wait_for_more("completed by worker-[23]", "broker")

        self.compose("kill", "worker-2")
        self.compose("stop", "producer")
        self.wait_for(self.nothing_is_left, "the end of all tasks")
        stored = self.tasks("stored", "producer")
        self.assertGreater(len(stored), 5)
        self.assertEqual(stored - self.tasks("completed by", "broker"), set())

    def check_log(self):
        log = self.log()
        for told in ("enqueued in demo", r"leased to worker-\d", r"completed by worker-\d", "done in"):
            self.assertRegex(log, r"task \d+  " + told)
        self.assertNotIn("/health", log)

    def words_of_clients(self) -> str:
        lines = self.log("producer", "worker-2", "worker-3").splitlines()
        return " ".join(line for line in lines if "WARN" in line.upper())

    def nothing_is_left(self) -> bool:
        counts = self.counts()
        return counts["pending"] + counts["processing"] == 0
