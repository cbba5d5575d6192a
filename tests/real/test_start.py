"""Starts that must not succeed: wrong flags, and data folders that are not to be touched."""

import os
import re
import shutil
import socket
import unittest

from realtest import PROGRAMS, RealTest, free_port

NOBODY = 65534


def crc32c(data: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


class Flags(RealTest):
    def test_every_program_explains_its_flags(self):
        for program, flags in (
            ("broker", ("--listen", "--port", "--data-dir", "--record", "--max-queue-length")),
            ("producer", ("--server", "--queue", "--rate", "--count", "--record")),
            ("worker", ("--server", "--queue", "--name", "--concurrency", "--record")),
        ):
            with self.subTest(program):
                status, said = self.run_to_end(program, "--help")
                self.assertEqual(status, 0)
                self.assertIn("Usage", said)
                for flag in flags:
                    self.assertIn(flag, said)

    def refused(self, words: str, program: str, *flags):
        with self.subTest(program=program, flags=flags):
            status, said = self.run_to_end(program, *flags)
            self.assertNotEqual(status, 0, said)
            self.assertIn(words, said)
            for started in ("listening", "connected", "trying again"):
                self.assertNotIn(started, said)

    def test_wrong_flags_of_the_broker_are_named_and_nothing_is_started(self):
        data = self.folder / "data"
        for words, *flags in (
            ("--bogus", "--bogus"),
            ("more", "more"),
            ("--port", "--port", "abc"),
            ("--port", "--port", "65536"),
            ("--port", "--port", "-1"),
            ("--port", "--port"),
            ("--max-queue-length", "--max-queue-length", "0"),
            ("--max-queue-length", "--max-queue-length", "1e3"),
            ("--drain-ms", "--drain-ms", "-1"),
            ("--seed", "--seed", "x"),
            ("--seed", "--seed", "-1"),
            ("--port", "--port", "1000", "--port", "1001"),
            ('"nonsense" is not an IP address', "--listen", "nonsense"),
            ("cannot record to /nowhere/trace", "--record", "/nowhere/trace", "--port", "0"),
        ):
            self.refused(words, "broker", *flags)
        self.refused("--bogus", "broker", "--data-dir", data, "--bogus")
        self.assertFalse(data.exists())

    def test_wrong_flags_of_the_clients_are_named_and_nothing_is_started(self):
        for program in ("producer", "worker"):
            for words, *flags in (
                ("--bogus", "--bogus"),
                ("--server", "--server", "localhost"),
                ("--server", "--server", ":4100"),
                ("--server", "--server", "localhost:"),
                ("--server", "--server", "localhost:http"),
                ("--server", "--server", "localhost:0"),
                ("--server", "--server", "localhost:65536"),
                ("a name is", "--queue", "a b"),
                ("a name is", "--queue", ""),
                ("does not begin with '.'", "--queue", ".."),
                ("cannot record to /nowhere/trace", "--record", "/nowhere/trace"),
            ):
                self.refused(words, program, *flags)
        for words, *flags in (
            ("--rate", "--rate", "0"),
            ("--rate", "--rate", "nan"),
            ("--count", "--count", "-1"),
        ):
            self.refused(words, "producer", *flags)
        for words, *flags in (
            ("a name is", "--name", "a/b"),
            ("--concurrency", "--concurrency", "0"),
            ("--visibility-ms", "--visibility-ms", "0"),
            ("--work-ms", "--work-ms", "-5"),
            ("--failure-rate", "--failure-rate", "2"),
            ("--failure-rate", "--failure-rate", "nan"),
        ):
            self.refused(words, "worker", *flags)

    def test_a_port_in_use_is_named(self):
        port = free_port()
        with socket.socket() as holder:
            holder.bind(("127.0.0.1", port))
            holder.listen()
            status, said = self.run_to_end("broker", "--port", port)
            self.assertEqual(status, 1)
            self.assertIn(f"port {port} of 127.0.0.1 is in use", said)


class DataFolders(RealTest):
    def setUp(self):
        super().setUp()
        self.data = self.folder / "data"

    def fill(self):
        """A folder in which a broker was killed."""
        broker = self.broker("--data-dir", self.data)
        for number in range(50):
            broker.enqueue(f'"payload number {number:02}"')
        broker.kill()

    def content(self) -> dict:
        return {file.name: file.read_bytes() for file in sorted(self.data.iterdir())}

    def refused(self, *words: str, **options):
        """One error, exit 1, and not a byte of the folder is changed."""
        before = self.content()
        status, said = self.run_to_end(
            "broker", "--port", 0, "--data-dir", self.data, **options
        )
        self.assertEqual(status, 1, said)
        self.assertEqual(said.count("error"), 1, said)
        self.assertNotIn("listening", said)
        for word in (str(self.data), *words):
            self.assertIn(word, said)
        self.assertEqual(self.content(), before)

    def test_a_folder_in_use_is_refused_and_its_user_goes_on(self):
        broker = self.broker("--data-dir", self.data)
        broker.enqueue()
        self.refused("is in use by another process")
        self.assertEqual(broker.enqueue(), 2)

    def rewrite_identity(self, old: bytes, new: bytes):
        file = self.data / "identity"
        text = file.read_bytes()
        self.assertIn(old, text)
        text = text[: text.index(b"checksum ")].replace(old, new)
        file.write_bytes(text + f"checksum {crc32c(text[:-1])}\n".encode())

    def test_a_folder_of_another_version_is_refused(self):
        self.fill()
        self.rewrite_identity(b"version 2\n", b"version 3\n")
        self.refused("is of version 3", "reads version 2")

    def test_a_folder_of_another_system_is_refused(self):
        self.fill()
        self.rewrite_identity(b"system queue\n", b"system store\n")
        self.refused("belongs to the system 'store'", "'queue'")

    def test_the_same_folder_untouched_is_taken(self):
        """So that the tests around this one fail for the reason that they name."""
        self.fill()
        self.rewrite_identity(b"system queue\n", b"system queue\n")
        again = self.broker("--data-dir", self.data)
        self.assertEqual(again.counts()["pending"], 50)

    def segment(self):
        """The one that holds the payloads."""
        [found] = [file for file in self.data.iterdir() if b"payload number 25" in file.read_bytes()]
        return found

    def test_a_flipped_bit_in_the_middle_is_refused_with_the_file_and_the_place(self):
        self.fill()
        segment = self.segment()
        content = bytearray(segment.read_bytes())
        place = content.index(b"payload number 25")
        content[place + 8] ^= 1
        segment.write_bytes(content)
        before = self.content()
        self.refused(segment.name + " is damaged at byte ", "Restore the data folder from a copy")
        said = self.run_to_end("broker", "--port", 0, "--data-dir", self.data)[1]
        named = int(re.search(r"damaged at byte (\d+)", said).group(1))
        self.assertLessEqual(named, place)
        self.assertGreater(named, content.index(b"payload number 24"))
        self.assertEqual(self.content(), before)
        content[place + 8] ^= 1
        segment.write_bytes(content)
        self.assertEqual(self.broker("--data-dir", self.data).counts()["pending"], 50)

    def test_a_damaged_or_missing_identity_is_refused(self):
        self.fill()
        file = self.data / "identity"
        text = file.read_bytes()
        file.write_bytes(text.replace(b"incarnation 1", b"incarnation 3"))
        self.refused("identity is damaged at byte ")
        file.unlink()
        self.refused("identity is damaged at byte 0", "missing")

    def test_a_missing_segment_is_refused(self):
        broker = self.broker("--data-dir", self.data)
        large = '"' + "x" * 60_000 + '"'
        for _ in range(600):  # more than two segments of 16 MiB
            broker.enqueue(large)
        broker.kill()
        segments = sorted(self.data.glob("segment-*.log"))
        self.assertGreaterEqual(len(segments), 3)
        segments[1].unlink()
        self.refused("segment")

    def test_a_folder_that_cannot_be_written_is_refused(self):
        file = self.folder / "file"
        file.write_text("not a folder")
        status, said = self.run_to_end("broker", "--port", 0, "--data-dir", file / "data")
        self.assertEqual(status, 1)
        self.assertIn(str(file), said)
        status, said = self.run_to_end("broker", "--port", 0, "--data-dir", file)
        self.assertEqual(status, 1)
        self.assertIn(str(file), said)
        self.assertEqual(file.read_text(), "not a folder")

    def test_a_folder_of_another_user_is_refused_with_the_mend(self):
        self.fill()
        self.data.chmod(0o555)
        options = {}
        if os.geteuid() == 0:  # root may write anywhere: become nobody
            options["user"] = NOBODY
            self.folder.chmod(0o755)
            for part in (*PROGRAMS.parents, PROGRAMS):
                if not os.access(part, os.X_OK):
                    self.fail(f"nobody cannot reach {PROGRAMS}")
        else:
            for file in self.data.iterdir():
                file.chmod(0o444)
        self.refused("Permission denied", "Give this user the right", **options)

    def test_a_folder_copied_after_the_kill_is_as_good_as_the_first(self):
        self.fill()
        copy = self.folder / "copy"
        shutil.copytree(self.data, copy)
        for data in (self.data, copy):
            self.assertEqual(self.broker("--data-dir", data).counts()["pending"], 50)


if __name__ == "__main__":
    unittest.main()
