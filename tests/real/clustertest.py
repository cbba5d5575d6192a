"""What the tests of the consensus programs share: a cluster of nodes that are processes."""

import json
from collections import Counter

from realtest import BUILD, RealTest, Server, free_port, wait_for

NODE = BUILD / "examples/04-consensus/node"


class Node(Server):
    def __init__(self, number: int, port: int, *flags, **options):
        self.number = number
        super().__init__(NODE, "--id", number, "--port", port, *flags, **options)

    def cluster(self) -> dict:
        return self.ask_json("GET", "/cluster")

    def put(self, key: str, value, headers=()):
        """Status and headers of the answer, and what became of it: done, not_done or unknown."""
        status, answered, body = self.ask("PUT", f"/kv/{key}", value, headers)
        return status, answered, outcome_of(status, body)

    def get_once(self, key: str, query=""):
        """The value, or the status of another answer."""
        status, _, body = self.ask("GET", f"/kv/{key}{query}")
        return body if status == 200 else status

    def get(self, key: str):
        """The same, when there is a leader to ask: on a busy machine one may be deposed at any time."""
        [answer] = wait_for(
            lambda: (answer := self.get_once(key)) != 503 and [answer], f"an answer about {key}"
        )
        return answer


def outcome_of(status: int, body: bytes) -> str:
    if status < 400:
        return "done"
    return json.loads(body).get("outcome", "unknown")


class Cluster:
    """Nodes 1 to `size`, each with ports and a folder that stay its own over restarts."""

    def __init__(self, test: RealTest, size=5, flags=()):
        self.test = test
        self.flags = flags
        self.numbers = list(range(1, size + 1))
        self.ports = {}
        self.peer_ports = {}
        for number in self.numbers:
            self._choose_ports(number)
        self.peers = ",".join(f"{n}={self.address(n)}" for n in self.numbers)
        self.running = {}
        for number in self.numbers:
            self.start(number)

    def _choose_ports(self, number: int):
        for ports in (self.ports, self.peer_ports):
            taken = {*self.ports.values(), *self.peer_ports.values()}
            ports[number] = next(port for port in iter(free_port, None) if port not in taken)

    def address(self, number: int) -> str:
        """For other nodes."""
        return f"127.0.0.1:{self.peer_ports[number]}"

    def add(self, number: int, *flags) -> Node:
        """A node that no cluster knows yet, and that knows none."""
        self._choose_ports(number)
        self.numbers.append(number)
        return self.start(number, *flags)

    def start(self, number: int, *flags) -> Node:
        data = self.test.folder / f"node-{number}"
        founded = f"{number}=" in self.peers
        place = ("--peers", self.peers) if founded else ("--peer-port", self.peer_ports[number])
        node = Node(number, self.ports[number], *place, "--data-dir", data, *self.flags, *flags)
        self.test.addCleanup(node.clean_up)
        node.wait_until_it_listens()
        self.running[number] = node
        return node

    def kill(self, number: int):
        self.running.pop(number).kill()

    def kill_all(self):
        """At the same moment, as when the power of the whole house fails."""
        for node in self.nodes():
            node.process.kill()
        for number in list(self.running):
            self.kill(number)

    def nodes(self) -> list[Node]:
        return list(self.running.values())

    def leader(self):
        """The number of the node that most of the cluster follows, and itself says that it leads."""
        views = [node.cluster() for node in self.nodes()]
        told = Counter((view["term"], view["leader"]) for view in views if "leader" in view)
        for (term, leader), count in told.items():
            leads = {(view["id"], view["term"]) for view in views if view["role"] == "leader"}
            if count > len(self.numbers) // 2 and (leader, term) in leads:
                return leader
        return None

    def wait_for_leader(self) -> Node:
        number = wait_for(self.leader, f"a leader; {[node.lines[-5:] for node in self.nodes()]}")
        return self.running[number]

    def wait_until_equal(self):
        """Until every node that runs has applied the same."""

        def same():
            applied = {
                (state["cluster"]["last_applied"], state["version"], state["keys"])
                for state in (node.state() for node in self.nodes())
            }
            return len(applied) == 1

        wait_for(same, "nodes that have applied the same")

    def put_until_done(self, node: Node, key: str, value):
        """For a change that may be made twice."""
        wait_for(lambda: node.put(key, value)[2] == "done", f"a change by node {node.number}")


class ClusterTest(RealTest):
    def cluster(self, size=5, *flags) -> Cluster:
        return Cluster(self, size, flags)
