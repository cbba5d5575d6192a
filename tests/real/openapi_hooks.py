"""What test_openapi.py adds to schemathesis, which loads this file into its own process.

What schemathesis draws names tasks that hardly ever exist. Of the requests that are valid every
other one is given a real task, so that refusals are not all that is looked at.
"""

import http.client
import itertools
import json
import os

import schemathesis

SHORT_WAIT_MS = 10
calls = itertools.count()


@schemathesis.hook
def before_call(_context, case, _kwargs):
    name = name_of(case)
    if name == "lease":
        wait_briefly(case)
    if case.meta is None or not case.meta.generation.mode.is_positive or next(calls) % 2:
        return
    if name == "lease":
        ask(f"/queues/{case.path_parameters['queue']}/tasks", {"payload": 1})
    elif name in ("ack", "nack", "extend", "retry_dead", "drop_dead"):
        give_task(case, dead=name.endswith("_dead"))


@schemathesis.hook
def after_call(_context, case, response):
    """Notes what was answered."""
    with open(os.environ["LAB_ANSWERS"], "a", encoding="utf-8") as answers:
        answers.write(f"{name_of(case)} {response.status_code}\n")


def name_of(case) -> str:
    return case.operation.definition.raw["operationId"]


def wait_briefly(case):
    """Waiting takes time and shows nothing."""
    wait_ms = case.body.get("wait_ms") if isinstance(case.body, dict) else None
    if isinstance(wait_ms, (int, float)) and SHORT_WAIT_MS < wait_ms <= 30_000:
        case.body = {**case.body, "wait_ms": SHORT_WAIT_MS}


def give_task(case, dead: bool):
    """A task that is leased, or a dead letter; neither if the queue happens to be full."""
    queue = f"/queues/{case.path_parameters['queue']}"
    ask(f"{queue}/tasks", {"payload": 1, "max_attempts": 1})
    leased = ask(f"{queue}/leases", {"worker": f"helper-{next(calls)}"})
    if not leased["tasks"]:
        return
    [task] = leased["tasks"]
    if dead:
        ask(f"{queue}/tasks/{task['id']}/nack", {"lease": task["lease"]})
    else:
        case.body = {**case.body, "lease": task["lease"]}
    case.path_parameters = {**case.path_parameters, "task": task["id"]}


def ask(path: str, body: dict):
    connection = http.client.HTTPConnection(os.environ["LAB_SERVER"])
    try:
        connection.request("POST", path, json.dumps(body))
        answer = connection.getresponse().read()
        return json.loads(answer) if answer else None
    finally:
        connection.close()
