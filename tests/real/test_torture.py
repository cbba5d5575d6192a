"""./lab torture's program: good nodes pass, a node that forgets is caught, and nothing is left behind."""

import os
import re
import signal
import unittest
from pathlib import Path

from clustertest import NODE
from realtest import BUILD, RealTest, wait_for

TORTURE = BUILD / "tools/torture/torture"
SIMULATOR = BUILD / "examples/04-consensus/raft_sim"

# A disk that keeps nothing: the node finds its folder empty at each start.
FORGETFUL = f"""#!/bin/sh
for word in "$@"; do
  [ "$before" = --data-dir ] && find "$word" -type f -delete
  before=$word
done
exec "{NODE}" "$@"
"""

SHORT_PLAN = """sim-plan 1
system consensus
seed 3
options{nodes=3 clients=3 keys=1 read_percent=50 stale_percent=0 append_percent=50 election_timeout_ms=300 \
heartbeat_ms=50 request_timeout_ms=1000 max_entries=10 max_in_flight=4 max_waiting=50 pre_vote=1 check_quorum=1 \
sessions=1 max_sessions=9 snapshot_bytes=4000 keep_entries=10 max_message_bytes=4000 first_members=0 \
change_percent=0 transfer_percent=0 lease_reads=0 short_cuts=0 power_cuts=0 pulse_ms=0 value_bytes=100000 \
store_bytes=10000000}
conditions{turn_max=2ms batch_max=3 client_min=1ms client_max=2ms peer_min=1ms peer_max=2ms sync_min=1ms \
sync_max=2ms}
200ms #1 client 1: ask{number=1 command=client_request{operation=put{key="key-0" value="1;"}}}
300ms #2 client 2: ask{number=2 command=client_query{query=get{key="key-0"} consistency=linearizable}}
500ms #3 crash{node=1 power=true at_sync=false down=100ms}
600ms #4 pause{node=2 inside=false for=100ms}
700ms #5 partition{left=[3] for=200ms}
800ms #6 bridge{left=[1] middle=2 for=100ms}
900ms #7 cut{client=3}
1s #8 client-crash{client=1 down=10ms}
1s #9 client-pause{client=2 for=50ms}
1200ms #10 heal{nodes=[1 2 3] rest_down=false}
"""


class Torture(RealTest):
    def torture(self, *arguments):
        """Its exit status and what it said."""
        return self.run_to_end(TORTURE, "consensus", "--folder", self.folder, *arguments)

    def plan(self, text: str) -> Path:
        file = self.folder / "a-plan.txt"
        file.write_text(text)
        return file

    def processes(self) -> list[str]:
        """Whose command line names this test's folder."""
        found = []
        for entry in Path("/proc").iterdir():
            try:
                words = (entry / "cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
            except OSError:
                continue
            if entry.name.isdigit() and str(self.folder) in words and " --data-dir " in words:
                found.append(words)
        return found

    def test_good_nodes_stand_two_rounds_one_with_power_cuts(self):
        status, said = self.torture("--rounds", 2, "--seed", 3)
        self.assertEqual(status, 0, said)
        self.assertIn("round 1, seed 3, crashes of processes: good", said)
        self.assertIn("round 2, seed 4, crashes of the power: good", said)
        [total] = re.findall(r"2 rounds: ([\d,]+) answered", said)
        self.assertGreater(int(total.replace(",", "")), 500)
        self.assertEqual(self.processes(), [])
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_a_node_that_forgets_is_caught_and_all_that_tells_of_it_is_kept(self):
        node = self.folder / "forgetful"
        node.write_text(FORGETFUL)
        node.chmod(0o755)
        status, said = self.torture("--rounds", 5, "--seed", 4, "--node", node)
        self.assertEqual(status, 1, said)
        self.assertRegex(said, r"(?m)^(linearizable|same-state|election-safety|node-ended): ")
        plan = Path(re.search(r"again: \./lab torture consensus --plan (\S+)", said)[1])
        self.assertIn(f"simulated: ./lab sim consensus --plan {plan}", said)
        self.assertTrue(plan.read_text().startswith("sim-plan 1\nsystem consensus\nseed 4\n"))
        for kept in ("history.jsonl", "node-1.log", "node-5"):
            self.assertTrue((plan.parent / kept).exists(), kept)
        self.assertEqual(self.processes(), [])

    def test_one_plan_runs_here_and_in_the_simulator(self):
        plan = self.plan(SHORT_PLAN)
        status, said = self.torture("--rounds", 1, "--plan", plan, "--keep")
        self.assertEqual(status, 0, said)
        self.assertRegex(said, r"crash 1, pause 1, cut 1, client-crash 1, client-pause 1, partition 1, bridge 1")
        [history] = self.folder.glob("torture-*/round-1/history.jsonl")
        self.assertIn('"f":"put"', history.read_text())
        kept = history.with_name("plan.txt")
        for file in (plan, kept):
            status, said = self.run_to_end(SIMULATOR, "sim", "--plan", file)
            self.assertEqual(status, 0, said)
            self.assertIn("1 seeds, 0 violations", said)

    def test_what_real_machines_cannot_do_is_refused_with_its_line(self):
        heal = "1200ms #10 heal"
        for line, why in (
            ("1s #11 clock-rate{node=1 ppm=5}", "have the clock of this machine"),
            ("1s #11 loss{ppm=5 for=1s}", "TCP neither loses"),
            ("1s #11 disk-full{node=1 for=1s}", "fails when it likes to"),
            ("1s #11 one-way{node=1 hears=true for=1s}", "in both directions"),
            ("1s #11 client-partition{client=1 node=1 for=1s}", "nothing stands between"),
            ("1s #11 crash{node=1 power=true at_sync=true down=1s}", "at_sync=false can be done"),
            ("1s #11 pause{node=1 inside=true for=1s}", "inside=false can be done"),
            ("1s #11 crash{node=7 power=true at_sync=false down=1s}", "only nodes 1 to 3"),
            ("1s #11 client 1: nonsense", "nonsense"),
        ):
            with self.subTest(line):
                plan = self.plan(SHORT_PLAN.replace(heal, f"{line}\n{heal}"))
                status, said = self.torture("--plan", plan)
                self.assertEqual(status, 2, said)
                self.assertIn(f"the line `{line}`", said)
                self.assertIn(why, said)
        status, said = self.torture("--plan", self.plan("sim-plan 1\n"))
        self.assertEqual(status, 2, said)

    def test_a_wrong_command_line_is_told_of(self):
        for arguments, words in (
            (("--bogus",), "--bogus"),
            (("--seconds", "0"), "--seconds"),
            (("--rounds", "1", "--seconds", "1"), "--rounds"),
            (("--plan", "/nonexistent"), "nonexistent"),
        ):
            status, said = self.torture(*arguments)
            self.assertEqual(status, 2, said)
            self.assertIn(words, said)
        status, said = self.run_to_end(TORTURE, "queue")
        self.assertEqual(status, 2, said)
        status, said = self.torture("--rounds", 1, "--node", "/nonexistent/node")
        self.assertEqual(status, 3, said)
        self.assertIn("/nonexistent/node", said)
        status, said = self.run_to_end(TORTURE, "--help")
        self.assertEqual(status, 0)
        for flag in ("--seconds", "--rounds", "--seed", "--plan", "--folder", "--keep", "--node", "--hangs-after"):
            self.assertIn(flag, said)

    def test_it_ends_when_it_is_told_to_and_leaves_nothing(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number):
                torture = self.start(TORTURE, "consensus", "--folder", self.folder, "--seed", 3)
                wait_for(lambda: len(self.processes()) == 5, "five nodes")
                torture.signal(number)
                self.assertEqual(torture.wait(), 130)
                self.assertIn("interrupted", torture.lines[-1])
                self.assertEqual(self.processes(), [])
                self.assertEqual(list(self.folder.iterdir()), [])

    @unittest.skipUnless(os.uname().sysname == "Linux", "only Linux ends children with their parent")
    def test_its_nodes_do_not_outlive_it(self):
        torture = self.start(TORTURE, "consensus", "--folder", self.folder, "--seed", 3)
        wait_for(lambda: len(self.processes()) == 5, "five nodes")
        torture.kill()
        wait_for(lambda: self.processes() == [], "the end of its nodes")


if __name__ == "__main__":
    unittest.main()
