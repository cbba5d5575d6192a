"""The way through a container, with a docker that only writes down what it is asked for."""

import json
import re
import signal
import subprocess

from labtest import ROOT, wait_for
from machine import Machine

# $STATE is a folder: image holds the labels of the image, running says that the container runs,
# used that something goes on in it. $INSIDE is run in place of ./lab in the container.
DOCKER = r'''
for word; do printf '%q ' "$word"; done >>"$CALLS"
echo >>"$CALLS"
label() { for word; do case $word in lab.$1=*) echo "${word#*=}" ;; esac; done; }
case "$1 $2" in
  "version "*) [ -z "$REFUSES" ] || { echo "$REFUSES" >&2; exit 1; }; echo 28.2.2 ;;
  "info "*) echo "$ENGINE [name=seccomp,profile=default]" ;;
  "image inspect")
    case "$*" in *.Id*) echo "$(cat "$STATE/image")"; exit ;; esac
    cat "$STATE/image" 2>/dev/null ;;
  "build "*) echo "$(label made-of "$@") $(label sets "$@")" >"$STATE/image" ;;
  "container inspect")
    [ -e "$STATE/running" ] || exit 1
    case "$*" in
      *Running*) echo true ;;
      *.Image*) cat "$STATE/image-of-container" ;;
      *lab.ports*) cat "$STATE/running" ;;
    esac ;;
  "run "*) label ports "$@" >"$STATE/running"; cp "$STATE/image" "$STATE/image-of-container" ;;
  "rm "*) rm -f "$STATE/running" ;;
  "exec "*)
    case "$*" in
      *--native*) eval "$INSIDE" ;;
      */status*) [ -e "$STATE/used" ] ;;
      *stat*) echo 501:20 ;;
      *kill*) rm -f "$STATE/inside-goes-on" ;;
    esac ;;
esac
'''
ID = 'case "$1" in -u | -g) echo 1000 ;; -un) echo reader ;; -Gn) echo reader docker ;; esac'
NO_DEBIAN = '''case "$*" in *os-release*) echo ubuntu ;; *) exec "$(PATH=/usr/bin:/bin command -v sed)" "$@" ;; esac'''


class ContainerMachine(Machine):
    """A Debian where the reader is not root, with a Docker engine of this machine."""

    def setUp(self):
        super().setUp()
        self.be_debian()
        self.stub("id", ID)
        self.stub("docker", DOCKER)
        (self.bin / "cp").symlink_to("/bin/cp")
        (self.root / "Dockerfile").write_text("FROM scratch AS lab\n")
        self.docker_state = self.root.parent / "state"
        self.docker_state.mkdir()
        self.environment.update(
            STATE=str(self.docker_state), ENGINE="Linux", REFUSES="", INSIDE="true", LANG="C"
        )

    def be_elsewhere(self):
        """As Docker Desktop is: in a virtual machine, with a network of its own."""
        self.environment["ENGINE"] = "docker-desktop"

    def asked(self, *start) -> list[str]:
        """What docker was asked for, of the calls that start with these words."""
        wanted = " ".join(start) + " "
        calls = [line for line in self.calls.read_text().splitlines() if line.startswith(wanted)]
        self.assertEqual([line for line in calls if line.startswith("apt-get")], [])
        return calls

    def inside(self) -> str:
        """The one command that was run in the container."""
        calls = [line for line in self.asked("exec") if "--native" in line]
        self.assertEqual(len(calls), 1, calls)
        return calls[0]

    def ok(self, *arguments) -> subprocess.CompletedProcess:
        self.calls.write_text("")
        done = self.lab(*arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done


class GoingIn(ContainerMachine):
    def test_sim_builds_the_image_starts_the_container_and_goes_in_as_the_reader(self):
        self.ok("sim", "queue", "--seeds", "0..9")
        [build], [run] = self.asked("build"), self.asked("run")
        self.assertIn("--target lab", build)
        self.assertIn("--network host", run)
        self.assertNotIn("--publish", run)
        where = str(self.root).replace(" ", r"\ ")
        self.assertIn(f"type=bind\\,source={where}\\,target=/course ", run)
        for folder in (".lab", "build", "node_modules"):
            self.assertRegex(run, rf"type=volume\\,source=lab-\d+-\w+\\,target=/course/{folder} ")
        self.assertIn("--user 1000:1000 --workdir /course ", self.inside())
        self.assertTrue(self.inside().endswith(" sim queue --seeds 0..9 "), self.inside())
        self.assertEqual(self.installs(), [])

    def test_the_status_and_the_words_come_back(self):
        self.environment["INSIDE"] = "echo found; echo trouble >&2; exit 7"
        done = self.lab("sim", "queue")
        self.assertEqual((done.returncode, done.stdout), (7, "found\n"))
        self.assertIn("trouble", done.stderr)

    def test_standard_input_goes_in(self):
        self.environment["INSIDE"] = "cat"
        done = subprocess.run(
            [self.root / "lab", "linearize", "/dev/stdin"],
            env=self.environment,
            input="a history",
            text=True,
            check=True,
            capture_output=True,
        )
        self.assertEqual(done.stdout, "a history")

    def test_a_terminal_is_handed_on(self):
        self.at_terminal("y\n", "sim", "queue")
        self.assertIn("exec -i -t ", self.inside())
        self.calls.write_text("")
        self.lab("sim", "queue")
        self.assertIn("exec -i --env", self.inside().replace("exec -i --user", "exec -i --env"))

    def test_at_a_terminal_the_image_is_asked_for_once(self):
        status, shown = self.at_terminal("n\n", "sim", "queue")
        self.assertEqual(status, 1)
        self.assertEqual(shown.count("[Y/n]"), 1)
        self.assertIn("nothing was installed", shown)
        self.assertEqual(self.asked("build"), [])

    def test_files_are_named_as_the_container_sees_them(self):
        plan = self.root / "my" / "plan.txt"
        plan.parent.mkdir()
        plan.touch()
        self.ok("sim", "queue", "--plan", str(plan), f"--record={plan.parent}/new.txt")
        self.assertIn("--plan /course/my/plan.txt --record=/course/my/new.txt ", self.inside())
        self.ok("partition", "1,2", "/", "3")
        self.assertIn("partition 1\\,2 / 3 ", self.inside())

    def test_a_file_from_elsewhere_is_refused(self):
        elsewhere = self.root.parent / "plan.txt"
        elsewhere.touch()
        for path in (str(elsewhere), "/tmp/new.txt"):
            done = self.lab("sim", "queue", "--plan", path)
            self.assertEqual(done.returncode, 1)
            self.assertIn(f"cannot see {path}", done.stderr)

    def test_the_folder_that_the_reader_stands_in_is_the_same_inside(self):
        (self.root / "examples").mkdir()
        subprocess.run(
            ["../lab", "sim", "queue"],
            cwd=self.root / "examples",
            env=self.environment,
            check=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
        )
        self.assertIn("--workdir /course/examples ", self.inside())

    def test_ctrl_c_goes_in_where_docker_would_keep_it(self):
        goes_on = self.docker_state / "inside-goes-on"
        self.environment["INSIDE"] = (
            'touch "$STATE/inside-goes-on"; while [ -e "$STATE/inside-goes-on" ]; do sleep 0.1; done; exit 130'
        )
        (self.bin / "touch").symlink_to("/usr/bin/touch")
        running = subprocess.Popen(
            [self.root / "lab", "sim", "queue"], env=self.environment, stdin=subprocess.DEVNULL
        )
        wait_for(goes_on.exists, "the command in the container")
        running.send_signal(signal.SIGINT)
        self.assertEqual(running.wait(), 130)
        [passed_on] = [line for line in self.asked("exec") if "kill" in line]
        self.assertIn("-INT", passed_on)
        self.assertFalse((self.docker_state / "running").exists())


class Image(ContainerMachine):
    def test_it_is_built_once(self):
        self.ok("sim", "queue")
        self.ok("replay", "queue", "--seed", "7")
        self.assertEqual(self.asked("build"), [])

    def test_exercises_need_no_other_one(self):
        self.ok("sim", "queue")
        for command in (["exercise", "check", "worker-dies"], ["up", "queue", "--mine", "retry"]):
            self.ok(*command)
            self.assertEqual(self.asked("build"), [])
            self.assertTrue(self.inside().endswith(f" {' '.join(command)} "), self.inside())

    def test_it_is_built_anew_when_the_list_of_packages_changes(self):
        self.ok("sim", "queue")
        with (self.root / "tools/setup/packages.txt").open("a") as packages:
            packages.write("build  new  new  new  is new\n")
        self.ok("sim", "queue")
        self.assertEqual(len(self.asked("build")), 1)

    def test_it_gains_the_packages_of_the_part_that_is_asked_for_and_keeps_them(self):
        self.ok("sim", "queue")
        self.ok("test", "tidy")
        [build] = self.asked("build")
        self.assertIn(r"--build-arg MORE=unit\ style ", build)
        self.ok("sim", "queue")
        self.assertEqual(self.asked("build"), [])
        self.ok("test", "fuzz")
        [build] = self.asked("build")
        self.assertIn(r"--build-arg MORE=unit\ style\ clang ", build)


class Container(ContainerMachine):
    def test_it_ends_with_the_last_command_in_it(self):
        self.ok("sim", "queue")
        self.assertFalse((self.docker_state / "running").exists())

    def test_it_stays_for_what_up_has_left_running_and_later_commands_find_it(self):
        (self.docker_state / "used").touch()
        self.ok("up", "queue", "-d")
        self.assertTrue((self.docker_state / "running").exists())
        for command in (["status", "--json"], ["kill", "broker"], ["sim", "queue"], ["logs"]):
            self.ok(*command)
            self.assertEqual(self.asked("run") + self.asked("rm"), [])
            self.assertTrue(self.inside().endswith(f" {' '.join(command)} "), self.inside())
        (self.docker_state / "used").unlink()
        self.ok("down")
        self.assertFalse((self.docker_state / "running").exists())

    def test_it_is_found_even_where_packages_may_be_installed(self):
        (self.docker_state / "used").touch()
        self.stub("id", "echo 0")
        self.ok("--container", "up", "queue", "-d")
        self.ok("status")
        self.inside()

    def test_it_stays_while_another_lab_is_in_it(self):
        self.environment["INSIDE"] = 'echo in >"$STATE/in"; while [ -e "$STATE/in" ]; do sleep 0.1; done'
        other = subprocess.Popen(
            [self.root / "lab", "sim", "queue"], env=self.environment, stdin=subprocess.DEVNULL
        )
        wait_for((self.docker_state / "in").exists, "the first command in the container")
        self.environment["INSIDE"] = "true"
        self.ok("status")
        self.assertTrue((self.docker_state / "running").exists())
        (self.docker_state / "in").unlink()
        self.assertEqual(other.wait(), 0)
        self.assertFalse((self.docker_state / "running").exists())

    def test_a_new_image_waits_for_what_runs_with_the_old_one(self):
        (self.docker_state / "used").touch()
        self.ok("up", "queue", "-d")
        done = self.lab("test", "tidy")
        self.assertEqual(done.returncode, 1)
        self.assertIn("with other packages or ports", done.stderr)
        (self.docker_state / "used").unlink()
        self.ok("test", "tidy")
        self.assertEqual(len(self.asked("run")), 1)

    def test_status_and_down_before_the_first_up_start_nothing(self):
        for command, status in [("status", 0), ("down", 0), ("logs", 1)]:
            done = self.lab(command)
            self.assertEqual(done.returncode, status)
            self.assertIn("Nothing runs", done.stderr)
        self.assertEqual(self.asked("run") + self.asked("build"), [])


class Elsewhere(ContainerMachine):
    """An engine with a network of its own, in a virtual machine or without root."""

    def setUp(self):
        super().setUp()
        self.be_elsewhere()

    def published(self) -> list[str]:
        [run] = self.asked("run")
        self.assertNotIn("--network", run)
        return [word for word in run.split() if word.startswith("127.0.0.1:")]

    def test_up_publishes_what_its_systems_serve_at_this_machine_alone(self):
        self.ok("up")
        ports = [3000, 4100, 4401, 4402, 4403, 4404, 4405]
        self.assertEqual(self.published(), [f"127.0.0.1:{port}:{port}" for port in ports])
        self.assertIn("inside.sh 3000 4100 4401", self.asked("run")[0])

    def test_an_editors_container_forwards_the_same_ports(self):
        text = (ROOT / ".devcontainer/devcontainer.json").read_text()
        editor = json.loads(re.sub(r"(?m)^ *//.*", "", text))
        self.ok("up")
        forwarded = [f"127.0.0.1:{port}:{port}" for port in editor["forwardPorts"]]
        self.assertEqual(self.published(), forwarded)

    def test_a_moved_port_is_published_where_it_is(self):
        self.ok("up", "queue", "--port", "queue=14200")
        self.assertEqual(self.published(), ["127.0.0.1:14200:14200"])
        self.ok("up", "queue", "--mine", "book")
        self.assertEqual(self.published(), ["127.0.0.1:4100:4100"])
        self.ok("book", "serve", "--port=book=14300")
        self.assertEqual(self.published(), ["127.0.0.1:14300:14300"])

    def test_nothing_is_published_for_what_serves_nothing(self):
        self.ok("sim", "queue")
        self.assertEqual(self.published(), [])

    def test_the_reader_is_who_owns_the_folder_as_the_engine_sees_it(self):
        self.ok("sim", "queue")
        self.assertIn("--user 501:20 ", self.inside())

    def test_an_engine_without_root_is_elsewhere_too(self):
        self.environment["ENGINE"] = "Linux [name=rootless]"
        self.ok("up", "queue")
        self.assertEqual(self.published(), ["127.0.0.1:4100:4100"])


class WhichWay(ContainerMachine):
    def test_debian_with_root_needs_no_container(self):
        self.stub("id", "echo 0")
        self.lab("up", "queue")
        self.assertEqual(self.asked("build") + self.asked("run"), [])
        self.assertNotEqual(self.installs(), [])

    def test_a_flag_takes_the_other_way(self):
        self.lab("up", "--native", "queue")
        self.assertEqual(self.asked("run"), [])
        self.stub("id", "echo 0")
        self.ok("up", "queue", "--container")
        self.assertTrue(self.inside().endswith(" up queue "), self.inside())

    def test_another_system_goes_through_a_container_even_with_root(self):
        (self.bin / "sed").unlink()
        self.stub("sed", NO_DEBIAN)
        self.stub("id", "echo 0")
        self.ok("sim", "queue")
        self.inside()

    def test_macos_goes_through_a_container(self):
        for program in ("apt-get", "apt-cache", "dpkg", "dpkg-query"):
            (self.bin / program).unlink()
        self.stub("uname", "echo Darwin")
        self.be_elsewhere()
        self.ok("sim", "queue")
        self.inside()

    def test_sudo_at_hand_is_as_good_as_root(self):
        self.stub("sudo", "true")
        self.lab("up", "queue")
        self.assertEqual(self.asked("run"), [])

    def test_doctor_tells_the_way_and_why(self):
        told = self.ok("doctor").stdout
        self.assertRegex(told, r"through a container +packages may not be installed here")
        self.assertRegex(told, r"Docker engine +28\.2\.2")
        self.assertEqual(self.asked("build") + self.asked("run"), [])
        self.stub("id", "echo 0")
        self.assertRegex(self.lab("doctor").stdout, r"on this machine +this is Debian")
        self.stub("id", ID)
        self.environment["REFUSES"] = "Cannot connect to the Docker daemon"
        told = self.lab("doctor").stdout
        self.assertRegex(told, r"neither here nor in a container +packages may not")
        self.assertRegex(told, r"Docker engine +Cannot connect")


class Neither(ContainerMachine):
    """No root, and no Docker engine."""

    def setUp(self):
        super().setUp()
        (self.bin / "docker").unlink()
        # The book's tools cannot be fetched in these tests.
        self.environment.update(
            PIP_INDEX_URL="http://127.0.0.1:9/", PIP_RETRIES="0", PIP_NO_CACHE_DIR="1"
        )

    def test_what_would_mend_it_is_told(self):
        done = self.lab("sim", "queue")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"apt-get install .*g\+\+")
        self.assertIn("install Docker", done.stderr)

    def test_an_engine_that_does_not_answer_is_named(self):
        self.stub("docker", DOCKER)
        for words, mend in [
            ("Cannot connect to the Docker daemon at unix:///x", "Cannot connect"),
            ("permission denied while trying to connect", "sudo usermod -aG docker reader"),
        ]:
            self.environment["REFUSES"] = words
            self.assertIn(mend, self.lab("sim", "queue").stderr)
            done = self.lab("--container", "sim", "queue")
            self.assertEqual(done.returncode, 1)
            self.assertIn("no Docker engine answers", done.stderr)
            self.assertIn(mend, done.stderr)

    def test_the_book_can_still_be_had(self):
        for command in (["up"], ["book", "build"]):
            done = self.lab(*command)
            self.assertIn("Only the book can be had here", done.stderr, command)
            self.assertRegex(done.stderr, r"apt-get install .*g\+\+")
            self.assertIn("mdBook and Node could not be fetched", done.stderr)

    def test_the_book_alone_does_not_stay_in_the_background(self):
        done = self.lab("up", "-d")
        self.assertEqual(done.returncode, 1)
        self.assertIn("cannot be left in the background", done.stderr)

    def test_a_system_is_more_than_the_book(self):
        done = self.lab("up", "queue")
        self.assertNotIn("Only the book", done.stderr)
        self.assertEqual(done.returncode, 1)
