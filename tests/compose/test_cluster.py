"""The cluster in containers: whichever container fails, another leads, and nothing is lost."""

import json
import urllib.error
import urllib.request

from composetest import ComposeTest

NUMBERS = (1, 2, 3, 4, 5)


class Cluster(ComposeTest):
    folder = "04-consensus"
    port_variables = tuple(f"CONSENSUS_PORT_{number}" for number in NUMBERS)

    def ask(self, number: int, path: str, method="GET", body=None):
        """The answer's body; nothing if there is none, or an error."""
        address = f"http://127.0.0.1:{self.ports[number - 1]}{path}"
        request = urllib.request.Request(address, body, method=method)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.read()
        except (OSError, urllib.error.HTTPError):
            return None

    def view(self, number: int) -> dict:
        return json.loads(self.ask(number, "/cluster") or b"{}")

    def leader(self):
        """The one of the latest term."""
        leaders = [view for view in map(self.view, NUMBERS) if view.get("role") == "leader"]
        return max(leaders, key=lambda view: view["term"])["id"] if leaders else None

    def put_and_get(self, value: bytes):
        """By any node that runs."""

        def done():
            stored = any(self.ask(n, "/kv/a", "PUT", value) is not None for n in NUMBERS)
            return stored and value in [self.ask(n, "/kv/a") for n in NUMBERS]

        self.wait_for(done, f"{value} in the store")

    def test_the_cluster_goes_on_whatever_container_fails(self):
        self.with_each_compose(self.break_it)

    def break_it(self):
        first = self.wait_for(self.leader, "a leader")
        for number in NUMBERS:
            self.check_container(f"node-{number}", published=True)
        self.put_and_get(b"one")

        self.compose("kill", f"node-{first}")
        second = self.wait_for(lambda: self.leader() not in (None, first) and self.leader(), "another")
        self.put_and_get(b"two")
        self.compose("start", f"node-{first}")
        self.wait_for(lambda: self.view(first).get("leader"), "the node that was killed, back")

        self.compose("pause", f"node-{second}")
        self.wait_for(lambda: self.leader() not in (None, second), "a third")
        self.put_and_get(b"three")
        self.compose("unpause", f"node-{second}")

        self.compose("kill")
        self.compose("start")
        self.wait_for(lambda: self.ask(1, "/kv/a") == b"three", "what was stored before")
        self.assertRegex(self.log(), r"term \d+  leads the cluster")
