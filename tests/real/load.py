"""Clients that keep a book of what the broker has told them, and compare it with what it does next.

They speak HTTP by themselves, not with the project's own client: what they note is what arrived.
"""

import http.client
import json
import random
import threading
import time

from realtest import GIVE_UP_AFTER_S

VISIBILITY_MS = 3_000


class Broken(Exception):
    """The broker broke a promise."""


class Book:
    """What was answered. Only answers that arrived whole are in it."""

    def __init__(self):
        self.lock = threading.Lock()
        self.number = 0
        self.payloads = {}  # of tasks whose enqueue was acknowledged, by id
        self.sent = set()  # every payload ever sent
        self.leases = {}  # (id, attempt) -> lease token
        self.completed = {}  # id -> the attempt whose ack was acknowledged
        self.perhaps_completed = set()  # ids whose ack was sent, and the answer never came
        self.earlier_attempts = {}  # id -> the highest attempt before the last restart

    def next_payload(self) -> str:
        with self.lock:
            self.number += 1
            payload = json.dumps({"number": self.number, "text": "x" * (self.number % 300)})
            self.sent.add(payload)
            return payload

    def enqueued(self, ids, payloads):
        with self.lock:
            for task, payload in zip(ids, payloads, strict=True):
                if task in self.payloads:
                    raise Broken(f"task {task} was given out twice")
                self.payloads[task] = payload

    def leased(self, task: dict, payload: str):
        with self.lock:
            key = task["id"], task["attempt"]
            if self.leases.setdefault(key, task["lease"]) != task["lease"]:
                raise Broken(f"task {key[0]} was leased twice with attempt {key[1]}")
            if key[1] <= self.earlier_attempts.get(key[0], 0):
                raise Broken(f"task {key[0]}: its attempts went back to {key[1]}")
            if key[0] in self.completed and key[1] > self.completed[key[0]]:
                raise Broken(f"task {key[0]} was acked as completed and came back")
            if payload not in self.sent:
                raise Broken(f"task {key[0]}: nobody has sent the payload {payload}")
            if self.payloads.get(key[0], payload) != payload:
                raise Broken(f"task {key[0]} has another payload now")

    def ack_sent(self, task: dict):
        with self.lock:
            self.perhaps_completed.add(task["id"])

    def acked(self, task: dict, status: int):
        with self.lock:
            if status == 204:
                self.completed[task["id"]] = task["attempt"]
            if status in (204, 409):
                self.perhaps_completed.discard(task["id"])

    def broker_restarted(self):
        for task, attempt in self.leases:
            before = self.earlier_attempts.get(task, 0)
            self.earlier_attempts[task] = max(before, attempt)

    def missing(self) -> set:
        """Acknowledged tasks that were neither completed nor perhaps completed."""
        return set(self.payloads) - set(self.completed) - self.perhaps_completed


class Client:
    """One connection. Its calls return nothing when the answer did not arrive whole."""

    def __init__(self, book: Book, port: int, name: str):
        self.book = book
        self.name = name
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def call(self, path: str, body: str):
        self.connection.request("POST", path, body)
        response = self.connection.getresponse()
        data = response.read()
        if response.status == 503:
            raise ConnectionError("the broker is stopping")
        return response.status, data

    def produce(self, count: int):
        payloads = [self.book.next_payload() for _ in range(count)]
        tasks = ['{"max_attempts":100,"payload":' + payload + "}" for payload in payloads]
        body = '{"tasks":[' + ",".join(tasks) + "]}"
        status, data = self.call("/queues/demo/tasks", body)
        if status == 429:
            return time.sleep(0.05)  # the queue is full
        if status != 201:
            raise Broken(f"an enqueue was answered {status} {data!r}")
        self.book.enqueued(json.loads(data)["ids"], payloads)

    def lease(self, wait_ms=100) -> list:
        request = {"worker": self.name, "max": 3, "visibility_ms": VISIBILITY_MS}
        request["wait_ms"] = wait_ms
        status, data = self.call("/queues/demo/leases", json.dumps(request))
        if status == 429:
            time.sleep(0.05)  # it holds all that it may, until some of it expires
            return []
        if status != 200:
            raise Broken(f"a lease was answered {status} {data!r}")
        tasks = json.loads(data)["tasks"]
        for task in tasks:
            self.book.leased(task, json.dumps(task["payload"]))
        return tasks

    def end(self, task: dict, verb: str):
        if verb == "ack":
            self.book.ack_sent(task)
        path = f"/queues/demo/tasks/{task['id']}/{verb}"
        status, data = self.call(path, json.dumps({"lease": task["lease"]}))
        if status not in (204, 409):
            raise Broken(f"an {verb} was answered {status} {data!r}")
        if verb == "ack":
            self.book.acked(task, status)


class Load:
    """Producers and workers that go on until the broker is gone, or until they are stopped."""

    def __init__(self, book: Book, port: int, seed: int):
        self.problems = []
        self.stopping = threading.Event()
        self.threads = []
        for number in range(4):
            client = Client(book, port, f"client-{number}")
            act = self.produce if number % 2 == 0 else self.work
            chance = random.Random(seed * 10 + number)
            self.threads.append(threading.Thread(target=self.go_on, args=(act, client, chance)))
        for thread in self.threads:
            thread.start()

    def go_on(self, act, client, chance):
        try:
            while not self.stopping.is_set():
                act(client, chance)
        except (OSError, http.client.HTTPException):
            pass  # the broker is gone: what was under way is unknown
        except (Broken, ValueError, KeyError) as problem:
            self.problems.append(problem)
        finally:
            client.connection.close()

    @staticmethod
    def produce(client, chance):
        client.produce(chance.choice([1, 1, 1, 2, 10]))

    @staticmethod
    def work(client, chance):
        for task in client.lease():
            what = chance.random()
            if what < 0.7:
                client.end(task, "ack")
            elif what < 0.9:
                client.end(task, "nack")  # and the rest is left to expire

    def stop(self):
        self.stopping.set()
        self.join()

    def join(self):
        for thread in self.threads:
            thread.join()
        if self.problems:
            raise self.problems[0]


def drain(book: Book, port: int):
    """Works until nothing is left, then compares."""
    client = Client(book, port, "last")
    give_up_at = time.monotonic() + 5 * GIVE_UP_AFTER_S
    try:
        while True:
            if time.monotonic() > give_up_at:
                raise Broken(f"there is always something left: {counts}")
            for task in client.lease(wait_ms=100):
                client.end(task, "ack")
            client.connection.request("GET", "/queues/demo")
            counts = json.loads(client.connection.getresponse().read())
            if counts["pending"] + counts["processing"] == 0:
                break
    finally:
        client.connection.close()
    if lost := book.missing():
        raise Broken(f"acknowledged and lost: {sorted(lost, key=int)[:10]}")
    if not len(book.completed) <= counts["completed"]:
        raise Broken(f"{len(book.completed)} acks were acknowledged, the broker knows of {counts}")
