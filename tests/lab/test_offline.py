"""Once it is set up, the course needs no network."""

import ctypes
import fcntl
import json
import os
import socket
import struct
import subprocess

from labtest import LAB, ROOT, LabTest, free_port

CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
SIOCSIFFLAGS = 0x8914
IFF_UP = 1


def leave_the_network():
    """For the process that calls this there is only the loopback interface from now on."""
    flags = CLONE_NEWNET | (0 if os.geteuid() == 0 else CLONE_NEWUSER)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(flags) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    with socket.socket() as any_socket:
        request = struct.pack("16sh22x", b"lo", IFF_UP)
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, request)


class Offline(LabTest):
    def offline(self, script: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            ["bash", "-euc", script],
            env=self.environment,
            cwd=ROOT,
            text=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            preexec_fn=leave_the_network,
        )

    def test_there_is_no_network_in_these_tests(self):
        reached = self.offline("exec 3<>/dev/udp/192.0.2.1/53")
        self.assertNotEqual(reached.returncode, 0)
        self.assertIn("unreachable", reached.stderr)

    def test_up_starts_the_book_and_every_system(self):
        self.lab_ok("up", "-d", *self.ports())  # whatever is still to be fetched is fetched here
        self.lab_ok("down")
        ports = " ".join(self.ports())
        self.addCleanup(self.lab, "down")
        done = self.offline(f"{LAB} up -d {ports} >&2; {LAB} status --json; {LAB} down >&2")
        self.assertEqual(done.returncode, 0, done.stderr)
        states = {one["name"]: one["state"] for one in json.loads(done.stdout)["processes"]}
        self.assertEqual(set(states.values()), {"running"}, states)
        self.assertIn("book", states)
        self.assertIn("broker", states)

    def ports(self) -> list:
        return [f"--port={name}={free_port()}" for name in ("book", "queue")]
