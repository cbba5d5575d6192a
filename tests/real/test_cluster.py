"""Nodes of a cluster as processes: they elect, lose their leader, and lose nothing."""

import json
import random
import threading
import unittest
from collections import Counter

from clustertest import NODE, ClusterTest, outcome_of
from realtest import wait_for


class Elections(ClusterTest):
    def test_five_nodes_come_to_follow_one_leader(self):
        cluster = self.cluster()
        leader = cluster.wait_for_leader()
        wait_for(
            lambda: all(node.cluster().get("leader") == leader.number for node in cluster.nodes()),
            "a leader that all know",
        )
        roles = [node.cluster()["role"] for node in cluster.nodes()]
        self.assertEqual(sorted(roles), ["follower"] * 4 + ["leader"])
        for node in cluster.nodes():
            status, headers, _ = node.ask("GET", "/openapi.yaml")
            self.assertEqual((status, headers["Raft-Leader"]), (200, str(leader.number)))
            members = node.cluster()["members"]
            self.assertEqual([member["id"] for member in members], [1, 2, 3, 4, 5])
        leader.wait_for_line(r"term \d+  is a candidate: asks node")
        leader.wait_for_line(r"term \d+  leads the cluster")
        follower = next(node for node in cluster.nodes() if node is not leader)
        follower.wait_for_line(rf"term \d+  follows node {leader.number}")

    def test_a_node_that_is_alone_of_five_leads_nothing_and_says_so(self):
        cluster = self.cluster()
        cluster.wait_for_leader()
        for number in (2, 3, 4, 5):
            cluster.kill(number)
        [alone] = cluster.nodes()
        wait_for(lambda: "leader" not in alone.cluster(), "a node that knows no leader")
        status, headers, body = alone.ask("PUT", "/kv/a", "1")
        self.assertEqual((status, outcome_of(status, body)), (503, "not_done"))
        self.assertEqual(headers["Retry-After"], "1")
        self.assertNotIn("Raft-Leader", headers)
        self.assertEqual(json.loads(body)["reason"], "no_leader")
        alone.wait_for_line("hears no leader: asks node 2, node 3, node 4 and node 5")


class Keys(ClusterTest):
    def test_any_node_takes_a_change_and_any_node_tells_of_it(self):
        cluster = self.cluster()
        cluster.wait_for_leader()
        value = bytes(range(256)) * 4096  # 1 MiB, as much as there may be
        for node in cluster.nodes():
            key = f"by%2F{node.number}"
            cluster.put_until_done(node, key, value)
            for other in cluster.nodes():
                self.assertEqual(other.get(key), value)
        self.assertEqual(node.get("by"), 404)

    def test_versions_guard_a_key(self):
        cluster = self.cluster(3)
        node = cluster.wait_for_leader()
        other = next(other for other in cluster.nodes() if other is not node)
        only_new = {"If-None-Match": "*"}
        wait_for(lambda: other.put("a", "0")[2] == "done", "the first change")
        status, headers, _ = node.put("a", "1")
        self.assertEqual(status, 204)
        first = headers["ETag"]
        self.assertEqual(node.put("a", "2", only_new)[0], 412)
        status, headers, outcome = other.put("a", "2", {"If-Match": first})
        self.assertEqual((status, outcome), (204, "done"))
        second = headers["ETag"]
        self.assertNotEqual(first, second)
        status, headers, outcome = other.put("a", "3", {"If-Match": first})
        self.assertEqual((status, outcome, headers["ETag"]), (412, "not_done", second))
        self.assertEqual(node.get("a"), b"2")
        self.assertEqual(other.ask("POST", "/kv/a/append", "\0x")[0], 204)
        self.assertEqual(node.get("a"), b"2\0x")
        self.assertEqual(other.ask("DELETE", "/kv/a")[0], 204)
        self.assertEqual(node.get("a"), 404)
        self.assertEqual(other.put("a", "4", only_new)[0], 204)

    def test_values_that_become_too_large_are_refused(self):
        node = self.cluster(1).wait_for_leader()
        self.assertEqual(node.put("a", b"x" * 1_000_000)[0], 204)
        status, _, body = node.ask("POST", "/kv/a/append", b"x" * 100_000)
        self.assertEqual((status, json.loads(body)["reason"]), (413, "too_large"))
        self.assertEqual(len(node.get("a")), 1_000_000)


class Writer(threading.Thread):
    """Puts keys of its own, each once, by a node that is drawn each time."""

    def __init__(self, cluster, name: str, seed: int):
        super().__init__(daemon=True)
        self.cluster = cluster
        self.prefix = name
        self.random = random.Random(seed)
        self.outcomes = {}  # by key
        self.stopping = threading.Event()
        self.start()

    def run(self):
        while not self.stopping.is_set():
            key = f"{self.prefix}-{len(self.outcomes)}"
            nodes = self.cluster.nodes()
            node = self.random.choice(nodes)
            try:
                outcome = node.put(key, key)[2]
            except ConnectionRefusedError:
                outcome = "not_done"
            except Exception:  # the node was killed with the request in its hands
                outcome = "unknown"
            self.outcomes[key] = outcome
            if outcome != "done":
                self.stopping.wait(0.02)

    def done(self) -> int:
        return sum(outcome == "done" for outcome in list(self.outcomes.values()))

    def stop(self):
        self.stopping.set()
        self.join()


class Crashes(ClusterTest):
    def check(self, cluster, writers):
        """What was acknowledged is there, and what was refused is not."""
        for writer in writers:
            writer.stop()
        cluster.wait_for_leader()
        found = Counter()
        for writer in writers:
            for key, outcome in writer.outcomes.items():
                node = random.choice(cluster.nodes())
                value = node.get(key)
                there = value != 404
                if there:
                    self.assertEqual(value, key.encode())
                if outcome != "unknown":
                    self.assertEqual(there, outcome == "done", f"{key}: {outcome}, found {value}")
                found[outcome] += 1
        self.assertGreater(found["done"], 20)
        cluster.wait_until_equal()

    def crash_leaders(self, *flags):
        cluster = self.cluster(5, *flags)
        cluster.wait_for_leader()
        writers = [Writer(cluster, f"w{i}", i) for i in range(4)]
        for _ in range(3):
            before = sum(writer.done() for writer in writers)
            wait_for(lambda: sum(w.done() for w in writers) > before + 10, "changes that are made")
            old = cluster.wait_for_leader().number
            cluster.kill(old)
            new = cluster.wait_for_leader()
            self.assertNotEqual(new.number, old)
            before = sum(writer.done() for writer in writers)
            wait_for(lambda: sum(w.done() for w in writers) > before + 10, "changes by the others")
            cluster.start(old)
        self.check(cluster, writers)

    def test_a_leader_that_is_killed_is_replaced_and_nothing_acknowledged_is_lost(self):
        self.crash_leaders()

    def test_a_leader_whose_power_is_cut_loses_nothing_acknowledged(self):
        self.crash_leaders("--lose-unsynced")

    def test_all_nodes_at_once_lose_nothing_acknowledged(self):
        cluster = self.cluster(5, "--lose-unsynced")
        cluster.wait_for_leader()
        writers = [Writer(cluster, f"w{i}", i) for i in range(4)]
        wait_for(lambda: sum(writer.done() for writer in writers) > 50, "changes that are made")
        cluster.kill_all()
        for writer in writers:
            writer.stopping.set()
        starts = [
            cluster.start(number).wait_for_line(r"starts; its log goes up to entry (\d+)")
            for number in cluster.numbers
        ]
        # A node that the others could not reach yet may have had nothing.
        self.assertGreaterEqual(sum(int(found[1]) > 0 for found in starts), 3)
        self.check(cluster, writers)

    def test_a_leader_that_is_frozen_is_replaced_and_follows_when_it_wakes(self):
        cluster = self.cluster()
        old = cluster.wait_for_leader()
        cluster.put_until_done(old, "a", "before")
        old.pause()
        del cluster.running[old.number]
        new = cluster.wait_for_leader()
        cluster.put_until_done(new, "a", "after")
        old.resume()
        cluster.running[old.number] = old
        wait_for(lambda: old.cluster().get("leader") not in (None, old.number), "a new follower")
        self.assertEqual(old.get("a"), b"after")
        old.wait_for_line(r"leads no more")


class Majorities(ClusterTest):
    def test_two_of_five_may_fail_and_three_may_not(self):
        cluster = self.cluster(5, "--request-timeout-ms", 500)
        leader = cluster.wait_for_leader()
        cluster.put_until_done(leader, "a", "1")
        others = [number for number in cluster.numbers if number != leader.number]
        cluster.kill(others[0])
        cluster.kill(leader.number)
        new = cluster.wait_for_leader()
        cluster.put_until_done(new, "a", "2")
        self.assertEqual(new.get("a"), b"2")

        cluster.kill(next(number for number in others[1:] if number != new.number))
        left = cluster.nodes()
        for node in left:
            wait_for(lambda: node.put("a", "3")[2] == "not_done", "a refusal")
            status, _, body = node.ask("GET", "/kv/a")
            self.assertEqual((status, json.loads(body)["outcome"]), (503, "not_done"))
            stale = wait_for(
                lambda: node.get_once("a", "?consistency=stale") == b"2", "what this node has"
            )
            self.assertTrue(stale)

        for number in set(cluster.numbers) - set(cluster.running):
            cluster.start(number)
        healed = cluster.wait_for_leader()
        # A change whose outcome was unknown may have been made, but none before it is lost.
        self.assertIn(healed.get("a"), (b"2", b"3"))
        for node in cluster.nodes():
            cluster.put_until_done(node, f"healed-{node.number}", "4")
        cluster.wait_until_equal()

    def test_a_leader_without_a_majority_does_not_know_what_becomes_of_a_change(self):
        cluster = self.cluster(3, "--request-timeout-ms", 200, "--no-check-quorum")
        leader = cluster.wait_for_leader()
        for number in cluster.numbers:
            if number != leader.number:
                cluster.kill(number)
        status, headers, body = leader.ask("PUT", "/kv/a", "1")
        self.assertEqual((status, json.loads(body)["outcome"]), (504, "unknown"))
        self.assertIn("may still be made", json.loads(body)["detail"])
        self.assertEqual(headers["Raft-Leader"], str(leader.number))
        self.assertEqual(leader.get_once("a"), 503)
        for number in cluster.numbers:
            if number != leader.number:
                cluster.start(number)
        # The old leader may win again, with the change in its log, or one of the others without it.
        self.assertIn(cluster.wait_for_leader().get("a"), (b"1", 404))


class Starts(ClusterTest):
    def test_help_names_the_flags(self):
        status, said = self.run_to_end(NODE, "--help")
        self.assertEqual(status, 0)
        for flag in (
            *("--id", "--peers", "--port", "--peer-port", "--peer-listen", "--listen", "--data-dir"),
            *("--election-timeout-ms", "--heartbeat-ms", "--request-timeout-ms", "--max-waiting"),
            *("--max-entries", "--max-message-bytes", "--max-in-flight", "--max-sessions"),
            *("--snapshot-bytes", "--keep-entries", "--cluster", "--record", "--lose-unsynced", "--sync-us"),
            *("--no-pre-vote", "--no-check-quorum", "--lease-reads"),
        ):
            self.assertIn(flag, said)

    def test_wrong_flags_are_named_and_nothing_is_started(self):
        for words, *flags in (
            ("--bogus", "--bogus"),
            ("--id", "--id", "0"),
            ("--id", "--id", "x"),
            ("is not ID=HOST:PORT", "--peers", "1"),
            ("is not ID=HOST:PORT", "--peers", "1=a:1,"),
            ("stands twice", "--peers", "1=a:1,1=b:1"),
            ("does not name node 1 itself", "--peers", "2=a:1"),
            ("an id so large needs --port", "--id", "100000"),
            ("--heartbeat-ms must be less", "--heartbeat-ms", "300"),
            ("--heartbeat-ms", "--heartbeat-ms", "0"),
            ("--election-timeout-ms", "--election-timeout-ms", "9"),
            ("--election-timeout-ms", "--election-timeout-ms", "60001"),
            ("--request-timeout-ms", "--request-timeout-ms", "9"),
            ("--max-waiting", "--max-waiting", "0"),
            ("--max-entries", "--max-entries", "0"),
            ("--max-message-bytes", "--max-message-bytes", "8388609"),
            ("--max-in-flight", "--max-in-flight", "0"),
            ("--max-sessions", "--max-sessions", "0"),
            ("--snapshot-bytes", "--snapshot-bytes", "1023"),
            ("--keep-entries", "--keep-entries", "-1"),
            ("is not an IP address", "--peer-listen", "nonsense", "--port", "0"),
        ):
            with self.subTest(flags=flags):
                status, said = self.run_to_end(NODE, *flags)
                self.assertNotEqual(status, 0, said)
                self.assertIn(words, said)
                self.assertNotIn("listening", said)

    def test_a_recorded_node_is_followed_byte_for_byte(self):
        cluster = self.cluster(3)
        leader = cluster.wait_for_leader()
        number = next(number for number in cluster.numbers if number != leader.number)
        cluster.kill(number)
        trace = self.folder / "trace"
        node = cluster.start(number, "--record", trace)
        cluster.put_until_done(node, "a", "1")
        cluster.kill(number)
        status, said = self.run_to_end(NODE.with_name("raft_sim"), "replay", "--trace", trace)
        self.assertEqual(status, 0, said[-2000:])
        self.assertIn("every Ready as recorded", said)
        self.assertIn('key="a"', said)

    def test_sigterm_is_graceful(self):
        cluster = self.cluster(3)
        leader = cluster.wait_for_leader()
        self.assertEqual(leader.stop(), 0)
        del cluster.running[leader.number]
        cluster.put_until_done(cluster.wait_for_leader(), "a", "1")


if __name__ == "__main__":
    unittest.main()
