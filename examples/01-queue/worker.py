#!/usr/bin/env python3
"""A worker in Python: takes tasks from a queue, one at a time, does them and says so."""

import argparse
import sys
import threading
import time

from client import Broker, stop_event

WAIT_MS = 1000  # for a task; as long as this a worker that is told to stop may go on


def is_thumbnail(payload) -> bool:
    return (isinstance(payload, dict) and isinstance(payload.get("photo"), str)
            and isinstance(payload.get("width"), int))


def work(payload, work_ms: int, lost: threading.Event):
    """A demonstration: it waits. Real work, too, should look whether the task is lost."""
    if not is_thumbnail(payload):
        raise ValueError("the payload is no thumbnail")
    lost.wait(work_ms / 1000)


class Worker:
    def __init__(self, flags, stopping: threading.Event):
        self.flags = flags
        self.stopping = stopping
        self.broker = Broker(flags.server, flags.queue, stopping)

    def run(self) -> int:
        request = {"worker": self.flags.name, "visibility_ms": self.flags.visibility_ms}
        while not self.stopping.is_set():
            answered = self.broker.ask("/leases", {**request, "wait_ms": WAIT_MS})
            if answered is None:
                break
            status, answer = answered
            if status != 200:
                print(f"no tasks: {answer['detail']}", file=sys.stderr)
                return 1
            for task in answer["tasks"]:
                self.do(task)
        return 0

    def do(self, task: dict):
        begun = time.monotonic()
        ended, lost = threading.Event(), threading.Event()
        keeper = threading.Thread(target=self.keep, args=(task, ended, lost))
        keeper.start()
        try:
            work(task["payload"], self.flags.work_ms, lost)
            verb, words = "ack", "done in"
        except Exception as error:  # whatever it is, somebody else may have more luck
            verb, words = "nack", f"not done ({error}), given back after"
        ended.set()
        keeper.join()
        answered = self.tell(task, verb)
        if answered is None:
            words = "no answer from the broker; it comes back if its lease expires, after"
        elif answered[0] != 204:  # 409: the lease has ended, or an ack before this one arrived
            words = "not this worker's any more after"
        print(f"task {task['id']}  {words} {1000 * (time.monotonic() - begun):.0f} ms", flush=True)

    def keep(self, task: dict, ended: threading.Event, lost: threading.Event):
        """Has the lease extended whenever a third of it is over, while the work goes on."""
        while not lost.is_set() and not ended.wait(self.flags.visibility_ms / 3000):
            answered = self.tell(task, "extend", visibility_ms=self.flags.visibility_ms)
            if answered and answered[0] != 204:
                lost.set()  # somebody else may have the task: to go on would do it twice

    def tell(self, task: dict, verb: str, **more):
        return self.broker.ask(f"/tasks/{task['id']}/{verb}", {"lease": task["lease"], **more})


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", default="127.0.0.1:4100", metavar="HOST:PORT")
    parser.add_argument("--queue", default="demo", metavar="NAME")
    parser.add_argument("--name", default="worker-1", help="what the broker calls this worker")
    parser.add_argument("--work-ms", default=300, type=int, metavar="MS")
    parser.add_argument("--visibility-ms", default=10_000, type=int, metavar="MS")
    return Worker(parser.parse_args(), stop_event()).run()


if __name__ == "__main__":
    sys.exit(main())
