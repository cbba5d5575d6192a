"""The broker answers as its description says, whatever a client makes of that description."""

import os
import re
import subprocess
import unittest
from pathlib import Path

from realtest import ROOT, RealTest

SCHEMATHESIS = Path(os.environ.get("LAB_SCHEMATHESIS", ROOT / ".lab/tests/bin/schemathesis"))
EXAMPLES = 100  # drawn for each operation, beside those at the ends of each range
SEED = 1


class OpenApi(RealTest):
    def run_schemathesis(self, broker) -> tuple[int, str]:
        if not SCHEMATHESIS.exists():
            self.fail(f"{SCHEMATHESIS} is missing; ./lab test real installs it")
        document = f"http://{broker.address}/openapi.yaml"
        self.answers = self.folder / "answers"
        done = subprocess.run(
            [
                *(SCHEMATHESIS, "--no-color", "run", document, "--checks", "all"),
                *("--max-examples", str(EXAMPLES), "--seed", str(SEED)),
                *("--continue-on-failure", "--generation-database", "none"),
            ],
            cwd=self.folder,
            env={
                **os.environ,
                "SCHEMATHESIS_HOOKS": "openapi_hooks",
                "PYTHONPATH": str(Path(__file__).parent),
                "PYTHONDONTWRITEBYTECODE": "1",
                "LAB_BROKER": broker.address,
                "LAB_ANSWERS": str(self.answers),
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def test_every_answer_is_as_described(self):
        broker = self.broker()
        status, said = self.run_schemathesis(broker)
        self.assertEqual(status, 0, said)
        self.assert_all_successes_were_seen(broker)

    def assert_all_successes_were_seen(self, broker):
        """Else the checks might have looked at nothing but refusals."""
        document = broker.ask("GET", "/openapi.yaml")[2].decode()
        described = set()
        for line in document.splitlines():
            if match := re.match(r"      operationId: (\w+)", line):
                operation = match[1]
            elif match := re.match(r'        "(2\d\d)":', line):
                described.add(f"{operation} {match[1]}")
        self.assertGreater(len(described), 15)
        seen = set(self.answers.read_text(encoding="utf-8").splitlines())
        # Schemathesis fetches the document and does not try that again.
        self.assertEqual(described - seen, {"openapi 200"})


if __name__ == "__main__":
    unittest.main()
