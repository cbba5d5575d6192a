#!/usr/bin/env python3
"""A producer in Python: puts tasks into a queue, one after the other."""

import argparse
import secrets
import sys

from client import Broker, stop_event


def read_flags():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", default="127.0.0.1:4100", metavar="HOST:PORT")
    parser.add_argument("--queue", default="demo", metavar="NAME")
    parser.add_argument("--count", default=10, type=int, metavar="N", help="tasks, at least 1")
    flags = parser.parse_args()
    if flags.count < 1:
        parser.error("--count must be 1 or more")
    return flags


def main() -> int:
    flags = read_flags()
    stopping = stop_event()
    broker = Broker(flags.server, flags.queue, stopping)
    # Another in each life of a producer: with the same keys, its tasks would be those of the last.
    run = secrets.token_hex(8)
    for number in range(1, flags.count + 1):
        if stopping.is_set():
            break
        # The key is the same however often the task is sent: the broker stores it once.
        task = {"payload": {"photo": f"photo-{number}.jpg", "width": 320},
                "idempotency_key": f"{run}-{number}"}
        answered = broker.ask("/tasks", task)
        if answered is None:
            print(f"job {number}  stopped without an answer: whether it is stored is unknown")
            break
        status, answer = answered
        if status != 201:
            print(f"job {number}  not stored: {answer['detail']}", file=sys.stderr)
            return 1
        print(f"task {answer['ids'][0]}  stored", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
