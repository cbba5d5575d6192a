"""What a broker says to requests that are wrong, and that it goes on serving after each."""

import json
import re
import socket
import unittest

from realtest import GIVE_UP_AFTER_S, RealTest, wait_for

TASKS = "/queues/demo/tasks"
LEASES = "/queues/demo/leases"
ACK = "/queues/demo/tasks/1/ack"


def request(line: str, *headers: str, body: str = "", host="Host: localhost") -> bytes:
    lines = [line, *([host] if host else []), *headers, "", body]
    return "\r\n".join(lines).encode()


def post(path: str, body: str, *headers: str, host="Host: localhost") -> bytes:
    length = f"Content-Length: {len(body.encode())}"
    return request(f"POST {path} HTTP/1.1", length, *headers, body=body, host=host)


class BadInput(RealTest):
    def setUp(self):
        super().setUp()
        self.served = self.broker()

    def exchange(self, sent: bytes) -> bytes:
        """Sends it and reads until the broker ends the connection or has answered once."""
        with socket.create_connection(("127.0.0.1", self.served.port), GIVE_UP_AFTER_S) as peer:
            received = b""
            try:
                peer.sendall(sent)
                while not self.is_whole(received) and (piece := peer.recv(65536)):
                    received += piece
            except ConnectionError:
                pass  # it refuses before all has been sent: what it said is in `received`
            return received

    @staticmethod
    def is_whole(received: bytes) -> bool:
        head, end, body = received.partition(b"\r\n\r\n")
        if not end:
            return False
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                return len(body) >= int(line.split(b":")[1])
        return head.startswith(b"HTTP/1.1 204")

    def refused(self, sent: bytes, status: int, *words: str):
        """It is refused with a problem document that holds the words; another request is served."""
        with self.subTest(sent=sent[:200], status=status):
            received = self.exchange(sent)
            head, _, body = received.partition(b"\r\n\r\n")
            self.assertTrue(head.startswith(f"HTTP/1.1 {status} ".encode()), received)
            self.assertIn(b"content-type: application/problem+json", head.lower())
            problem = json.loads(body)
            self.assertEqual(problem["status"], status)
            self.assertEqual(problem["type"], "about:blank")
            self.assertGreater(len(problem["detail"]), 10)
            for word in words:
                self.assertIn(word, problem["detail"])
            self.assertEqual(self.served.ask("GET", "/health")[0], 200)

    def assert_nothing_changed(self):
        self.assertEqual(self.served.state(), {"queues": [], "tasks": []})

    def test_what_is_not_http_is_refused(self):
        for sent in (
            b"hello\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 60 + b"\r\n\r\n",
            b"GET\r\n\r\n",
            b"GET /health HTTP/1.1\r\nno colon here\r\n\r\n",
            b"GET /health HTTP/1.1\r\nHost: local\x00host\r\n\r\n",
            request(f"POST {TASKS} HTTP/1.1", "Content-Length: ten"),
            request(f"POST {TASKS} HTTP/1.1", "Content-Length: -1"),
            request(f"POST {TASKS} HTTP/1.1", "Content-Length: 3", "Content-Length: 4", body="abc"),
            request(
                f"POST {TASKS} HTTP/1.1",
                "Content-Length: 3",
                "Transfer-Encoding: chunked",
                body="0\r\n\r\n",
            ),
            request(f"POST {TASKS} HTTP/1.1", "Transfer-Encoding: chunked", body="zz\r\n"),
        ):
            self.refused(sent, 400, "not well-formed HTTP")
        self.refused(request("GET /health HTTP/3.0"), 505, "HTTP/1.1")
        self.assert_nothing_changed()

    def test_what_is_too_large_is_refused_before_all_of_it_has_come(self):
        limit = 1 << 20
        self.refused(request("GET /health HTTP/1.1", "X: " + "x" * 20_000), 431, "16384")
        self.refused(request("GET /" + "a" * 20_000 + " HTTP/1.1"), 431, "16384")
        self.refused(post(TASKS, "1" * (limit + 1)), 413, str(limit))
        self.refused(request(f"POST {TASKS} HTTP/1.1", "Content-Length: 99999999999"), 413)
        endless = "fffff\r\n" + "1" * 0xFFFFF + "\r\n"
        self.refused(
            request(f"POST {TASKS} HTTP/1.1", "Transfer-Encoding: chunked", body=endless * 2), 413
        )
        self.refused(post(TASKS, '{"payload":"' + "x" * 65_535 + '"}'), 413, "65536")
        self.assert_nothing_changed()

    def test_a_payload_of_the_largest_size_is_taken(self):
        self.assertEqual(self.served.enqueue('"' + "x" * 65_534 + '"'), 1)

    def test_unknown_paths_and_methods_are_told_apart(self):
        for path in (
            "/nothing",
            "/queues/",
            "/queues/demo/",
            "/queues//tasks",
            "/queues/demo/tasks/1/burn",
            "/queues/demo/dead/1/burn",
            "/favicon.ico",
        ):
            self.refused(request(f"GET {path} HTTP/1.1"), 404)
        self.refused(request("GET /queues/demo%2 HTTP/1.1"), 400, "percent")
        self.refused(request("GET /queues/%00 HTTP/1.1"), 400, "percent")
        for line, allowed in (
            (f"GET {TASKS} HTTP/1.1", "POST"),
            (f"DELETE {LEASES} HTTP/1.1", "POST"),
            ("POST /queues HTTP/1.1", "GET, HEAD"),
            ("POST /queues/demo HTTP/1.1", "GET, HEAD, PUT"),
            ("GET /queues/demo/dead/1 HTTP/1.1", "DELETE"),
            ("POST /health HTTP/1.1", "GET, HEAD"),
            ("PUT /metrics HTTP/1.1", "GET, HEAD"),
            ("BREW /queues/demo HTTP/1.1", "GET, HEAD, PUT"),
        ):
            sent = request(line, "Content-Length: 0")
            self.refused(sent, 405, allowed)
            self.assertIn(f"Allow: {allowed}\r\n".encode(), self.exchange(sent))
        self.refused(request("GET /queues/never HTTP/1.1"), 404, "no such queue")

    def test_bodies_that_are_not_json_are_refused_with_the_place(self):
        for body, words in (
            ("", "not JSON at byte 0"),
            ("{", "not JSON at byte 1"),
            ('{"payload":1', "not JSON at byte 12"),
            ('{"payload":1} and more', "not JSON at byte 14"),
            ('{"payload":01}', "not JSON"),
            ('{"payload":NaN}', "not JSON"),
            ("{'payload':1}", "not JSON"),
            ('{"payload":"\t"}', "not JSON"),
            ('{"payload":"\\x"}', "not JSON"),
            ("\ufeff{}", "not JSON at byte 0"),
        ):
            self.refused(post(TASKS, body), 400, words)
        bad_utf8 = post(TASKS, '{"payload":"__"}').replace(b"__", b"\xff\xfe")
        self.refused(bad_utf8, 400, "UTF-8")
        for path in (LEASES, ACK):
            for body in ("", "{", "[1,2", '{"worker":"a"}}', "nonsense"):
                self.refused(post(path, body), 400)
        self.assert_nothing_changed()

    def test_json_of_another_shape_is_refused(self):
        for body in (
            "1",
            "[]",
            "{}",
            "null",
            '{"payload":1,"payload":2}',
            '{"payload":1,"priority":2}',
            '{"pay\\u006coad":1}',
            '{"tasks":1}',
            '{"tasks":[1]}',
            '{"tasks":[{}]}',
            '{"tasks":[{"payload":1},{"payload":2,"payload":3}]}',
            '{"tasks":[{"payload":1}],"tasks":[]}',
        ):
            self.refused(post(TASKS, body), 400, 'the body must be {"payload": any')
        self.refused(post(TASKS, '{"tasks":[]}'), 400)
        many = '{"tasks":[' + ",".join(['{"payload":1}'] * 101) + "]}"
        self.refused(post(TASKS, many), 400, "1 to 100")
        self.assert_nothing_changed()

    def test_deep_nesting_is_refused(self):
        for body in (
            '{"payload":' + "[" * 40 + "]" * 40 + "}",
            "[" * 100_000,
            '{"a":' * 100_000,
        ):
            self.refused(post(TASKS, body), 400, "deep")
            self.refused(post(LEASES, body), 400)
            self.refused(post(ACK, body), 400)
        self.assertEqual(self.served.enqueue("[" * 30 + "]" * 30), 1)

    def test_wrong_members_are_named(self):
        for body, word in (
            ('{"worker":7}', "worker"),
            ('{"worker":null}', "worker"),
            ("{}", "worker"),
            ('{"worker":"a","worker":"b"}', "worker"),
            ('{"worker":"a","max":"1"}', "max"),
            ('{"worker":"a","max":1.5}', "max"),
            ('{"worker":"a","max":-1}', "max"),
            ('{"worker":"a","max":4294967296}', "max"),
            ('{"worker":"a","max":1e99}', "max"),
            ('{"worker":"a","max":' + "9" * 400 + "}", "max"),
            ('{"worker":"a","colour":"red"}', "colour"),
        ):
            self.refused(post(LEASES, body), 400, word)
        for body in ('{"worker":"a","max":0}', '{"worker":"a","max":101}'):
            self.refused(post(LEASES, body), 400, "1 to 100")
        self.refused(post(LEASES, '{"worker":"a","visibility_ms":0}'), 400, "visibility_ms")
        self.refused(post(LEASES, '{"worker":"a","wait_ms":30001}'), 400, "wait_ms")
        for body, word in (
            ('{"lease":3}', "lease"),
            ('{"lease":"3"}', "3-17"),
            ('{"lease":"-1-2"}', "3-17"),
            ('{"lease":"03-1"}', "3-17"),
            ('{"lease":"1-99999999999999999999"}', "3-17"),
            ('{"lease":"1-2","task":1}', "task"),
        ):
            self.refused(post(ACK, body), 400, word)
        self.assert_nothing_changed()

    def test_names_and_numbers_that_cannot_be_are_refused(self):
        for queue in ("a%20b", "a%2Fb", "%F0%9F%98%80", "q" * 101, "a%0Ab"):
            self.refused(post(f"/queues/{queue}/tasks", '{"payload":1}'), 400, "a name is")
        for worker in ("", "a b", "w" * 101):
            self.refused(post(LEASES, json.dumps({"worker": worker})), 400, "a name is")
        for task in ("0", "9", "-1", "x", "1e3", "99999999999999999999"):
            sent = post(f"/queues/demo/tasks/{task}/ack", '{"lease":"1-1"}')
            self.refused(sent, 404)
        self.assert_nothing_changed()

    def test_a_foreign_host_or_origin_is_refused(self):
        body = '{"payload":1}'
        for host in ("Host: evil.example", "Host: localhost.evil.example", "Host: 10.0.0.1:4100"):
            self.refused(post(TASKS, body, host=host), 421, "Host")
        self.refused(post(TASKS, body, host=""), 400, "Host")
        self.refused(post(TASKS, body, "Host: localhost"), 400, "Host")
        for origin in ("http://evil.example", "https://localhost.evil.example", "null"):
            self.refused(post(TASKS, body, f"Origin: {origin}"), 403, "Origin")
        self.assert_nothing_changed()
        own = post(TASKS, body, f"Origin: http://localhost:{self.served.port}")
        self.assertTrue(self.exchange(own).startswith(b"HTTP/1.1 201 "))

    def test_a_request_that_breaks_off_leaves_nothing_behind(self):
        whole = post(TASKS, '{"payload":1}')
        for length in range(1, len(whole), 7):
            with socket.create_connection(("127.0.0.1", self.served.port)) as peer:
                peer.sendall(whole[:length])
        wait_for(lambda: "lab_connections_open 1\n" in self.metrics(), "the end of the connections")
        self.assert_nothing_changed()

    def test_who_sends_half_a_request_is_told_so_and_holds_nobody_up(self):
        with socket.create_connection(("127.0.0.1", self.served.port), GIVE_UP_AFTER_S) as peer:
            peer.sendall(b"POST /queues/demo/tasks HTTP/1.1\r\nHost: loc")
            self.assertEqual(self.served.enqueue(), 1)
            answer = b""
            while piece := peer.recv(65536):
                answer += piece
            self.assertTrue(answer.startswith(b"HTTP/1.1 408 "), answer)
            self.assertIn(b"problem+json", answer)

    def metrics(self) -> str:
        return self.served.ask("GET", "/metrics")[2].decode()

    def test_payloads_are_kept_byte_for_byte(self):
        for payload in (
            '{"a": 1.50, "b" : [1 ,2,  3]}',
            "123456789012345678901234567890",
            "1e400",
            "-0.0",
            '"\\u00e9 é \\ud83d\\ude00 😀 \\/"',
            '{"same":1,"same":2}',
            '[ null , true ,\n\tfalse ]',
            '""',
        ):
            with self.subTest(payload=payload):
                body = ('{"payload":' + payload + "}").encode()
                self.assertEqual(self.served.ask("POST", TASKS, body)[0], 201)
                lease = json.dumps({"worker": "ann"})
                status, _, answer = self.served.ask("POST", LEASES, lease)
                self.assertEqual(status, 200)
                self.assertIn(b'"payload":' + payload.encode() + b"}]}", answer)

    def test_what_comes_behind_a_good_request_on_the_same_connection_is_judged_alone(self):
        good = post(TASKS, '{"payload":1}')
        with socket.create_connection(("127.0.0.1", self.served.port), GIVE_UP_AFTER_S) as peer:
            peer.sendall(good + post(TASKS, "{") + good + b"nonsense\r\n\r\n")
            answer = b""
            while piece := peer.recv(65536):
                answer += piece
        statuses = re.findall(rb"HTTP/1\.1 (\d+) ", answer)
        self.assertEqual(statuses, [b"201", b"400", b"201", b"400"])
        self.assertEqual(self.served.counts()["pending"], 2)


if __name__ == "__main__":
    unittest.main()
