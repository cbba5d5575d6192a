"""A small program that does what a test asks: serve, talk, refuse to end."""

import contextlib
import http.server
import signal
import socket
import sys
import time
from pathlib import Path


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        told = Path(self.server.tells).read_bytes() if self.path == "/cluster" else b""
        self.send_response(200)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, *_arguments):
        pass


def serve(port: str, tells: str = ""):
    """`tells` is the file that is served at /cluster."""
    server = http.server.HTTPServer(("127.0.0.1", int(port)), Handler)
    server.tells = tells
    server.serve_forever()


class Node:
    """Takes orders about its links as a node of lib/net does, or not: a "rude" one says nothing, a
    "stubborn" one refuses."""

    def __init__(self, manners: str):
        self.manners = manners
        self.blocked = ""
        self.delays = {}

    def answer(self, order: str) -> str:
        if self.manners == "stubborn":
            return "error: not today"
        verb, _, rest = order.partition(" ")
        if verb == "block":
            self.blocked = rest
        elif verb == "delay":
            peer, ms = rest.split()
            self.delays[peer] = ms
            if ms == "0":
                del self.delays[peer]
        elif verb == "heal":
            self.__init__(self.manners)
        elif verb == "faults":
            held = [f"block {self.blocked}"] if self.blocked else []
            held += [f"delay {peer} {ms}" for peer, ms in self.delays.items()]
            return " ".join(["ok", "; ".join(held)]).strip()
        return "ok"

    def serve(self, folder: Path):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "control").unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(folder / "control"))
            server.listen()
            while True:
                caller, _ = server.accept()
                with caller, caller.makefile() as lines:
                    answer = self.answer(lines.readline().strip())
                    # Whoever asked a paused node has not waited.
                    with contextlib.suppress(BrokenPipeError):
                        caller.sendall(b"" if self.manners == "rude" else f"{answer}\n".encode())


def main(kind: str, *rest: str):
    if kind == "serve":
        serve(*rest)
    elif kind == "node":
        Node(rest[1] if len(rest) > 1 else "polite").serve(Path(rest[0]))
    elif kind == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print("will not end", flush=True)
    elif kind == "hello":
        print("hello", flush=True)
    elif kind == "flood":
        for number in range(int(rest[0])):
            print(f"line {number} {'x' * 1000}")
        print("flood over", flush=True)
    elif kind == "hostile":
        sys.stdout.buffer.write(b"\x1b[2Jcleared\x07\n")
        sys.stdout.flush()
    while True:
        time.sleep(3600)


main(*sys.argv[1:])
