"""The task queue's core in Python: what the broker decides, in memory alone.

Its host writes a line of JSON for each thing that happens, with the time, and reads a line with
what is to be done about it (src/reference/any-language.md). Without a clock, a socket or a file of
its own, it runs in a simulator as well as in a broker.
"""

import heapq
import json
import random
import sys
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
MS = 1000  # times are in microseconds; on a line they are strings, as all numbers of 64 bits are


@dataclass
class Task:
    id: int
    queue: str
    payload: str  # base64, as it came
    max_attempts: int
    enqueued_at: int
    state: str = "pending"  # then "processing"; in the end "failed": a dead letter
    attempts: int = 0
    until: int = 0  # when its lease or its pause is over
    lease: Json | None = None  # the token of who holds it
    told: Json = field(default_factory=dict)  # what else there is to say about it in this state


class Queue:
    def __init__(self, config: Json, seed: int) -> None:
        self.config = config
        self.random = random.Random(seed)
        self.incarnation = "0"
        self.last_task = self.last_lease = 0
        self.mono = self.wall = 0  # now, by the clock of this process and by that of all
        self.tasks: dict[int, Task] = {}  # but those that are done
        self.timed: dict[int, Task] = {}  # of them those with a lease or a pause
        self.available: dict[str, list[int]] = {}  # by queue, a heap: the oldest comes next
        self.done: dict[str, int] = {}  # by queue: how many
        self.waiting: list[tuple[int, Json]] = []  # requests that found no task, and until when
        self.replies: list[Json] = []

    def answer(self, told: Json) -> Json:
        self.mono, self.wall, self.replies = int(told["now"]["mono"]), int(told["now"]["wall"]), []
        self.step(told["input"])
        no: Json = {"writes": [], "loads": [], "messages": [], "pushes": [], "closes": []}
        answer: Json = {"ready": {"replies": self.replies, **no}}
        times = [task.until for task in self.timed.values()] + [until for until, _ in self.waiting]
        if times:
            answer["next_timeout"] = str(min(times))
        if "show" in told:
            answer["queues"] = self.queue_infos()  # for the live page
        return answer

    def step(self, given: Json) -> None:
        self.end_what_is_over()  # judged by the time, whether or not a timeout was told
        if given["type"] == "start":
            self.incarnation = given["incarnation"]
        elif given["type"] == "request":
            self.on_request(given, given["command"])
        elif given["type"] == "closed":
            gone = given["session"]
            self.waiting = [one for one in self.waiting if one[1]["session"] != gone]
        self.end_what_is_over()  # what was enqueued or given back without a pause is there at once
        self.serve_waiting()

    def reply(self, asked: Json, result: Json) -> None:
        caller = {"session": asked["session"], "request": asked["request"]}
        self.replies.append({**caller, "result": result})

    def on_request(self, asked: Json, command: Json) -> None:
        result: Json = {"type": "refused", "reason": "bad_request"}
        if command["type"] == "lease":
            return self.waiting.append((self.mono + command["wait_ms"] * MS, asked))
        if command["type"] == "enqueue":
            result = self.on_enqueue(command["queue"], command["tasks"])
        elif command["type"] in ("ack", "nack", "extend"):
            good = self.on_held(command, command["held"])
            result = {"type": "done"} if good else {"type": "refused", "reason": "stale_lease"}
        elif command["type"] == "ack_many":
            done = [one["task"] for one in command["held"] if self.on_held(command, one)]
            stale = [{"task": one["task"], "reason": "stale_lease"} for one in command["held"]
                     if one["task"] not in done]
            result = {"type": "acked", "done": done, "refused": stale}
        elif command["type"] == "list_dead":
            result = self.on_list_dead(command["queue"], int(command["after"]), command["max"])
        self.reply(asked, result)

    def on_enqueue(self, queue: str, new: list[Json]) -> Json:
        length = sum(task.queue == queue for task in self.tasks.values())
        if length + len(new) > self.config["max_queue_length"]:
            return {"type": "refused", "reason": "queue_full"}
        ids = []
        for one in new:
            self.last_task += 1
            attempts = one["max_attempts"] or self.config["default_attempts"]
            task = Task(self.last_task, queue, one["payload"], attempts, self.wall)
            self.tasks[task.id] = task
            self.put(task, "pending", one["delay_ms"], "not_before")
            ids.append(str(task.id))
        self.done.setdefault(queue, 0)
        return {"type": "enqueued", "tasks": ids}

    def hand_out(self, command: Json) -> list[Json]:
        available = self.available.get(command["queue"], [])
        leased: list[Json] = []
        while available and len(leased) < command["max"]:
            task = self.tasks[heapq.heappop(available)]
            task.attempts += 1
            self.last_lease += 1
            task.lease = {"incarnation": self.incarnation, "number": str(self.last_lease)}
            self.put(task, "processing", command["visibility_ms"], "expires_at")
            leased.append({"task": str(task.id), "lease": task.lease, "attempt": task.attempts,
                           "max_attempts": task.max_attempts, "payload": task.payload,
                           "expires_at": task.told["expires_at"]})
        return leased

    def on_held(self, command: Json, held: Json) -> bool:
        """Only who holds the task now, under its last token, may do anything to it."""
        task = self.tasks.get(int(held["task"]))
        if task is None or task.queue != command["queue"] or task.lease != held["lease"]:
            return False
        if command["type"] == "nack":
            self.give_back(task, "nacked")
        elif command["type"] == "extend":
            self.put(task, "processing", command["visibility_ms"], "expires_at")
        else:
            self.done[task.queue] += 1
            del self.tasks[task.id], self.timed[task.id]
        return True

    def put(self, task: Task, state: str, for_ms: int, until: str) -> None:
        task.state, task.until = state, self.mono + for_ms * MS
        task.told = {until: str(self.wall + for_ms * MS)}
        self.timed[task.id] = task

    def give_back(self, task: Task, reason: str) -> None:
        """After a pause, which doubles with each attempt and is half by chance, somebody else gets
        it; after the last attempt nobody does."""
        task.lease = None
        if task.attempts < task.max_attempts:
            grown = self.config["backoff_ms"] << task.attempts - 1
            most = min(grown, self.config["max_backoff_ms"])
            return self.put(task, "pending", self.random.randint(most // 2, most), "not_before")
        task.state, task.told = "failed", {"ended_at": str(self.wall), "reason": reason}
        del self.timed[task.id]

    def end_what_is_over(self) -> None:
        for task in [task for task in self.timed.values() if task.until <= self.mono]:
            if task.state == "processing":
                self.give_back(task, "expired")
            else:
                del self.timed[task.id]
                heapq.heappush(self.available.setdefault(task.queue, []), task.id)

    def serve_waiting(self) -> None:
        """Who came first is served first; who may wait no longer is told that there is none."""
        waiting, self.waiting = self.waiting, []
        for until, asked in waiting:
            leased = self.hand_out(asked["command"])
            if leased or until <= self.mono:
                self.reply(asked, {"type": "leased", "tasks": leased})
            else:
                self.waiting.append((until, asked))

    def on_list_dead(self, queue: str, after: int, most: int) -> Json:
        dead = [{"task": str(task.id), "queue": task.queue, "state": task.state,
                 "attempts": task.attempts, "max_attempts": task.max_attempts,
                 "enqueued_at": str(task.enqueued_at), "payload": task.payload, **task.told}
                for task in self.tasks.values()
                if task.state == "failed" and task.queue == queue and task.id > after]
        return {"type": "dead_letters", "tasks": dead[:most], "more": len(dead) > most}

    def queue_infos(self) -> list[Json]:
        infos = []
        for queue, done in sorted(self.done.items()):
            states = [task.state for task in self.tasks.values() if task.queue == queue]
            counts = {"completed": str(done), "delayed": "0", "dropped": "0", "waiting": "0",
                      "oldest_ms": "0"}
            counts |= {one: str(states.count(one)) for one in ("pending", "processing", "failed")}
            settings = {"max_length": 0, "max_attempts": 0, "dead_letters_to": ""}
            infos.append({"queue": queue, "settings": settings, "counts": counts})
        return infos


def main() -> None:
    core = Queue({}, 0)
    for line in sys.stdin:
        told = json.loads(line)
        if "config" in told:  # a new life begins: nothing is left of the one before
            core = Queue(told["config"], int(told["seed"]))
        print(json.dumps(core.answer(told)), flush=True)


if __name__ == "__main__":
    main()
