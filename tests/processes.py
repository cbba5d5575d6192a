"""What tests that start programs share, those of ./lab and those of the systems."""

import os
import random
import socket
import time

GIVE_UP_AFTER_S = float(os.environ.get("LAB_GIVE_UP_S", 120))  # only so that nothing hangs for ever


def wait_for(condition, what: str, seconds: float = GIVE_UP_AFTER_S):
    """Waits for something that must come. How long it takes proves nothing."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        result = condition()
        if result:
            return result
        time.sleep(0.01)
    raise AssertionError(f"never came: {what}")


def free_port() -> int:
    """A port that stays free: below those that the system hands out by itself."""
    while True:
        port = random.randrange(10_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
