"""Asks the cluster until it has an answer. Any node will do: it hands on what only the leader can do.

    python3 client.py put greeting hello
    python3 client.py append greeting ', world'
    python3 client.py get greeting
"""

import argparse
import http.client
import json
import random
import sys
import time
from urllib.parse import quote

SERVERS = [f"127.0.0.1:{port}" for port in range(4401, 4406)]
ANSWER_LIMIT_S = 10  # longer than a node waits for the cluster
FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 2


class NotDone(Exception):
    """Nothing was changed, and nothing will be."""


class Unknown(Exception):
    """The change may have been made, or may still be made, or not."""


class Cluster:
    def __init__(self, servers: list[str], patience_s: float):
        self.servers = random.sample(servers, len(servers))  # the first is asked
        self.patience_s = patience_s
        self.session = None
        self.sequence = 0

    def get(self, key: str):
        """The value; None if there is no such key."""
        status, headers, body = self._ask("GET", f"/kv/{quote(key, safe='')}")
        return None if status == 404 else body

    def put(self, key: str, value: bytes, once=True) -> str:
        return self._change("PUT", f"/kv/{quote(key, safe='')}", value, once)

    def append(self, key: str, value: bytes, once=True) -> str:
        return self._change("POST", f"/kv/{quote(key, safe='')}/append", value, once)

    def _change(self, method: str, path: str, value: bytes, once: bool) -> str:
        """The key's new version. In a session the change may be sent again: the cluster knows its
        number, and makes it once. Without one, a lost answer is the end: nobody knows."""
        if not once:
            return self._ask(method, path, value, repeatable=False)[1]["ETag"]
        if self.session is None:
            self.session = json.loads(self._ask("POST", "/sessions")[2])["session"]
        self.sequence += 1
        number = {"Raft-Session": str(self.session), "Raft-Sequence": str(self.sequence)}
        return self._ask(method, path, value, number)[1]["ETag"]

    def _ask(self, method: str, path: str, body=b"", headers=(), repeatable=True):
        """Status, headers and body of the answer."""
        end = time.monotonic() + self.patience_s
        pause = FIRST_PAUSE_S
        in_doubt = False  # whether one of the attempts may have changed something
        while True:
            outcome, status, answer_headers, answer = self._ask_once(method, path, body, headers)
            if outcome == "done" or (method == "GET" and status == 404):
                return status, answer_headers, answer
            in_doubt = in_doubt or (outcome == "unknown" and method != "GET")
            words = json.loads(answer)["detail"] if answer.startswith(b"{") else "no answer came"
            later = status in (None, 429, 507) or status >= 500
            if not later or (in_doubt and not repeatable) or time.monotonic() > end:
                raise Unknown(words) if in_doubt else NotDone(words)
            self.servers.append(self.servers.pop(0))
            # By chance, so that all who failed together do not come back together.
            time.sleep(max(float(answer_headers.get("Retry-After", 0)), pause * random.uniform(0.5, 1)))
            pause = min(2 * pause, LONGEST_PAUSE_S)

    def _ask_once(self, method: str, path: str, body: bytes, headers):
        """The outcome ("done", "not_done", "unknown"), and the answer as far as there is one."""
        connection = http.client.HTTPConnection(self.servers[0], timeout=ANSWER_LIMIT_S)
        try:
            connection.connect()
        except OSError:
            return "not_done", None, {}, b""
        try:
            connection.request(method, path, body, dict(headers))
            response = connection.getresponse()
            answer = response.read()
            if response.status < 400:
                return "done", response.status, response.headers, answer
            # An error that does not say is one of the host: below 500 the cluster was not asked.
            told = json.loads(answer) if answer.startswith(b"{") else {}
            outcome = told.get("outcome", "not_done" if response.status < 500 else "unknown")
            return outcome, response.status, response.headers, answer
        except (OSError, http.client.HTTPException, ValueError):
            return "unknown", None, {}, b""
        finally:
            connection.close()


def main() -> int:
    parser = argparse.ArgumentParser(description="Ask the cluster.")
    parser.add_argument("--server", action="append", help="host:port; more than one may be given")
    parser.add_argument("--patience-s", type=float, default=60, help="then it gives up")
    parser.add_argument("--no-session", action="store_true", help="send a change once, come what may")
    parser.add_argument("what", choices=("get", "put", "append"))
    parser.add_argument("key")
    parser.add_argument("value", nargs="?", help="for put and append")
    flags = parser.parse_args()
    if (flags.value is None) != (flags.what == "get"):
        parser.error("put and append take a value, get takes none")
    cluster = Cluster(flags.server or SERVERS, flags.patience_s)
    try:
        if flags.what == "get":
            value = cluster.get(flags.key)
            sys.stdout.buffer.write(value or b"")
            return 0 if value is not None else 1
        change = cluster.put if flags.what == "put" else cluster.append
        print("version", change(flags.key, flags.value.encode(), not flags.no_session).strip('"'))
        return 0
    except NotDone as why:
        print(f"not done: {why}", file=sys.stderr)
        return 1
    except Unknown as why:
        print(f"nobody knows whether it was done: {why}", file=sys.stderr)
        return 3


if __name__ == "__main__":
    sys.exit(main())
