"""What the producer and the worker in Python share: how to ask the broker until it answers."""

import http.client
import json
import random
import signal
import threading
from urllib.parse import quote

ANSWER_LIMIT_S = 5  # then the connection is given up
FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 10
NOT_NOW = (429, 503, 507)  # too much, stopping, disk full: later it may be taken


def stop_event() -> threading.Event:
    """Is set by SIGTERM or Ctrl-C. A thread waits for them, for a signal handler may do little."""
    signals = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    stopping = threading.Event()

    def wait():
        signal.sigwait(signals)
        stopping.set()

    threading.Thread(target=wait, daemon=True).start()
    return stopping


class Broker:
    def __init__(self, server: str, queue: str, stopping: threading.Event):
        self.server = server
        self.queue = f"/queues/{quote(queue, safe='')}"
        self.stopping = stopping

    def ask(self, path: str, body: dict):
        """Asks until the broker answers, and gives the status and the answer; None if the program
        is to stop before that. The request may arrive several times: a lost answer looks like a
        lost request. So it must be one that does no harm when it comes again."""
        pause = FIRST_PAUSE_S
        while True:
            status, retry_after, answer = self._ask_once(path, body)
            if status and status not in NOT_NOW:
                return status, answer
            # By chance, so that all who failed together do not come back together.
            if self.stopping.wait(max(retry_after, random.uniform(pause / 2, pause))):
                return None
            pause = min(2 * pause, LONGEST_PAUSE_S)

    def _ask_once(self, path: str, body: dict):
        """The status (None: no answer came), the seconds of Retry-After, and the answer's JSON."""
        connection = http.client.HTTPConnection(self.server, timeout=ANSWER_LIMIT_S)
        try:
            headers = {"Content-Type": "application/json"}
            connection.request("POST", self.queue + path, json.dumps(body), headers)
            response = connection.getresponse()
            text = response.read()
            retry_after = float(response.headers.get("Retry-After", 0))
            return response.status, retry_after, json.loads(text) if text else None
        except (OSError, http.client.HTTPException):
            return None, 0, None
        finally:
            connection.close()
