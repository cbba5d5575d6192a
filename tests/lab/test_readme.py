"""What the README tells a reader to type does what it says."""

import re
import signal
import subprocess
import threading

from labtest import LAB, ROOT, LabTest, free_port, wait_for

README = (ROOT / "README.md").read_text()


def commands() -> list[list[str]]:
    blocks = re.findall(r"(?ms)^```sh\n(.*?)^```", README)
    return [line.split() for block in blocks for line in block.splitlines() if line.strip()]


class Readme(LabTest):
    def test_it_opens_with_up_and_test(self):
        self.assertEqual(commands()[:2], [["./lab", "up"], ["./lab", "test"]])

    def test_every_link_leads_somewhere(self):
        for target in re.findall(r"\]\(([^)#:]+)\)", README):
            self.assertTrue((ROOT / target).exists(), target)

    def test_every_command_works_in_the_order_of_the_page(self):
        """`./lab up` runs beside the rest, at other ports; `./lab test` is what runs this."""
        self.addCleanup(self.lab, "down")
        running = None
        for command in commands():
            self.assertEqual(command[0], "./lab")
            arguments = command[1:]
            if arguments == ["test"]:
                self.assertIn("unit", self.lab_ok("test", "--list"))
            elif arguments == ["up"]:
                running = self.start_up()
            else:
                self.lab_ok(*arguments)
        self.assertEqual(running.wait(), 0, "./lab down ends ./lab up cleanly")

    def start_up(self) -> subprocess.Popen:
        ports = [f"--port={name}={free_port()}" for name in ("book", "queue")]
        running = subprocess.Popen(
            [LAB, "up", *ports],
            env=self.environment,
            cwd=ROOT,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        shown = []
        reader = threading.Thread(target=lambda: shown.extend(running.stdout), daemon=True)
        reader.start()
        self.addCleanup(running.stdout.close)
        self.addCleanup(reader.join)
        self.addCleanup(running.wait)
        self.addCleanup(running.send_signal, signal.SIGINT)
        wait_for(lambda: any("Ctrl-C stops everything" in line for line in shown), "the table", 600)
        return running


