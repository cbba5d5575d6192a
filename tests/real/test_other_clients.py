"""Producers and workers in other languages: with each other, with ours, with a broker that dies."""

import http.server
import re
import shutil
import subprocess
import sys
import threading
import unittest

from realtest import ROOT, RealTest, free_port, wait_for

EXAMPLE = ROOT / "examples/01-queue"


def find_node() -> str:
    """The Node that ./lab installs, else one on the PATH. Older ones do not run TypeScript."""
    own = ROOT / ".lab/node/bin/node"
    node = str(own) if own.exists() else shutil.which("node")
    if node is None:
        raise AssertionError("there is no Node; ./lab test real installs it")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    if int(re.match(r"v(\d+)", version)[1]) < 24:
        raise AssertionError(f"Node 24 is needed, {node} is {version}; ./lab test real installs it")
    return node


class LosesOneAnswer(http.server.ThreadingHTTPServer):
    """Stands between a client and a broker. Of the n-th request it lets the broker answer, then it
    does `meanwhile` and hangs up."""

    def __init__(self, broker, lose: int, meanwhile):
        super().__init__(("127.0.0.1", 0), Relay)
        self.broker = broker
        self.lose = lose
        self.meanwhile = meanwhile
        self.bodies = []
        self.address = f"127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Relay(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.bodies.append(body)
        status, headers, answer = self.server.broker.ask("POST", self.path, body)
        if len(self.server.bodies) == self.server.lose:
            self.server.broker = self.server.meanwhile()
            return
        self.send_response(status)
        self.send_header("Content-Type", headers["Content-Type"])
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_arguments):
        pass


class OtherClients(RealTest):
    def client(self, language: str, role: str, server: str, *flags):
        if language == "C++":
            more = ("--rate", 20) if role == "producer" else ()
            return self.start(role, "--server", server, *more, *flags)
        if language == "Python":
            command = (sys.executable, "-B", EXAMPLE / f"{role}.py")
        else:
            command = (find_node(), EXAMPLE / f"{role}.ts")
        return self.start(*command, "--server", server, *flags)

    def drain(self, producing: str, working: str):
        count = 15
        broker = self.broker()
        producer = self.client(producing, "producer", broker.address, "--count", count)
        worker = self.client(working, "worker", broker.address, "--work-ms", 5)
        self.assertEqual(producer.wait(), 0, producer.lines)
        wait_for(lambda: broker.counts()["completed"] == count, "the end of all tasks")
        self.assertEqual(worker.stop(), 0, worker.lines)
        tasks = {str(number) for number in range(1, count + 1)}
        self.assertEqual(self.tasks_in(producer, "stored"), tasks)
        self.assertEqual(self.tasks_in(worker, "done in"), tasks)

    def tasks_in(self, program, words: str) -> set:
        found = [re.search(rf"task (\d+)  {words}", line) for line in program.lines]
        return {match[1] for match in found if match}

    def test_each_producer_works_with_the_workers_of_other_languages(self):
        languages = ("C++", "Python", "TypeScript")
        for producing in languages:
            for working in languages:
                if producing != working:
                    with self.subTest(producer=producing, worker=working):
                        self.drain(producing, working)

    def crash(self, producing: str, working: str):
        count = 120
        flags = ("--data-dir", self.folder / f"{producing}-{working}")
        port = free_port()
        broker = self.broker(*flags, port=port)
        producer = self.client(producing, "producer", broker.address, "--count", count)
        worker = self.client(working, "worker", broker.address, "--work-ms", 1)
        wait_for(lambda: broker.counts()["completed"] >= 10, "the first tasks")
        broker.kill()
        again = self.broker(*flags, port=port)
        self.assertEqual(producer.wait(), 0, producer.lines)
        wait_for(lambda: again.counts()["completed"] == count, "the end of all tasks")
        counts = again.counts()
        self.assertEqual((counts["pending"], counts["processing"]), (0, 0))
        self.assertEqual(len(self.tasks_in(producer, "stored")), count)
        self.assertEqual(worker.stop(), 0, worker.lines)

    def test_a_broker_that_is_killed_in_the_middle_loses_nothing(self):
        for producing, working in (("Python", "TypeScript"), ("TypeScript", "Python")):
            with self.subTest(producer=producing, worker=working):
                self.crash(producing, working)

    def test_a_producer_whose_answer_was_lost_stores_nothing_twice(self):
        for language in ("Python", "TypeScript"):
            with self.subTest(language=language):
                self.lose_an_answer(language)

    def lose_an_answer(self, language: str):
        count = 4
        flags = ("--data-dir", self.folder / language)
        broker = self.broker(*flags)

        def kill_and_start_again():
            broker.kill()
            return self.broker(*flags)

        with LosesOneAnswer(broker, 2, kill_and_start_again) as between:
            producer = self.client(language, "producer", between.address, "--count", count)
            self.assertEqual(producer.wait(), 0, producer.lines)
            between.shutdown()
        self.assertEqual(between.bodies[1], between.bodies[2])  # with the same key
        self.assertEqual(len(between.bodies), count + 1)
        self.assertEqual(self.tasks_in(producer, "stored"), {"1", "2", "3", "4"})
        self.assertEqual(between.broker.counts()["pending"], count)

    def test_a_task_that_takes_longer_than_its_lease_is_done_once(self):
        for language in ("Python", "TypeScript"):
            with self.subTest(language=language):
                broker = self.broker()
                broker.enqueue()
                flags = ("--work-ms", 3_000, "--visibility-ms", 1_500)
                worker = self.client(language, "worker", broker.address, *flags)
                worker.wait_for_line(r"task 1  done in")
                self.assertFalse(broker.said("expired"), broker.lines)
                self.assertEqual(worker.stop(), 0)

    def test_a_task_that_fails_is_given_back(self):
        for language in ("Python", "TypeScript"):
            with self.subTest(language=language):
                broker = self.broker()
                broker.enqueue('"nonsense"')
                worker = self.client(language, "worker", broker.address)
                worker.wait_for_line(r"task 1  not done \(the payload is no thumbnail\), given back")
                self.assertEqual(worker.stop(), 0)

    def test_a_task_that_is_somebody_elses_is_given_up(self):
        for language in ("Python", "TypeScript"):
            with self.subTest(language=language):
                broker = self.broker()
                broker.enqueue()
                flags = ("--work-ms", 3_600_000, "--visibility-ms", 1_000)
                worker = self.client(language, "worker", broker.address, *flags)
                broker.wait_for_line("task 1  leased to worker-1")
                worker.pause()
                [task] = wait_for(lambda: broker.lease("another", wait_ms=5_000), "the lost task")
                worker.resume()
                worker.wait_for_line("task 1  not this worker's any more")
                self.assertEqual(broker.end(task)[0], 204)
                self.assertEqual(worker.stop(), 0)

    def test_who_is_told_to_wait_waits_and_whoever_is_stopped_stops(self):
        for language in ("Python", "TypeScript"):
            with self.subTest(language=language):
                broker = self.broker("--max-queue-length", 1)
                producer = self.client(language, "producer", broker.address, "--count", 2)
                producer.wait_for_line("task 1  stored")
                wait_for(lambda: self.refusals(broker) >= 1, "the refusal of the second task")
                [task] = broker.lease()
                broker.end(task)
                producer.wait_for_line("task 2  stored")
                self.assertEqual(producer.wait(), 0)
                stopped = self.client(language, "producer", broker.address)
                wait_for(lambda: self.refusals(broker) >= 2, "the refusal of the third")
                self.assertEqual(stopped.stop(), 0)
                self.assertTrue(stopped.said("stopped without an answer"), stopped.lines)

    def refusals(self, broker) -> int:
        metrics = broker.ask("GET", "/metrics")[2].decode()
        return int(re.search(r'lab_responses_total\{class="4xx"\} (\d+)', metrics)[1])

    def test_help_names_the_flags(self):
        for language in ("Python", "TypeScript"):
            for role, own in (("producer", "--count"), ("worker", "--name")):
                with self.subTest(language=language, role=role):
                    asked = self.client(language, role, "localhost:1", "--help")
                    self.assertEqual(asked.wait(), 0)
                    for flag in ("--server", "--queue", own):
                        self.assertTrue(asked.said(flag), asked.lines)

    def test_unknown_flags_and_impossible_names_get_a_clear_error(self):
        broker = self.broker()
        for language in ("Python", "TypeScript"):
            for role in ("producer", "worker"):
                with self.subTest(language=language, role=role):
                    unknown = self.client(language, role, broker.address, "--colour", "red")
                    self.assertEqual(unknown.wait(), 2)
                    self.assertTrue(unknown.said("--colour"), unknown.lines)
                    refused = self.client(language, role, broker.address, "--queue", "a/b")
                    self.assertEqual(refused.wait(), 1)
                    self.assertTrue(refused.said("a name is 1 to 100"), refused.lines)


if __name__ == "__main__":
    unittest.main()
