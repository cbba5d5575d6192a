"""./lab partition, isolate, delay and heal, on processes that take orders as nodes do."""

from labtest import LabTest, free_port, wait_for


class Links(LabTest):
    def setUp(self):
        super().setUp()
        self.use_systems(f"""
            system cluster {free_port()} four nodes
            client node-1 FAKE node {{data}}
            client node-2 FAKE node {{data}}
            client node-3 FAKE node {{data}}
            client node-4 FAKE node {{data}}
            client reader FAKE talk
        """)
        self.lab_ok("up", "cluster", "-d")
        self.wait_for_nodes(1, 2, 3, 4)

    def wait_for_nodes(self, *numbers):
        sockets = [self.state / f"data/cluster/node-{number}/control" for number in numbers]
        wait_for(lambda: all(socket.exists() for socket in sockets), "the sockets of the nodes")

    def faults(self) -> list:
        processes = self.processes()
        return [processes[f"node-{number}"]["faults"] for number in (1, 2, 3, 4)]

    def test_a_partition_blocks_each_node_from_the_other_groups(self):
        told = self.lab_ok("partition", "1,2", "/", "3,4")
        self.assertIn("node-1, node-2 / node-3, node-4: no message passes", told)
        self.assertIn("./lab heal", told)
        self.assertEqual(self.faults(), ["block 3,4", "block 3,4", "block 1,2", "block 1,2"])
        self.assertIn("whole", self.lab_ok("heal"))
        self.assertEqual(self.faults(), ["", "", "", ""])

    def test_groups_may_be_written_in_other_ways(self):
        for words in [("1,3/2,4",), ("1", "3", "/", "2", "4"), ("node-3,", "1", "/4,2")]:
            self.lab_ok("partition", *words)
            self.assertEqual(self.faults(), ["block 2,4", "block 1,3", "block 2,4", "block 1,3"])
            self.lab_ok("heal")

    def test_whom_nobody_names_is_one_more_group(self):
        self.assertIn("node-2 / node-4 / node-1, node-3", self.lab_ok("partition", "2", "/", "4"))
        self.assertEqual(self.faults(), ["block 2,4", "block 1,3,4", "block 2,4", "block 1,2,3"])

    def test_isolate_cuts_one_node_off_and_replaces_the_cut_before(self):
        self.lab_ok("isolate", "1")
        self.assertIn("node-2 and the others (node-1, node-3", self.lab_ok("isolate", "node-2"))
        self.assertEqual(self.faults(), ["block 2", "block 1,3,4", "block 2", "block 2"])

    def test_without_a_leader_there_is_none_to_isolate(self):
        nobody = self.lab("isolate", "leader")
        self.assertEqual(nobody.returncode, 1)
        self.assertIn("no node says that it leads", nobody.stderr)

    def test_a_delay_stands_at_both_ends_and_beside_a_cut(self):
        self.lab_ok("isolate", "4")
        self.assertIn("node-1 and node-3 takes 150 ms longer", self.lab_ok("delay", "1", "3", "150"))
        self.assertEqual(
            self.faults(), ["block 4; delay 3 150", "block 4", "block 4; delay 1 150", "block 1,2,3"]
        )
        self.assertIn("nothing is delayed any more", self.lab_ok("delay", "node-3", "1", "0"))
        self.assertEqual(self.faults(), ["block 4", "block 4", "block 4", "block 1,2,3"])

    def test_status_has_a_column_of_faults_while_there_are_some(self):
        self.assertNotIn("FAULTS", self.lab_ok("status"))
        self.lab_ok("delay", "1", "2", "20")
        table = self.lab_ok("status")
        head = table.splitlines()[0]
        self.assertRegex(table, r"(?m)^node-1 .* running  delay 2 20$")
        self.assertRegex(table, r"(?m)^node-3 .* running *$")
        self.assertEqual(head.index("FAULTS"), table.splitlines()[1].index("delay"))

    def test_a_node_that_does_not_run_is_not_told_and_this_is_said(self):
        self.lab_ok("kill", "node-3")
        wait_for(lambda: self.processes()["node-3"]["state"] == "died", "the death of node-3")
        self.assertIn("node-3 does not run, so it was not told", self.lab_ok("isolate", "1"))
        self.assertEqual(self.faults(), ["block 2,3,4", "block 1", "", "block 1"])
        self.lab_ok("restart", "node-3")
        self.wait_for_nodes(3)
        self.assertNotIn("does not run", self.lab_ok("isolate", "1"))
        self.assertEqual(self.faults(), ["block 2,3,4", "block 1", "block 1", "block 1"])
        self.lab_ok("kill", "node-3")
        wait_for(lambda: self.processes()["node-3"]["state"] == "died", "the death of node-3")
        self.assertNotIn("node-3", self.lab_ok("heal"))

    def test_a_paused_node_is_told_and_does_so_once_it_goes_on(self):
        self.lab_ok("pause", "node-2")
        self.assertIn("node-2 is paused: it does so once it goes on", self.lab_ok("isolate", "1"))
        self.assertEqual(self.faults(), ["block 2,3,4", "", "block 1", "block 1"])
        self.lab_ok("resume", "node-2")
        wait_for(lambda: self.faults()[1] == "block 1", "the order at the node that was paused")

    def test_what_makes_no_sense_is_refused_before_a_node_is_told(self):
        for arguments, status, words in [
            (("isolate", "7"), 1, "node-1, node-2, node-3, node-4"),
            (("isolate", "reader"), 1, "no node 'reader'"),
            (("partition", "1", "/", "2,9"), 1, "no node '9'"),
            (("delay", "1", "0", "5"), 1, "no node '0'"),
            (("partition", "1,2", "/", "node-1"), 2, "node-1 is named twice"),
            (("partition", "1,2,3,4"), 2, "nothing is cut"),
            (("partition", "1", "/", "/", "2"), 2, "without a node"),
            (("delay", "1", "node-1", "5"), 2, "no link to itself"),
        ]:
            with self.subTest(arguments):
                done = self.lab(*arguments)
                self.assertEqual(done.returncode, status, done.stdout + done.stderr)
                self.assertIn(words, done.stderr)
        self.assertEqual(self.faults(), ["", "", "", ""])


class NodesThatDoNotObey(LabTest):
    def up(self, *nodes):
        lines = [f"client {name} FAKE {words}" for name, words in nodes]
        head = f"system cluster {free_port()} nodes of several kinds"
        self.use_systems("\n".join([head, *lines]))
        self.lab_ok("up", "cluster", "-d")
        sockets = [
            self.state / f"data/cluster/{name}/control"
            for name, words in nodes
            if words.startswith("node")
        ]
        wait_for(lambda: all(socket.exists() for socket in sockets), "the sockets of the nodes")

    def refused(self, *arguments) -> str:
        done = self.lab(*arguments)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        return done.stderr

    def test_each_that_did_not_do_as_told_is_named_and_the_others_do(self):
        self.up(
            ("node-1", "node {data}"),
            ("node-2", "talk"),
            ("node-3", "node {data} stubborn"),
            ("node-4", "node {data} rude"),
        )
        said = self.refused("isolate", "1")
        self.assertIn("node-2 takes no orders: it runs without --lab", said)
        self.assertIn("node-3 refused: error: not today", said)
        self.assertIn("node-4 did not answer", said)
        self.assertIn("./lab heal", said)
        self.assertEqual(self.processes()["node-1"]["faults"], "block 2,3,4")

    def test_without_a_node_that_runs_there_is_nothing_to_cut(self):
        self.up(("node-1", "node {data}"))
        self.lab_ok("kill", "node-1")
        wait_for(lambda: self.processes()["node-1"]["state"] == "died", "the death of node-1")
        self.assertIn("./lab restart node-1", self.refused("heal"))

    def test_a_system_without_nodes_has_no_links_to_cut(self):
        self.up(("one", "talk"), ("node-x", "talk"))
        for arguments in [("partition", "1"), ("isolate", "1"), ("delay", "1", "2", "5"), ("heal",)]:
            self.assertIn("./lab up consensus", self.refused(*arguments))
