"""What the producer sends, and what it says."""

import json
import unittest

from realtest import RealTest, wait_for


class Producers(RealTest):
    def produce(self, broker, *arguments):
        flags = ("--server", broker.address, "--rate", 1000, *arguments)
        return self.run_to_end("producer", *flags)

    def payloads(self, broker) -> list:
        """Of all tasks that can be had, in their order."""
        return [task["payload"] for task in broker.lease(max=100)]

    def test_each_line_of_a_file_becomes_a_task_with_these_bytes(self):
        broker = self.broker()
        file = self.folder / "tasks.jsonl"
        file.write_text('{"to": "ann"}\n\n  [1, 2]  \n"x"\n')
        status, words = self.produce(broker, "--payload-file", file, "--batch", 2)
        self.assertEqual(status, 0, words)
        self.assertEqual(self.payloads(broker), [{"to": "ann"}, [1, 2], "x"])

    def test_with_a_count_the_lines_are_sent_in_turn(self):
        broker = self.broker()
        file = self.folder / "tasks.jsonl"
        file.write_text("1\n2\n")
        self.produce(broker, "--payload-file", file, "--count", 3)
        self.assertEqual(sorted(self.payloads(broker)), [1, 1, 2])

    def test_a_line_that_is_not_json_is_named_and_nothing_is_sent(self):
        broker = self.broker()
        file = self.folder / "tasks.jsonl"
        file.write_text('1\n{"to": ann}\n')
        status, words = self.produce(broker, "--payload-file", file)
        self.assertEqual(status, 1)
        self.assertIn("tasks.jsonl, line 2: not JSON at byte 7", words)
        self.assertEqual(broker.state()["queues"], [])
        for content, complaint in (("\n", "holds no task"), (None, "cannot read")):
            if content is None:
                file.unlink()
            else:
                file.write_text(content)
            status, words = self.produce(broker, "--payload-file", file)
            self.assertEqual(status, 1)
            self.assertIn(complaint, words)

    def test_a_producer_that_is_started_again_with_its_keys_stores_nothing_twice(self):
        broker = self.broker()
        for count in (3, 5):
            status, words = self.produce(broker, "--count", count, "--key-prefix", "orders")
            self.assertEqual(status, 0, words)
        self.assertEqual(broker.counts()["pending"], 5)

    def test_without_keys_of_its_own_another_start_means_other_tasks(self):
        broker = self.broker()
        for _ in range(2):
            self.produce(broker, "--count", 3)
        self.assertEqual(broker.counts()["pending"], 6)

    def test_delay_and_attempts_go_with_each_task(self):
        broker = self.broker()
        self.produce(broker, "--count", 1, "--delay-ms", 3_600_000, "--max-attempts", 2)
        task = broker.ask_json("GET", "/queues/demo/tasks/1")
        self.assertEqual(task["max_attempts"], 2)
        self.assertEqual(task["not_before_ms"] - task["enqueued_at_ms"], 3_600_000)

    def test_many_jobs_a_second_are_told_in_one_line_a_second(self):
        broker = self.broker()
        producer = self.start("producer", "--server", broker.address, "--rate", 200)
        producer.wait_for_line(r"\d+ tasks stored, \d+ requests not answered yet")
        self.assertFalse(producer.said("task 1  stored"), producer.lines)

    def test_a_full_queue_makes_the_producer_wait_and_lose_nothing(self):
        broker = self.broker("--max-queue-length", 2)
        producer = self.start("producer", "--server", broker.address, "--count", 4)
        producer.wait_for_line("not stored yet: queue_full; trying again later")
        status, headers, answer = broker.ask("POST", "/queues/demo/tasks", '{"payload":1}')
        self.assertEqual((status, headers["Retry-After"]), (429, "1"))
        self.assertEqual(json.loads(answer)["reason"], "queue_full")
        self.worker(broker, "ann", "--work-ms", 0)
        wait_for(lambda: broker.counts()["completed"] == 4, "the end of all tasks")
        self.assertEqual(producer.wait(), 0)


if __name__ == "__main__":
    unittest.main()
