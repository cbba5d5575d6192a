"""The set-up on machines that lack something: one clear error with the mend, one question."""

from machine import Machine


class Missing(Machine):
    def test_without_apt_the_missing_programs_are_named(self):
        done = self.lab("up", "--native")
        self.assertEqual(done.returncode, 1)
        for words in ["these programs are missing", "cmake", "ninja", "python3", "Debian"]:
            self.assertIn(words, done.stderr)

    def test_on_macos_homebrew_is_the_mend(self):
        self.stub("uname", "echo Darwin")
        self.assertRegex(self.lab("up", "--native").stderr, r"brew install .*cmake.*ninja")

    def test_without_root_the_command_for_an_administrator_is_told(self):
        self.be_debian()
        self.stub("id", "echo 1000")
        done = self.lab("up", "--native")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"apt-get update && apt-get install .*g\+\+")
        self.assertEqual(self.calls.read_text(), "")

    def test_without_a_network_for_the_lists(self):
        self.be_debian(
            install="update", words="Temporary failure resolving", status=100, known=False
        )
        done = self.lab("up")
        self.assertEqual(done.returncode, 1)
        self.assertIn("Temporary failure resolving", done.stderr)
        self.assertIn("is the network there?", done.stderr)

    def test_without_a_network_for_the_packages(self):
        self.be_debian(install="install -y", words="Unable to fetch some archives", status=100)
        done = self.lab("up")
        self.assertEqual(done.returncode, 1)
        self.assertIn("Unable to fetch some archives", done.stderr)
        self.assertIn("run the command again", done.stderr)

    def test_without_a_network_for_the_wheels(self):
        self.be_debian()
        self.stub("dpkg-query", 'shift 2; for name; do printf "ii |%s|99.1\\n" "$name"; done')
        (self.bin / "python3").symlink_to("/usr/bin/python3")
        self.environment.update(
            PIP_INDEX_URL="http://127.0.0.1:9/", PIP_RETRIES="0", PIP_NO_CACHE_DIR="1"
        )
        done = self.lab("book", "build")
        self.assertEqual(done.returncode, 1)
        self.assertIn("mdBook and Node could not be fetched", done.stderr)
        self.assertEqual(self.installs(), [])

    def test_help_and_doctor_install_nothing(self):
        self.be_debian()
        self.assertIn("./lab up", self.lab("--help").stdout)
        self.assertIn("Usage", self.lab("up", "--help").stdout)
        doctor = self.lab("doctor")
        self.assertEqual(doctor.returncode, 1)
        self.assertRegex(doctor.stdout, r"missing +cmake")
        self.assertEqual(self.calls.read_text(), "")

    def test_to_list_the_exercises_no_compiler_is_installed(self):
        self.be_debian()
        self.lab("exercise", "list")
        [install] = self.installs()
        for package, wanted in [("python3", True), ("patch", True), ("g++", False)]:
            self.assertEqual(f" {package} " in install + " ", wanted, install)

    def test_status_and_down_before_the_first_up_need_nothing(self):
        for command in ["status", "down"]:
            done = self.lab(command)
            self.assertEqual(done.returncode, 0)
            self.assertIn("Nothing runs", done.stderr)


class Asking(Machine):
    """What is installed is said and asked once at a terminal; the stubbed install ends the run."""

    def setUp(self):
        super().setUp()
        self.be_debian(install="install -y", words="that is far enough", status=1)

    def test_no_means_that_nothing_is_installed(self):
        status, shown = self.at_terminal("n\n", "up")
        self.assertEqual(status, 1)
        self.assertIn("g++", shown)
        self.assertIn("compiles the systems", shown)
        self.assertEqual(shown.count("[Y/n]"), 1)
        self.assertIn("nothing was installed", shown)
        self.assertEqual(self.installs(), [])

    def test_yes_goes_on(self):
        _, shown = self.at_terminal("y\n", "up")
        self.assertEqual(shown.count("[Y/n]"), 1)
        self.assertEqual(len(self.installs()), 1)

    def test_with_the_flag_nothing_is_asked(self):
        _, shown = self.at_terminal("", "up", "--yes")
        self.assertNotIn("[Y/n]", shown)
        self.assertEqual(len(self.installs()), 1)

    def test_without_a_terminal_nothing_is_asked(self):
        self.lab("up")
        self.assertEqual(len(self.installs()), 1)

    def test_up_installs_no_browser_and_no_webassembly(self):
        self.lab("up")
        asked = self.lab("up").stderr
        for package in ["chromium", "wasi-libc", "clang-19", "libgtest-dev"]:
            self.assertNotIn(package, asked)

    def test_only_the_bench_of_the_queue_installs_its_rivals(self):
        for part in ["net", "consensus"]:
            self.lab("bench", part)
            self.assertNotIn("redis-server", self.installs()[-1])
        shown = self.lab("bench", "queue", "--rounds", "1").stderr
        for package in ["beanstalkd", "redis-server", "rabbitmq-server", "librabbitmq-dev"]:
            self.assertIn(package, self.installs()[-1])
        self.assertIn("systemctl disable --now beanstalkd redis-server rabbitmq-server", shown)

    def test_only_the_bench_of_consensus_installs_etcd(self):
        for part in ["net", "queue"]:
            self.lab("bench", part)
            self.assertNotIn("etcd-server", self.installs()[-1])
        shown = self.lab("bench", "consensus", "--rounds", "1").stderr
        self.assertIn("etcd-server", self.installs()[-1])
        self.assertIn("systemctl disable --now etcd", shown)

    def test_the_book_is_installed_first(self):
        self.lab("up")
        self.assertIn("python3-venv", self.installs()[0])
        self.assertNotIn("cmake", self.installs()[0])
