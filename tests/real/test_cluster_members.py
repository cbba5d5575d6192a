"""Nodes join a cluster that runs, catch up, lead it, and leave it."""

import json
import unittest

from clustertest import ClusterTest, outcome_of
from realtest import wait_for


class Members(ClusterTest):
    def change(self, node, method: str, path: str, body=None):
        """A change of the cluster, asked again while it says that nothing was done."""

        def done():
            status, _, answer = node.ask(method, path, body)
            self.assertIn(status, (204, 409, 503), answer)
            if status != 204:
                self.assertEqual(outcome_of(status, answer), "not_done")
            return status == 204

        wait_for(done, f"{method} {path} by node {node.number}")

    def add_member(self, cluster, by, number: int, role: str):
        member = {"id": number, "role": role, "address": cluster.address(number)}
        self.change(by, "POST", "/cluster/members", member)

    def members(self, node) -> dict:
        return {member["id"]: member["role"] for member in node.cluster()["members"]}

    def wait_for_members(self, nodes, members: dict):
        for node in nodes:
            wait_for(
                lambda: self.members(node) == members,
                f"members {members} at node {node.number}, which has {self.members(node)}",
            )

    def has(self, node, key: str, value: bytes):
        """What this node has by itself, without asking the others."""
        return node.get_once(key, "?consistency=stale") == value

    def fill(self, cluster, node, count: int):
        for i in range(count):
            cluster.put_until_done(node, f"key-{i}", f"{i}" * 100)

    def test_a_node_joins_catches_up_leads_and_leaves(self):
        cluster = self.cluster(3)
        first = cluster.wait_for_leader()
        self.fill(cluster, first, 20)
        four = cluster.add(4)
        self.assertNotIn("leader", four.cluster())
        self.assertEqual(self.members(four), {})
        self.assertEqual(four.get_once("key-3"), 503)

        follower = next(node for node in cluster.nodes() if node not in (first, four))
        self.add_member(cluster, follower, 4, "learner")
        wait_for(lambda: self.has(four, "key-19", b"19" * 100), "what the others have")
        self.wait_for_members(cluster.nodes(), {1: "voter", 2: "voter", 3: "voter", 4: "learner"})
        status, _, answer = follower.ask("POST", "/cluster/transfer", {"to": 4})
        self.assertEqual(status, 400, answer)  # a learner does not lead

        self.add_member(cluster, follower, 4, "voter")
        self.wait_for_members(cluster.nodes(), dict.fromkeys((1, 2, 3, 4), "voter"))
        self.change(follower, "POST", "/cluster/transfer", {"to": 4})
        four.wait_for_line(r"term \d+  leads the cluster")
        self.assertEqual(cluster.wait_for_leader(), four)
        cluster.put_until_done(follower, "a", "1")
        self.assertEqual(four.get("a"), b"1")

        # It leads until the entry that removes it is committed, and then no more.
        self.change(follower, "DELETE", "/cluster/members/4")
        founders = [node for node in cluster.nodes() if node is not four]
        self.wait_for_members(founders, dict.fromkeys((1, 2, 3), "voter"))
        wait_for(lambda: four.cluster()["role"] == "follower", "a leader that is no member to stop")
        wait_for(
            lambda: any(node.cluster()["role"] == "leader" for node in founders), "another leader"
        )
        cluster.put_until_done(follower, "a", "2")
        self.assertEqual(follower.get("a"), b"2")
        self.change(follower, "DELETE", "/cluster/members/4")  # who is gone may be sent away again
        term = max(node.cluster()["term"] for node in founders)
        cluster.kill(4)
        cluster.put_until_done(follower, "a", "3")
        self.assertEqual(max(node.cluster()["term"] for node in founders), term)

    def test_a_node_that_joins_late_is_sent_a_snapshot_and_is_a_member_after_a_restart(self):
        cluster = self.cluster(3, "--snapshot-bytes", 2_000, "--keep-entries", 0)
        leader = cluster.wait_for_leader()
        self.fill(cluster, leader, 40)
        four = cluster.add(4)
        self.add_member(cluster, leader, 4, "voter")
        four.wait_for_line(r"snapshot")
        wait_for(lambda: self.has(four, "key-39", b"39" * 100), "what the snapshot holds")
        cluster.kill(4)
        cluster.put_until_done(leader, "a", "1")
        four = cluster.start(4)
        wait_for(lambda: self.has(four, "a", b"1"), "what was done meanwhile")
        self.wait_for_members([four], dict.fromkeys((1, 2, 3, 4), "voter"))
        cluster.wait_until_equal()

    def test_its_vote_counts(self):
        cluster = self.cluster(3)
        leader = cluster.wait_for_leader()
        for number in (4, 5):
            cluster.add(number)
            self.add_member(cluster, leader, number, "voter")
        self.wait_for_members(cluster.nodes(), dict.fromkeys((1, 2, 3, 4, 5), "voter"))
        cluster.put_until_done(leader, "a", "1")
        others = [number for number in (1, 2, 3) if number != leader.number]
        cluster.kill(others[0])
        cluster.kill(leader.number)
        cluster.put_until_done(cluster.wait_for_leader(), "a", "2")  # two founders are not enough
        for node in cluster.nodes():
            self.assertEqual(node.get("a"), b"2")

    def test_two_nodes_replace_two_at_once(self):
        cluster = self.cluster(3)
        leader = cluster.wait_for_leader()
        cluster.put_until_done(leader, "a", "1")
        gone = [number for number in (1, 2, 3) if number != leader.number]
        changes = [{"id": number, "role": "none"} for number in gone]
        for number in (4, 5):
            cluster.add(number)
            changes.append({"id": number, "role": "voter", "address": cluster.address(number)})
        self.change(leader, "POST", "/cluster/members", {"changes": changes})
        stay = [leader, cluster.running[4], cluster.running[5]]
        self.wait_for_members(stay, dict.fromkeys((leader.number, 4, 5), "voter"))
        for number in gone:
            cluster.kill(number)
        for node in stay:
            cluster.put_until_done(node, f"by-{node.number}", "1")
            self.assertEqual(node.get("a"), b"1")

    def test_what_cannot_be_is_refused(self):
        cluster = self.cluster(3)
        leader = cluster.wait_for_leader()
        for method, path, body, status in (
            ("POST", "/cluster/transfer", {"to": 9}, 404),
            ("POST", "/cluster/members", {"id": 4, "role": "voter"}, 400),
            ("POST", "/cluster/members", {"id": 4, "role": "king", "address": "127.0.0.1:1"}, 400),
        ):
            with self.subTest(path=path, body=body):
                found, _, answer = leader.ask(method, path, body)
                self.assertEqual(found, status, answer)
                self.assertEqual(json.loads(answer)["outcome"], "not_done")
        self.assertEqual(self.members(leader), dict.fromkeys((1, 2, 3), "voter"))

    def test_who_is_no_member_may_be_removed_all_the_same(self):
        cluster = self.cluster(3)
        leader = cluster.wait_for_leader()
        self.change(leader, "DELETE", "/cluster/members/9")
        self.assertEqual(self.members(leader), dict.fromkeys((1, 2, 3), "voter"))


if __name__ == "__main__":
    unittest.main()
