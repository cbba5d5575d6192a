"""What the tests of descriptions share: schemathesis, and what it has seen."""

import os
import re
import subprocess
from pathlib import Path

from realtest import ROOT, RealTest

SCHEMATHESIS = Path(os.environ.get("LAB_SCHEMATHESIS", ROOT / ".lab/tests/bin/schemathesis"))
EXAMPLES = 100  # drawn for each operation, beside those at the ends of each range
SEED = 1


class OpenApiTest(RealTest):
    """A subclass names its `hooks`, a module beside it."""

    hooks = ""

    def run_schemathesis(self, server, *flags) -> tuple[int, str]:
        if not SCHEMATHESIS.exists():
            self.fail(f"{SCHEMATHESIS} is missing; ./lab test real installs it")
        document = f"http://{server.address}/openapi.yaml"
        self.answers = self.folder / "answers"
        done = subprocess.run(
            [
                *(SCHEMATHESIS, "--no-color", "run", document, "--checks", "all"),
                *("--max-examples", str(EXAMPLES), "--seed", str(SEED)),
                *("--continue-on-failure", "--generation-database", "none", *flags),
            ],
            cwd=self.folder,
            env={
                **os.environ,
                "SCHEMATHESIS_HOOKS": self.hooks,
                "PYTHONPATH": str(Path(__file__).parent),
                "PYTHONDONTWRITEBYTECODE": "1",
                "LAB_SERVER": server.address,
                "LAB_ANSWERS": str(self.answers),
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def assert_all_successes_were_seen(self, server, least: int, not_tried=frozenset()):
        """Else the checks might have looked at nothing but refusals."""
        document = server.ask("GET", "/openapi.yaml")[2].decode()
        described = set()
        for line in document.splitlines():
            if match := re.match(r"      operationId: (\w+)", line):
                operation = match[1]
            elif match := re.match(r'        "(2\d\d)":', line):
                described.add(f"{operation} {match[1]}")
        self.assertGreaterEqual(len(described), least)
        seen = set(self.answers.read_text(encoding="utf-8").splitlines())
        # Schemathesis fetches the document and does not try that again.
        self.assertEqual(described - seen, {"openapi 200", *not_tried})
