"""What test_cluster_openapi.py adds to schemathesis, which loads this file into its own process.

What it draws names keys and versions that hardly ever exist, and its headers are drawn one by one,
though some exclude and some need each other. Of the requests that are valid every other one is given a
key that is there, with its version; and who wants a key that is not there gets a new one.
"""

import http.client
import itertools
import os
from urllib.parse import quote

import schemathesis

MOST_KEY_BYTES = 512
KEY = "there"
calls = itertools.count()


@schemathesis.hook
def before_call(_context, case, _kwargs):
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if "key" in (case.path_parameters or {}):
        case.path_parameters = {**case.path_parameters, "key": fitting(case.path_parameters["key"])}
        case.headers = {**(case.headers or {})}
        let_headers_agree(case.headers)
        if "If-None-Match" in case.headers:
            case.path_parameters["key"] = f"new-{next(calls)}"
        elif next(calls) % 2:
            name_a_key_that_is_there(case)


@schemathesis.hook
def after_call(_context, case, response):
    """Notes what was answered."""
    with open(os.environ["LAB_ANSWERS"], "a", encoding="utf-8") as answers:
        name = case.operation.definition.raw["operationId"]
        answers.write(f"{name} {response.status_code}\n")


def fitting(key: str) -> str:
    """Its limit is in bytes, and the description can only count characters."""
    while len(key.encode()) > MOST_KEY_BYTES:
        key = key[: len(key) // 2]
    return key


def let_headers_agree(headers):
    """No version that is not there, and no session that was not opened."""
    for name in ("If-Match", "Raft-Session", "Raft-Sequence"):
        headers.pop(name, None)


def name_a_key_that_is_there(case):
    version = ask("PUT", f"/kv/{quote(KEY)}", b"value")
    case.path_parameters = {**case.path_parameters, "key": KEY}
    name = case.operation.definition.raw["operationId"]
    if name in ("put", "delete"):
        case.headers["If-Match"] = version


def ask(method: str, path: str, body: bytes):
    connection = http.client.HTTPConnection(os.environ["LAB_SERVER"])
    try:
        connection.request(method, path, body)
        answer = connection.getresponse()
        answer.read()
        return answer.headers["ETag"]
    finally:
        connection.close()
