"""Transcripts: what differs from a fresh run is found, and what varies is masked in sight."""

import os
import subprocess

from book_check import captures, capturing

from .sample import ROOT, SampleChapter

PAGE = "src/first.md"
SPEC = "tools/book/captures/greeting.txt"
KEPT = "src/generated/greeting.txt"


class Transcripts(SampleChapter):
    def test_one_that_a_fresh_run_does_not_print(self):
        self.replace(KEPT, "hello\nworld", "hello\nmoon")
        self.assert_finds("capture", "a fresh run says 'world' here")

    def test_one_that_has_a_line_too_few(self):
        self.replace(KEPT, "hello\nworld\n", "hello\n")
        self.assert_finds("capture", "a fresh run says 'world' here")

    def test_one_that_is_not_there(self):
        self.write("tools/book/captures/other.txt", "run echo\n")
        self.assert_finds("capture", "is not there")

    def test_one_that_nothing_describes(self):
        self.write("src/generated/other.txt", "typed\n")
        self.assert_finds("capture", "nothing describes this file")

    def test_a_command_that_fails(self):
        self.write(SPEC, "run echo hello; echo world\nrun echo broken; exit 3\n")
        self.assert_finds("capture", "ended with 3, and said at last: broken")

    def test_a_description_that_is_not_understood(self):
        for line, words in [
            ("first", "invalid literal"),
            ("lines", "a pattern is wanted"),
            ("lines [", "unterminated"),
            ("mask \\d+ => 17", "<such a word>"),
            ("mask \\d+ => \\1<n>", "invalid group reference"),
            ("until echo", "=> between them"),
            ("part late", "begins before the first command"),
            ("walk", "not understood"),
        ]:
            with self.subTest(line):
                self.write(SPEC, f"run echo hello; echo world\n{line}\n")
                self.assert_finds("capture", words)
        self.write(SPEC, "first 3\n")
        self.assert_finds("capture", "stands below no run")
        self.write(SPEC, "live\n")
        self.assert_finds("capture", "nothing is run")

    def test_those_of_running_systems_are_compared_when_asked_for(self):
        self.write(SPEC, "live\nrun echo hello; echo moon\n")
        self.write(KEPT, "$ echo hello; echo moon\nhello\nsun\n")
        self.assertEqual(self.problems(), [])
        self.assert_found(self.problems(live=True), "capture", "a fresh run says 'moon' here")

    def test_a_part_that_is_not_named(self):
        self.write(SPEC, "part one\nrun echo hello; echo world\n")
        text = "$ echo hello; echo world\nhello\nworld\n"
        self.write(KEPT, f"# ANCHOR: one\n{text}# ANCHOR_END: one\n")
        self.assert_finds("transcript", "greeting has parts")
        self.replace(PAGE, "greeting.txt", "greeting.txt:one")
        self.assertEqual(self.problems(), [])

    def test_a_typed_command_of_lab(self):
        for block in ("console\n$ ./lab up", "sh\n./lab up", "text\n  ./lab up"):
            with self.subTest(block):
                text = (self.root / PAGE).read_text(encoding="utf-8")
                self.append(PAGE, f"\n```{block}\n```\n")
                self.assert_finds("transcript", "captured, not typed")
                self.write(PAGE, text)

    def test_a_command_in_a_list_is_not_output(self):
        self.append(PAGE, "\n- so\n\n  ```console\n  $ docker compose ps\n  ```\n")
        self.assertEqual(self.problems(), [])

    def test_typed_output(self):
        self.append(PAGE, "\n```console\n$ docker compose ps\nnothing\n```\n")
        self.assert_finds("transcript", "what a command prints is captured")

    def test_another_command_may_be_typed_and_lab_may_be_on_pages_beside_the_sessions(self):
        self.append("src/folder/second.md", "\n```console\n$ ./lab up\nThe book\n```\n")
        self.append(PAGE, "\n```console\n$ docker compose ps\n```\n")
        self.assertEqual(self.problems(), [])

    def test_a_listing_that_a_command_prints_needs_no_anchor(self):
        self.write("tools/book/captures/stage.txt", "print echo 'int a();'\n")
        self.write("src/generated/stage.txt", "int a();\n")
        self.append(PAGE, "\n```cpp\n{{#include generated/stage.txt}}\n```\n")
        self.assertEqual(self.problems(), [])


class Capturing(SampleChapter):
    def text(self, spec: str) -> str:
        self.write(SPEC, spec)
        return capturing.fresh(self.root, captures.read(self.root, "greeting")).text

    def test_the_lines_that_are_asked_for_with_a_mark_for_the_others(self):
        for shown, wanted in [
            ("", "1 2 3 4 5 6"),
            ("first 2", "1 2 [...]"),
            ("last 2", "[...] 5 6"),
            ("first 1\nlast 1", "1 [...] 6"),
            ("first 9", "1 2 3 4 5 6"),
            ("lines [35]", "[...] 3 [...] 5 [...]"),
            ("between 2 => 4", "[...] 2 3 4 [...]"),
            ("once .", "[...] 1 [...]"),
            ("once 6", "[...] 6 [...]"),
            ("first 1\nonce 2", "1 [...] 2 [...]"),
            ("once 2\nonce [135]", "[...] 2 [...] 3 [...]"),
        ]:
            with self.subTest(shown):
                text = self.text(f"print seq 6\n{shown}\n")
                self.assertEqual(" ".join(text.split()), wanted)

    def test_lines_that_are_not_there(self):
        for shown in ("lines 7", "once 7", "between 7 => 1", "between 2 => 1", "once 2\nonce 1"):
            with self.subTest(shown), self.assertRaisesRegex(capturing.Failed, "no line is shown"):
                self.text(f"print seq 6\n{shown}\n")

    def test_what_varies_is_masked_in_sight(self):
        text = self.text("run echo at $((RANDOM % 10)) s\nmask \\d s => <time>\n")
        self.assertEqual(text, "$ echo at $((RANDOM % 10)) s\nat <time>\n")

    def test_a_long_line_is_folded_or_cut_with_a_mark(self):
        words = "word " * 30
        folded = self.text(f"run echo {words}\n").splitlines()[1:]
        self.assertEqual(" ".join(" ".join(folded).split()), words.strip())
        self.assertLessEqual(max(map(len, folded)), capturing.WIDTH)
        cut = self.text(f"run echo {words}\ncut\n").splitlines()[1:]
        self.assertEqual([len(line) for line in cut], [capturing.WIDTH])
        self.assertTrue(cut[0].endswith(" [...]"))

    def test_what_is_unseen_is_run_and_an_end_comes_in_any_case(self):
        end = f"after touch {self.root}/ended\n"
        text = self.text(f"unseen touch {self.root}/begun\nrun ls {self.root}/begun\n{end}")
        self.assertIn("<course>/begun\n", text)
        self.assertTrue((self.root / "ended").exists())
        (self.root / "ended").unlink()
        with self.assertRaises(capturing.Failed):
            self.text(f"run false\n{end}")
        self.assertTrue((self.root / "ended").exists())

    def test_it_waits_until_something_is_said(self):
        count = f"{self.root}/count"
        text = self.text(f"until echo x >>{count}; wc -l <{count} => ^3\nprint wc -l <{count}\n")
        self.assertEqual(text, "3\n")

    def test_what_a_command_leaves_running_is_not_waited_for(self):
        self.assertEqual(
            self.text(f"print sleep 1000 & echo $! >{self.root}/pid; echo on\n"), "on\n"
        )
        os.kill(int((self.root / "pid").read_text()), 15)

    def test_an_expected_failure(self):
        self.assertEqual(self.text("run exit 3\nexit 3\n"), "$ exit 3\n")

    def test_systems_run_apart_from_those_of_the_reader_and_look_the_same(self):
        self.write(
            "tools/lab/systems.txt", "system queue 4100 a queue\nserver x /h y --port {port}\n"
        )
        text = self.text(
            "run cat $LAB_SYSTEMS; echo http://127.0.0.1:4100 port 4101\n"
            "print echo $LAB_STATE; grep -c 'system queue 4100' $LAB_SYSTEMS\nexit 1\n"
        )
        self.assertIn("http://127.0.0.1:4100 port 4101\n<course>/.lab\n0\n", text)

    def test_the_time_is_measured_and_compared_with_nothing(self):
        self.write(SPEC, "run sleep 0.3; echo hello; echo world\n")
        taken = capturing.write(self.root, "greeting")
        self.assertGreaterEqual(taken["greeting"], 0.3)
        self.assertEqual(captures.read_times(self.root), {"greeting": round(taken["greeting"], 1)})
        captures.write_times(self.root, {"greeting": 20.0})
        self.assertEqual(self.problems(), [])


class ThePrograms(SampleChapter):
    def output(self, *command: str, status: int = 0) -> str:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout

    def test_capture_refuses_a_name_that_is_not_described(self):
        said = self.output(f"{ROOT}/tools/book/capture", "nothing", status=2)
        self.assertIn("there is no tools/book/captures/nothing.txt", said)

    def test_times_prints_every_session(self):
        said = self.output(f"{ROOT}/tools/book/times")
        self.assertEqual(said.count("\nsession "), 10)
