"""A broker that is killed, cut off from its power, or stopped, with clients at work."""

import json
import random
import threading
import time
import unittest

import load
from crash_rounds import CrashRounds
from realtest import RealTest, wait_for


class Crashes(CrashRounds):
    def run_rounds(self, *flags):
        seed = random.randrange(1 << 30)
        with self.subTest(seed=seed):
            self.crash_again_and_again(seed, *flags)

    def test_kill_9_at_any_moment_loses_nothing_that_was_acknowledged(self):
        self.run_rounds()

    def test_a_power_cut_at_any_moment_loses_nothing_that_was_acknowledged(self):
        self.run_rounds("--lose-unsynced")

    def test_in_memory_nothing_survives_and_the_broker_says_so_at_its_start(self):
        broker = self.broker()
        broker.wait_for_line("in memory: nothing survives a restart")
        broker.enqueue()
        broker.kill()
        again = self.broker()
        self.assertEqual(again.state(), {"queues": [], "tasks": []})

    def test_on_disk_the_broker_says_where(self):
        data = self.folder / "data"
        broker = self.broker("--data-dir", data)
        broker.wait_for_line(f"keeping everything in {data}")
        self.assertFalse(broker.said("in memory"))

    def test_a_lease_outlives_the_broker_and_its_token_still_counts(self):
        data = self.folder / "data"
        broker = self.broker("--data-dir", data)
        broker.enqueue('{"kept":  1.50}')
        [task] = broker.lease(visibility_ms=3_600_000)
        broker.kill()
        again = self.broker("--data-dir", data)
        self.assertEqual(again.lease("another"), [])
        self.assertEqual(again.end(task)[0], 204)
        self.assertEqual(again.counts()["completed"], 1)


class Stops(RealTest):
    def test_sigterm_under_load_is_graceful_and_loses_nothing(self):
        data = self.folder / "data"
        book = load.Book()
        for seed in range(3):
            broker = self.broker("--data-dir", data)
            clients = load.Load(book, broker.port, seed)
            time.sleep(0.3)
            self.assertEqual(broker.stop(), 0, broker.lines)
            clients.join()
            book.broker_restarted()
        load.drain(book, self.broker("--data-dir", data).port)

    def test_who_waits_when_the_broker_stops_is_told_that_the_outcome_is_unknown(self):
        broker = self.broker()
        broker.enqueue()
        broker.lease()
        answers = []
        body = {"worker": "ann", "wait_ms": 30_000}
        waiting = threading.Thread(
            target=lambda: answers.append(broker.ask("POST", "/queues/demo/leases", body))
        )
        waiting.start()
        wait_for(lambda: broker.counts()["waiting"] == 1, "the lease request that waits")
        self.assertEqual(broker.stop(), 0)
        waiting.join()
        [(status, headers, answer)] = answers
        self.assertEqual(status, 503)
        self.assertEqual(headers["Content-Type"], "application/problem+json")
        self.assertIn("unknown", json.loads(answer)["detail"])


if __name__ == "__main__":
    unittest.main()
