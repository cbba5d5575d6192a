"""The clients in Python and TypeScript: with a cluster that loses nodes, and with one that lies in wait."""

import http.server
import json
import subprocess
import sys
import threading
import unittest

from clustertest import ClusterTest
from realtest import ROOT, RealTest, free_port, wait_for
from test_other_clients import find_node

EXAMPLE = ROOT / "examples/04-consensus"
LANGUAGES = ("Python", "TypeScript")


def run(language: str, servers: list[str], *arguments):
    """Exit status, standard output as bytes, standard error as text."""
    start = [sys.executable, "-B", EXAMPLE / "client.py"]
    if language == "TypeScript":
        start = [find_node(), EXAMPLE / "client.ts"]
    flags = [flag for server in servers for flag in ("--server", server)]
    done = subprocess.run(
        [*start, *flags, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr.decode()


class Scripted(http.server.ThreadingHTTPServer):
    """A node that gives these answers, one to each request: status, headers and body. Without a word it
    hangs up where the status is "lost"."""

    def __init__(self, answers):
        super().__init__(("127.0.0.1", 0), Answering)
        self.answers = list(answers)
        self.seen = []
        self.address = f"127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Answering(http.server.BaseHTTPRequestHandler):
    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        number = (self.headers["Raft-Session"], self.headers["Raft-Sequence"])
        self.server.seen.append((f"{self.command} {self.path}", number, body))
        status, headers, text = self.server.answers.pop(0)
        if status == "lost":
            self.close_connection = True
            return
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_PUT = do_POST = answer

    def log_message(self, *_arguments):
        pass


def refusal(status: int, outcome: str, detail: str):
    return status, {}, json.dumps({"detail": detail, "outcome": outcome}).encode()


LOST = ("lost", {}, b"")
OPENED = (201, {}, b'{"session": 17}\n')
STORED = (204, {"ETag": '"5"'}, b"")
BUSY = refusal(503, "not_done", "no leader")
NOBODY_KNOWS = refusal(504, "unknown", "nobody can tell")
STOPPING = (503, {}, b'{"detail": "The node is stopping. Whether this was carried out is unknown."}')


class Doubts(RealTest):
    def ask(self, language: str, answers, *arguments):
        with Scripted(answers) as server:
            result = run(language, [server.address], *arguments)
            server.shutdown()
        self.assertEqual(server.answers, [], "what was not asked for")
        return *result, server.seen

    def test_a_change_in_a_session_is_sent_again_with_its_number(self):
        for language in LANGUAGES:
            for doubt in (LOST, NOBODY_KNOWS, STOPPING, BUSY):
                with self.subTest(language=language, doubt=doubt):
                    answers = [OPENED, doubt, doubt, STORED]
                    status, said, _, seen = self.ask(language, answers, "append", "a/b", "x")
                    self.assertEqual((status, said), (0, b"version 5\n"))
                    request = ("POST /kv/a%2Fb/append", ("17", "1"), b"x")
                    self.assertEqual(seen[0][0], "POST /sessions")
                    self.assertEqual(seen[1:], [request] * 3)

    def test_without_a_session_a_doubt_is_the_end(self):
        for language in LANGUAGES:
            for doubt in (LOST, NOBODY_KNOWS, STOPPING):
                with self.subTest(language=language, doubt=doubt):
                    answers = [BUSY, doubt]  # what was refused for sure is asked again
                    status, said, error, _ = self.ask(language, answers, "--no-session", "put", "a", "x")
                    self.assertEqual((status, said), (3, b""))
                    self.assertIn("nobody knows whether it was done", error)

    def test_a_question_is_asked_until_it_is_answered(self):
        for language in LANGUAGES:
            with self.subTest(language=language):
                value = b"\0\xff\n"
                answers = [LOST, BUSY, NOBODY_KNOWS, (200, {"ETag": '"5"'}, value)]
                status, said, _, _ = self.ask(language, answers, "get", "a")
                self.assertEqual((status, said), (0, value))
                status, said, error, _ = self.ask(language, [refusal(404, "not_done", "x")], "get", "a")
                self.assertEqual((status, said, error), (1, b"", ""))

    def test_a_refusal_for_good_is_told(self):
        for language in LANGUAGES:
            with self.subTest(language=language):
                large = refusal(413, "not_done", "it is too large")
                status, _, error, _ = self.ask(language, [OPENED, large], "put", "a", "x")
                self.assertEqual((status, error), (1, "not done: it is too large\n"))

    def test_a_session_that_has_expired_says_nothing_of_what_was_sent_before(self):
        for language in LANGUAGES:
            with self.subTest(language=language):
                expired = refusal(410, "not_done", "the session has expired")
                status, _, error, _ = self.ask(language, [OPENED, LOST, expired], "put", "a", "x")
                self.assertEqual(status, 3, error)
                self.assertIn("the session has expired", error)

    def test_whose_patience_is_over_is_told_what_is_known(self):
        nobody = f"127.0.0.1:{free_port()}"
        for language in LANGUAGES:
            with self.subTest(language=language):
                for what in (("get", "a"), ("put", "a", "x")):
                    status, _, error = run(language, [nobody], "--patience-s", "0.2", *what)
                    self.assertEqual((status, error), (1, "not done: no answer came\n"))

    def test_wrong_flags_get_a_clear_error(self):
        for language in LANGUAGES:
            for wrong in (("get",), ("get", "a", "b"), ("put", "a"), ("sell", "a"), ("--bogus", "get", "a")):
                with self.subTest(language=language, wrong=wrong):
                    status, said, error = run(language, [], *wrong)
                    self.assertEqual((status, said), (2, b""))
                    self.assertIn("--server", error)
            self.assertIn(b"--no-session", run(language, [], "--help")[1])


class Clusters(ClusterTest):
    def test_each_client_reads_what_the_other_has_written(self):
        cluster = self.cluster(3)
        cluster.wait_for_leader()
        servers = [node.address for node in cluster.nodes()]
        for writing, reading in (LANGUAGES, LANGUAGES[::-1]):
            wait_for(
                lambda: run(writing, servers, "--no-session", "put", "ä/b", writing)[0] == 0,
                "a change without a doubt",
            )
            self.assertEqual(run(reading, servers, "get", "ä/b")[:2], (0, writing.encode()))

    def test_a_client_finds_the_nodes_that_are_left(self):
        cluster = self.cluster(3)
        leader = cluster.wait_for_leader()
        cluster.put_until_done(leader, "a", "1")
        servers = [node.address for node in cluster.nodes()]
        cluster.kill(leader.number)
        for language in LANGUAGES:
            self.assertEqual(run(language, servers, "get", "a")[:2], (0, b"1"))

    def test_what_is_appended_in_sessions_is_there_once_whatever_leader_dies(self):
        cluster = self.cluster(5)
        leader = cluster.wait_for_leader()
        if leader.ask("POST", "/sessions")[0] == 400:
            self.skipTest("this core opens no sessions")
        servers = [node.address for node in cluster.nodes()]
        results = []
        expected = [f"{language[0]}{number}." for language in LANGUAGES for number in range(8)]

        def append(language: str):
            for number in range(8):
                arguments = ("append", "all", f"{language[0]}{number}.")
                results.append(run(language, servers, *arguments))

        threads = [threading.Thread(target=append, args=(language,)) for language in LANGUAGES]
        for thread in threads:
            thread.start()
        for _ in range(2):
            before = len(results)
            wait_for(lambda: len(results) > before + 1, "changes that are made")
            old = cluster.wait_for_leader().number
            cluster.kill(old)
            cluster.wait_for_leader()
            cluster.start(old)
        for thread in threads:
            thread.join()
        self.assertEqual([result[0] for result in results], [0] * len(expected), results)
        value = cluster.wait_for_leader().get("all").decode()
        self.assertEqual(sorted(value.split(".")[:-1]), sorted(part[:-1] for part in expected))


if __name__ == "__main__":
    unittest.main()
