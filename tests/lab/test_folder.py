"""A checkout that came by way of Windows, or lost what makes a file a program."""

import subprocess

from machine import Machine


class Folder(Machine):
    def with_windows_line_ends(self, *names):
        for name in names:
            file = self.root / name
            file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))

    def bash(self, *arguments) -> subprocess.CompletedProcess:
        return subprocess.run(
            ["bash", *arguments],
            cwd=self.root,
            env=self.environment,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
        )

    def test_windows_line_ends_are_named_with_their_mend(self):
        for names in [["tools/setup/say.sh"], ["tools/setup/packages.txt"], ["lab", "tools/setup/say.sh"]]:
            self.with_windows_line_ends(*names)
            done = self.bash("lab", "status")
            self.assertEqual(done.returncode, 1, names)
            self.assertIn("Windows line ends", done.stderr)
            self.assertIn("git reset --hard", done.stderr)
            self.assertEqual(len(done.stderr.splitlines()), 3, done.stderr)
            for name in names:
                file = self.root / name
                file.write_bytes(file.read_bytes().replace(b"\r\n", b"\n"))

    def test_a_lost_mark_as_a_program_is_told(self):
        self.assertNotIn("chmod", self.bash("lab", "status").stderr)
        (self.root / "lab").chmod(0o644)
        done = self.bash("lab", "status")
        self.assertEqual(done.returncode, 0)
        self.assertIn("chmod +x", done.stderr)

    def test_a_disk_of_windows_is_told(self):
        self.stub("uname", "echo 5.15.153.1-microsoft-standard-WSL2")
        self.stub("df", 'echo "Filesystem 1024-blocks"; echo "$SEEN 487 /"')
        for disk, told in [("C:\\", True), ("/dev/sdc", False)]:
            self.environment["SEEN"] = disk
            self.assertEqual("disk of Windows" in self.bash("lab", "status").stderr, told, disk)
        self.stub("uname", "echo 6.1.0-18-amd64")
        self.environment["SEEN"] = "C:\\"
        self.assertNotIn("disk of Windows", self.bash("lab", "status").stderr)
