"""A broker that stands still under load, as a machine does that is suspended: alone, and among crashes."""

import itertools
import random
import time
import unittest

import load
from realtest import RealTest, free_port, wait_for

JOBS = 200
LEASE_MS = 600
WORKERS = 2
# Longer than any lease, and than the programs wait for an answer before they ask again.
FREEZE_S = max(LEASE_MS, load.VISIBILITY_MS, 5_000) / 1000 + 0.5


class Freezes(RealTest):
    """The clients of load.py and the project's own programs work side by side, in two queues."""

    def setUp(self):
        super().setUp()
        self.port = free_port()
        self.seed = random.randrange(1 << 30)
        self.chance = random.Random(self.seed)
        self.book = load.Book()
        self.start_broker()
        flags = ("--server", self.served.address, "--queue", "jobs", "--max-attempts", 100)
        self.producer = self.start("producer", *flags, "--rate", 50, "--count", JOBS)
        self.workers = [self.start_worker(f"worker-{number}") for number in range(WORKERS)]

    def start_broker(self):
        self.served = self.broker("--data-dir", self.folder / "data", port=self.port)
        self.clients = load.Load(self.book, self.port, self.chance.randrange(1 << 30))

    def start_worker(self, name: str):
        flags = ("--queue", "jobs", "--work-ms", 300, "--visibility-ms", LEASE_MS)
        return self.worker(self.served, name, "--concurrency", 4, *flags)

    def restart_broker(self):
        self.served.kill()
        self.clients.join()
        self.book.broker_restarted()
        self.start_broker()

    def restart_worker(self, number: int):
        self.workers[number].kill()
        self.workers[number] = self.start_worker(f"worker-{number}")

    def wait_for_progress(self):
        """Of the clients of load.py: else nothing would be there to lose."""
        done = len(self.book.completed)
        problems = self.clients.problems
        wait_for(lambda: problems or len(self.book.completed) > done + 20, "more acks")
        if problems:
            raise problems[0]

    def drain_and_count(self):
        self.clients.stop()
        load.drain(self.book, self.port)
        self.assertEqual(self.producer.wait(), 0, self.producer.lines)

        def counts():
            return self.served.counts("jobs")

        wait_for(lambda: counts()["pending"] + counts()["processing"] == 0, "the end of all jobs")
        self.assertEqual((counts()["completed"], counts()["failed"]), (JOBS, 0))

    def test_a_broker_that_is_frozen_longer_than_all_leases_goes_on_and_loses_nothing(self):
        for _ in range(2):
            self.wait_for_progress()
            self.served.enqueue(queue="held")
            [task] = self.served.lease("ann", queue="held", visibility_ms=LEASE_MS)
            self.served.pause()
            time.sleep(FREEZE_S)
            self.served.resume()
            self.assertEqual(self.served.end(task, queue="held")[0], 409)
            [again] = self.served.lease("bob", queue="held", wait_ms=30_000)
            self.assertEqual(self.served.end(task, queue="held")[0], 409)
            self.assertEqual(self.served.end(again, queue="held")[0], 204)
        self.wait_for_progress()
        self.drain_and_count()

    def test_crashes_and_freezes_of_broker_and_workers_in_any_mix_lose_nothing(self):
        acts = ("nothing", "freeze", "kill")
        rounds = list(itertools.product(acts, acts))
        self.chance.shuffle(rounds)
        with self.subTest(seed=self.seed, rounds=rounds):
            for of_broker, of_worker in rounds:
                self.wait_for_progress()
                self.act(of_broker, of_worker)
            self.drain_and_count()

    def act(self, of_broker: str, of_worker: str):
        number = self.chance.randrange(WORKERS)
        if of_worker == "freeze":
            self.workers[number].pause()
        if of_broker == "freeze":
            self.served.pause()
        time.sleep(self.chance.uniform(0.05, 0.3))
        if of_worker == "kill":
            self.restart_worker(number)
        if of_broker == "kill":
            self.restart_broker()
        time.sleep(self.chance.uniform(0.05, 1.5 * LEASE_MS / 1000))
        self.served.resume()
        self.workers[number].resume()
        time.sleep(self.chance.uniform(0.05, 0.3))


if __name__ == "__main__":
    unittest.main()
