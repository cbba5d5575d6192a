"""A small program that does what a test asks: serve, talk, refuse to end."""

import http.server
import signal
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


def main(kind: str, *rest: str):
    if kind == "serve":
        serve(*rest)
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
