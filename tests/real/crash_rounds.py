"""Rounds of load that end with a crash of the broker, for the tests of crashes."""

import random
import time

import load
from realtest import RealTest

ROUNDS = 8


class CrashRounds(RealTest):
    def crash_again_and_again(self, seed: int, *flags, program="broker") -> load.Book:
        """Kills the broker at random moments under load, and compares after every start."""
        chance = random.Random(seed)
        data = self.folder / "data"
        book = load.Book()
        for _ in range(ROUNDS):
            broker = self.broker("--data-dir", data, *flags, program=program)
            clients = load.Load(book, broker.port, chance.randrange(1 << 30))
            time.sleep(chance.uniform(0.02, 0.6))
            broker.kill()
            clients.join()
            book.broker_restarted()
        load.drain(book, self.broker("--data-dir", data, program=program).port)
        self.assertGreater(len(book.payloads), ROUNDS)
        self.assertGreater(len(book.completed), ROUNDS)
        return book
