#!/usr/bin/env python3
"""Counts for some seconds how many tasks of a queue are completed: completed.py --seconds 8"""

import argparse
import json
import sys
import time
import urllib.error
import urllib.request


def completed(server: str, queue: str) -> int:
    with urllib.request.urlopen(f"http://{server}/queues/{queue}", timeout=5) as answer:
        return json.load(answer)["completed"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", default="127.0.0.1:4100", metavar="HOST:PORT")
    parser.add_argument("--queue", default="demo", metavar="NAME")
    parser.add_argument("--seconds", default=8.0, type=float)
    flags = parser.parse_args()
    try:
        before = completed(flags.server, flags.queue)
        time.sleep(flags.seconds)
        done = completed(flags.server, flags.queue) - before
    except (OSError, KeyError, ValueError) as error:
        print(f"the queue {flags.queue} at {flags.server} cannot be asked: {error}\n"
              "./lab up queue -d starts it", file=sys.stderr)
        return 1
    print(f"{done} tasks completed in {flags.seconds:g} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
