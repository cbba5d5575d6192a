"""./lab linearize: what is said of a file, and the exit codes."""

import json
import tempfile
from pathlib import Path

from labtest import LabTest


def line(process, kind, f, value, time, **more) -> dict:
    return {"process": process, "type": kind, "f": f, "value": value, "time": time * 1_000_000, **more}


def call(process, f, asked, answered, called, returned, kind="ok", **more) -> list[dict]:
    return [line(process, "invoke", f, asked, called, **more), line(process, kind, f, answered, returned, **more)]


class Linearize(LabTest):
    def judge(self, lines, model, *more):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        file = Path(folder.name) / "history.jsonl"
        texts = [one if isinstance(one, str) else json.dumps(one) for one in lines]
        file.write_text("".join(text + "\n" for text in texts))
        return self.lab("linearize", str(file), "--model", model, *more)

    def assert_judged(self, status, words, lines, model, *more):
        done = self.judge(lines, model, *more)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        self.assertIn(words, done.stdout + done.stderr)

    def test_what_has_an_order_exits_with_0(self):
        self.assert_judged(0, "linearizable: 0 operations", [], "kv")
        lines = [
            *call(1, "write", 1, None, 0, 5),
            *call(2, "read", None, 1, 1, 2),
            *call(1, "write", 2, None, 6, 7, "fail"),
            *call(2, "read", None, 1, 8, 9),
        ]
        self.assert_judged(0, "linearizable: 3 operations", lines, "register")
        lines = [*call(1, "write", 1, None, 0, 1), *call(1, "cas", [1, "a"], None, 2, 3)]
        self.assert_judged(0, "linearizable", [*lines, *call(2, "read", None, "a", 4, 5)], "cas")
        lines = [*call(1, "put", "a", None, 0, 1, key="x"), *call(1, "append", "b", None, 2, 3, key="x")]
        lines += [*call(2, "get", None, "ab", 4, 5, key="x"), *call(2, "get", None, None, 6, 7, key="y")]
        lines += [*call(1, "cas", ["ab", "c"], None, 8, 9, key="x"), *call(2, "get", None, "c", 10, 11, key="x")]
        lines += [*call(1, "put", None, None, 12, 13, key="x"), *call(2, "get", None, None, 14, 15, key="x")]
        self.assert_judged(0, "linearizable", lines, "kv")
        lines += call(1, "cas", ["c", "d"], None, 16, 17, key="x")
        self.assert_judged(1, 'changed "c" to "d"', lines, "kv")

    def test_an_operation_without_an_answer_may_take_effect_later_or_never(self):
        for ending in ([], [line(1, "info", "write", None, 3)]):
            for found in (None, 1):
                lines = [line(1, "invoke", "write", 1, 0), *ending, *call(2, "read", None, found, 8, 9)]
                self.assert_judged(0, "linearizable", lines, "register")
        lines = [line(1, "invoke", "write", 1, 0), line(1, "info", "write", 1, 1)]
        lines += [*call(1, "write", 2, None, 2, 3), *call(1, "read", None, 1, 4, 5)]
        self.assert_judged(0, "linearizable", lines, "register")

    def test_what_has_no_order_exits_with_1_and_is_told_in_words(self):
        lines = [
            *call(1, "write", 7, None, 0, 1, key="x"),
            *call(1, "write", 1, None, 2, 3, key="x"),
            *call(1, "write", 2, None, 4, 5, key="x"),
            *call(3, "read", None, 1, 12, 14, key="x"),
            *call(3, "read", None, 2, 15, 16, key="x"),
            *call(3, "read", None, None, 15, 17, key="y"),
        ]
        lines[-2]["process"] = lines[-1]["process"] = 4
        done = self.judge(lines, "register")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn('key "x": client 3 read 1 (from 12 ms to 14 ms)', done.stdout)
        self.assertIn("it could only have found 2", done.stdout)
        self.assertRegex(done.stdout, r"client 1 +wrote 1 +from 2 ms to 3 ms")
        self.assertNotIn("wrote 7", done.stdout)

    def test_what_takes_too_long_is_undecided_and_exits_with_2(self):
        lines = []
        for process in range(40):
            lines += [line(process, "invoke", "cas", [process % 5, (process * 3 + 1) % 7], 0)]
        lines += [line(process, "ok", "cas", None, 100) for process in range(40)]
        lines += call(99, "write", 0, None, 0, 50)
        lines += call(99, "read", None, 6, 101, 102)
        self.assert_judged(2, "undecided: the register: 1 s", lines, "cas", "--timeout", "1")

    def test_what_is_wrong_is_named_with_its_line_and_exits_with_3(self):
        good = call(1, "write", 1, None, 0, 1)
        for lines, model, words in [
            ([*good, "{"], "register", "line 3: JSON"),
            ([*good, "[]"], "register", "line 3: this is no JSON object"),
            ([line("p", "invoke", "write", 1, 0)], "register", 'line 1: "process"'),
            ([line(1, "invoke", "write", 1, -1)], "register", 'line 1: "time"'),
            ([line(1, "begin", "write", 1, 0)], "register", 'line 1: "type"'),
            ([line(1, "invoke", "cas", [1, 2], 0)], "register", "that needs --model cas"),
            ([line(1, "invoke", "cas", 1, 0)], "cas", "[from, to]"),
            ([line(1, "invoke", "get", None, 0)], "kv", '"key" is missing'),
            ([line(1, "invoke", "put", 1, 0, key="x")], "kv", "must be a text"),
            ([line(1, "invoke", "write", 0.5, 0)], "register", "not whole"),
            ([good[0], good[0]], "register", "line 2: process 1 has an operation open"),
            ([good[1]], "register", "line 1: process 1 completes what it did not invoke"),
            ([good[0], line(1, "ok", "read", 1, 1)], "register", "not that of the invocation"),
            ([*call(1, "write", 1, None, 5, 4)], "register", "before the invocation"),
        ]:
            with self.subTest(words):
                self.assert_judged(3, words, lines, model)
        for arguments in [(), ("/nonexistent", "--model", "kv"), ("/dev/null",), ("/dev/null", "--model", "list")]:
            self.assertEqual(self.lab("linearize", *arguments).returncode, 3, arguments)
