"""The cores in Python and TypeScript have the types that they say, and so have all stages of them: Python and
Node do not look at types; mypy and tsc do, as strict as they can be."""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
QUEUE = ROOT / "examples/01-queue"
MYPY = ROOT / ".lab/tests/bin/mypy"
TSC = ROOT / "node_modules/.bin/tsc"
TYPES_OF_NODE = ROOT / "node_modules/@types"
AS_NODE_RUNS_IT = ("--target", "es2024", "--module", "nodenext", "--allowImportingTsExtensions")

sys.path.insert(0, str(ROOT / "tools/exercise"))
import stages  # noqa: E402


class Types(unittest.TestCase):
    def run_tool(self, tool, *arguments):
        """Gives what it says when it finds something, else nothing."""
        self.assertTrue(tool.exists(), f"{tool} is missing; ./lab test real installs it")
        done = subprocess.run([tool, *arguments], capture_output=True, text=True, check=False)
        return "" if done.returncode == 0 else done.stdout + done.stderr

    def mypy(self, file) -> str:
        return self.run_tool(MYPY, "--strict", "--cache-dir", os.devnull, file)

    def tsc(self, *files) -> str:
        types = ("--types", "node", "--typeRoots", TYPES_OF_NODE)
        return self.run_tool(TSC, "--strict", "--noEmit", *AS_NODE_RUNS_IT, *types, *files)

    def unpacked(self, language):
        """Every stage in a folder of its own, one at a time."""
        system = stages.read_system("queue", language)
        self.assertTrue(system.stages)
        for stage in system.stages:
            with tempfile.TemporaryDirectory() as folder:
                for name, text in stages.unpack(system, stage.name).items():
                    (Path(folder) / name).write_text(text)
                yield Path(folder)

    def test_the_cores_in_python_have_the_types_that_they_say(self):
        self.assertEqual(self.mypy(QUEUE / "queue.py"), "")
        for folder in self.unpacked("python"):
            self.assertEqual(self.mypy(folder / "queue.py"), "")

    def test_what_is_in_typescript_has_the_types_that_it_says(self):
        self.assertEqual(self.tsc(*QUEUE.glob("*.ts")), "")
        for folder in self.unpacked("typescript"):
            self.assertEqual(self.tsc(folder / "queue.ts"), "")

    def test_what_has_another_type_is_found(self):
        with tempfile.TemporaryDirectory() as folder:
            python, typescript = Path(folder) / "wrong.py", Path(folder) / "wrong.ts"
            python.write_text("def lease() -> int:\n    return '1'\n")
            typescript.write_text("const lease: number = '1';\nexport { lease };\n")
            self.assertIn("Incompatible return value type", self.mypy(python))
            self.assertIn("is not assignable to type 'number'", self.tsc(typescript))


if __name__ == "__main__":
    unittest.main()
