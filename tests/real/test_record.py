"""What programs record, the simulator's program plays again: every core decides the same, byte for byte."""

import re
import subprocess
import time
import unittest

from realtest import PROGRAMS, RealTest, free_port, wait_for


def replay(trace) -> subprocess.CompletedProcess:
    return subprocess.run(
        [PROGRAMS / "queue_sim", "replay", "--trace", trace],
        text=True,
        capture_output=True,
        check=False,
    )


class Recordings(RealTest):
    def record_a_run_with_kills(self):
        """A broker, a producer and two workers; each is killed and started again, some twice."""
        port = free_port()
        server = ("--server", f"127.0.0.1:{port}")
        self.traces = {
            name: self.folder / f"{name}.trace" for name in ("broker", "producer", "ann", "bob")
        }

        def start(name):
            record = ("--record", self.traces[name])
            if name == "broker":
                data = ("--data-dir", self.folder / "data")
                return self.broker(*data, *record, port=port)
            if name == "producer":
                return self.start("producer", *server, *record, "--rate", 50)
            flags = ("--work-ms", 20, "--visibility-ms", 400, "--failure-rate", 0.2)
            return self.start("worker", *server, *record, "--name", name, *flags)

        running = {name: start(name) for name in self.traces}
        for name in ("ann", "broker", "producer", "bob", "broker", "ann"):
            done = running["broker"].counts()["completed"]
            wait_for(lambda: running["broker"].counts()["completed"] > done, "work that goes on")
            running[name].kill()
            time.sleep(0.05)
            running[name] = start(name)
        done = running["broker"].counts()["completed"]
        wait_for(lambda: running["broker"].counts()["completed"] > done + 5, "work that goes on")
        for name in ("producer", "ann", "bob", "broker"):
            self.assertEqual(running[name].stop(), 0)

    def test_every_recording_of_a_run_with_kills_is_reproduced_byte_for_byte(self):
        self.record_a_run_with_kills()
        for name, trace in self.traces.items():
            with self.subTest(name):
                self.assertGreater(trace.stat().st_size, 1_000)
                done = replay(trace)
                self.assertEqual(done.returncode, 0, done.stdout[-2000:] + done.stderr)
                self.assertRegex(done.stdout, r"every Ready as recorded\ntrace hash [0-9a-f]{16}\n$")
                self.assertEqual(done.stdout, replay(trace).stdout)

    def test_what_a_killed_program_has_recorded_is_good_to_its_torn_end(self):
        trace = self.folder / "broker.trace"
        broker = self.broker("--record", trace)
        broker.enqueue()
        broker.kill()
        whole = replay(trace)
        self.assertEqual(whole.returncode, 0, whole.stderr)
        self.assertIn("task_enqueued", whole.stdout)
        content = trace.read_bytes()
        trace.write_bytes(content[:-5])
        torn = replay(trace)
        self.assertEqual(torn.returncode, 0, torn.stderr)
        again = self.broker("--record", trace)
        again.enqueue()
        again.kill()
        self.assertEqual(replay(trace).returncode, 0)

    def test_a_recording_with_one_flipped_byte_is_refused(self):
        self.record_a_run_with_kills()
        for trace in self.traces.values():
            content = trace.read_bytes()
            for part in (0.1, 0.5, 0.9):
                place = int(len(content) * part)
                with self.subTest(trace=trace.name, place=place):
                    broken = bytearray(content)
                    broken[place] ^= 0x20
                    trace.write_bytes(broken)
                    done = replay(trace)
                    self.assertNotEqual(done.returncode, 0, done.stdout[-2000:])
                    self.assertNotIn("every Ready as recorded", done.stdout)
                    named = re.search(re.escape(str(trace)) + r": at byte (\d+)", done.stderr)
                    self.assertTrue(named, done.stderr)
                    self.assertLessEqual(int(named.group(1)), place)


if __name__ == "__main__":
    unittest.main()
