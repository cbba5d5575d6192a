"""Workers that die, freeze and stop: no task is lost, and none is ended by who does not hold it."""

import unittest

from realtest import RealTest, wait_for

FOR_EVER_MS = 3_600_000


class Workers(RealTest):
    def test_a_killed_worker_loses_no_task(self):
        broker = self.broker()
        tasks = 20
        for _ in range(tasks):
            broker.enqueue()
        doomed = self.worker(
            broker, "doomed", "--work-ms", FOR_EVER_MS, "--concurrency", 5, "--visibility-ms", 1000
        )
        wait_for(lambda: broker.counts()["processing"] == 5, "five tasks in the worker's hands")
        doomed.kill()
        for name in ("ann", "bob"):
            self.worker(broker, name, "--work-ms", 10)
        wait_for(lambda: broker.counts()["completed"] == tasks, "the end of all tasks")
        self.assertEqual(broker.state()["tasks"], [])
        self.assertFalse(broker.said("completed by doomed"))
        returned = [line for line in broker.lines if "doomed's lease expired" in line]
        self.assertEqual(len(returned), 5, broker.lines)

    def test_a_worker_killed_again_and_again_loses_no_task(self):
        broker = self.broker()
        broker.ask_json("PUT", "/queues/demo", {"max_attempts": 100})
        tasks = 60
        for _ in range(tasks):
            broker.enqueue()
        flags = ("--work-ms", 30, "--visibility-ms", 300, "--concurrency", 3)
        self.worker(broker, "steady", *flags)
        deaths = 0

        def kill_another():
            nonlocal deaths
            doomed = self.worker(broker, "doomed", *flags)
            doomed.wait_for_line("connected")
            held = [task for task in broker.state()["tasks"] if task.get("worker") == "doomed"]
            doomed.kill()
            deaths += bool(held)
            return broker.counts()["completed"] == tasks

        wait_for(kill_another, "the end of all tasks")
        self.assertGreater(deaths, 0, "it was never killed with a task in hand")

    def test_a_frozen_workers_task_goes_to_another_and_its_late_ack_changes_nothing(self):
        broker = self.broker()
        flags = ("--work-ms", 1500, "--visibility-ms", 2000, "--no-extend")
        slow = self.worker(broker, "slow", *flags)
        task = self.freeze_at_work(broker, slow)
        self.worker(broker, "next", "--work-ms", FOR_EVER_MS, "--visibility-ms", FOR_EVER_MS)
        broker.wait_for_line(rf"task {task}  leased to next  attempt 2")
        before = broker.state()
        [held] = before["tasks"]
        self.assertEqual((held["id"], held["worker"]), (str(task), "next"))
        slow.resume()
        slow.wait_for_line(rf"task {task}  not this worker's any more")
        self.assertEqual(broker.state()["tasks"], before["tasks"])
        self.assertIn('lab_responses_total{class="4xx"} 1', self.metrics(broker))

    def test_a_worker_keeps_a_task_that_takes_longer_than_its_lease(self):
        broker = self.broker()
        self.worker(broker, "ann", "--work-ms", 1500, "--visibility-ms", 500)
        task = broker.enqueue()
        broker.wait_for_line(rf"task {task}  completed by ann")
        self.assertEqual(broker.ask_json("GET", f"/queues/demo/tasks/{task}")["attempts"], 1)
        self.assertTrue(broker.said(f"task {task}  extended by ann"), broker.lines)

    def test_a_worker_that_always_fails_makes_dead_letters_that_can_be_tried_again(self):
        broker = self.broker()
        broker.ask_json("PUT", "/queues/demo", {"max_attempts": 1})
        self.worker(broker, "bad", "--work-ms", 0, "--failure-rate", 1)
        task = broker.enqueue()
        broker.wait_for_line(rf"task {task}  failed")
        [letter] = broker.ask_json("GET", "/queues/demo/dead")["tasks"]
        self.assertEqual((letter["id"], letter["state"]), ("1", "failed"))
        self.assertEqual(letter["payload"], {"photo": "wren.jpg", "width": 320})
        broker.ask_json("POST", f"/queues/demo/dead/{task}/retry")
        wait_for(lambda: broker.counts()["failed"] == 1, "the second failure")
        broker.ask_json("DELETE", f"/queues/demo/dead/{task}")
        self.assertEqual(broker.counts()["dropped"], 1)

    def test_what_is_no_thumbnail_becomes_a_dead_letter_and_the_worker_goes_on(self):
        broker = self.broker()
        broker.ask_json("PUT", "/queues/demo", {"max_attempts": 1})
        worker = self.worker(broker, "ann", "--work-ms", 0)
        hostile = broker.enqueue('{"photo":"../../etc/passwd","width":320}')
        good = broker.enqueue()
        broker.wait_for_line(rf"task {good}  completed by ann")
        self.assertTrue(worker.said(f"task {hostile}  is no thumbnail"), worker.lines)
        [letter] = broker.ask_json("GET", "/queues/demo/dead")["tasks"]
        self.assertEqual(letter["id"], str(hostile))

    def freeze_at_work(self, broker, worker) -> int:
        """Freezes it while it holds a task; a machine may be so slow that it takes several."""
        for _ in range(20):
            task = broker.enqueue()
            broker.wait_for_line(rf"task {task}  leased to slow")
            worker.pause()
            if not broker.said(f"task {task}  completed"):
                return task
            worker.resume()
        raise AssertionError("the worker is always quicker than the signal")

    def metrics(self, broker) -> str:
        return broker.ask("GET", "/metrics")[2].decode()

    def test_an_ack_of_a_lost_lease_is_refused_with_409_and_changes_nothing(self):
        broker = self.broker()
        broker.enqueue()
        [late] = broker.lease("late", visibility_ms=1)
        [held] = broker.lease("next", wait_ms=30_000)
        self.assertEqual(held["id"], late["id"])
        self.assertNotEqual(held["lease"], late["lease"])
        self.assertEqual(held["attempt"], 2)
        before = broker.state()
        for verb in ("ack", "nack"):
            status, answer = broker.end(late, verb)
            self.assertEqual(status, 409)
            self.assertIn(b'"reason":"stale_lease"', answer)
        self.assertEqual(broker.state(), before)
        self.assertEqual(broker.end(held)[0], 204)

    def test_a_stopped_worker_finishes_what_it_has_in_hand(self):
        broker = self.broker()
        for _ in range(4):
            broker.enqueue()
        worker = self.worker(
            broker, "ann", "--work-ms", 500, "--concurrency", 2, "--drain-ms", FOR_EVER_MS
        )
        broker.wait_for_line("leased to ann")
        wait_for(lambda: broker.counts()["processing"] == 2, "two tasks in hand")
        self.assertEqual(worker.stop(), 0)
        counts = broker.counts()
        self.assertEqual(counts["processing"], 0)
        self.assertGreaterEqual(counts["completed"], 2)
        self.assertEqual(counts["completed"] + counts["pending"], 4)
        self.assertFalse(broker.said("returned"), broker.lines)

    def test_a_stopped_worker_gives_back_what_it_cannot_finish(self):
        broker = self.broker()
        broker.enqueue()
        worker = self.worker(broker, "ann", "--work-ms", FOR_EVER_MS, "--drain-ms", 0)
        broker.wait_for_line("leased to ann")
        self.assertEqual(worker.stop(), 0)
        counts = broker.counts()
        self.assertEqual((counts["pending"], counts["processing"]), (1, 0))
        self.assertTrue(broker.said("task 1  returned: ann could not do it"))

    def test_a_stopped_worker_whose_broker_is_gone_ends_and_says_what_it_does_not_know(self):
        broker = self.broker()
        broker.enqueue()
        worker = self.worker(broker, "ann", "--work-ms", FOR_EVER_MS, "--drain-ms", 0)
        broker.wait_for_line("leased to ann")
        broker.kill()
        self.assertEqual(worker.stop(), 0)
        self.assertTrue(worker.said("without a word from the broker about 1 of its tasks"))

    def test_clients_find_the_broker_again_and_say_so(self):
        data = self.folder / "data"
        broker = self.broker("--data-dir", data)
        worker = self.worker(broker, "ann", "--work-ms", 0)
        worker.wait_for_line("connected to " + broker.address)
        broker.kill()
        worker.wait_for_line("lost the connection to " + broker.address)
        again = self.broker("--data-dir", data, port=broker.port)
        again.enqueue()
        again.wait_for_line("task 1  completed by ann")


class Producers(RealTest):
    def test_a_producer_stores_as_many_tasks_as_it_is_told_and_ends(self):
        broker = self.broker()
        status, said = self.run_to_end(
            "producer", "--server", broker.address, "--count", 5, "--rate", 1000
        )
        self.assertEqual(status, 0, said)
        self.assertEqual(broker.counts()["pending"], 5)

    def test_a_producer_waits_for_room_in_a_full_queue_and_loses_nothing(self):
        broker = self.broker("--max-queue-length", 2)
        producer = self.start(
            "producer", "--server", broker.address, "--count", 5, "--rate", 1000
        )
        producer.wait_for_line("not stored yet: queue_full")
        status, headers, answer = broker.ask("POST", "/queues/demo/tasks", '{"payload":1}')
        self.assertEqual(status, 429)
        self.assertEqual(headers["Retry-After"], "1")
        self.assertIn(b"queue_full", answer)
        self.worker(broker, "ann", "--work-ms", 0)
        self.assertEqual(producer.wait(), 0)
        wait_for(lambda: broker.counts()["completed"] == 5, "the end of all five")

    def test_a_stopped_producer_says_which_outcomes_it_does_not_know(self):
        broker = self.broker()
        broker.pause()
        producer = self.start("producer", "--server", broker.address, "--rate", 0.01)
        producer.wait_for_line("connected to")
        self.assertEqual(producer.stop(), 0)
        self.assertTrue(producer.said("without an answer to 1 of its jobs"), producer.lines)


if __name__ == "__main__":
    unittest.main()
