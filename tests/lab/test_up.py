"""./lab up, status, logs, kill, pause, resume, restart, down on small systems."""

import json
import os
import signal
import socket
import subprocess

from labtest import LabTest, alive, free_port, wait_for


class Up(LabTest):
    def setUp(self):
        super().setUp()
        self.port = free_port()
        doomed = self.state.parent / "doomed.sh"  # a shell is quick to start, and so to die
        doomed.write_text("echo the reason why it died; exit 3")
        self.use_systems(f"""
            system web {self.port} a server and two clients
            server front / FAKE serve {{port}}
            client one FAKE talk
            client two FAKE talk
            system doomed {free_port()} ends at its start
            client steady FAKE talk
            client doomed sh {doomed}
            system stubborn {free_port()} does not end when asked
            client stubborn FAKE stubborn
            system flood {free_port()} says much
            client flood FAKE flood 20000
            system talkers {free_port()} say hello
            client first FAKE hello
            client second FAKE hello
            system hostile {free_port()} plays with the terminal
            client hostile FAKE hostile
            later store sessions 3 to 5
        """)

    def test_starts_what_is_named_and_tells_where_it_runs(self):
        shown = self.lab_ok("up", "web", "-d")
        self.assertIn(f"http://127.0.0.1:{self.port}", shown)
        processes = self.processes()
        self.assertEqual(
            {name: process["state"] for name, process in processes.items()},
            {"front": "running", "one": "running", "two": "running"},
        )
        self.assertTrue(all(alive(process["pid"]) for process in processes.values()))
        self.assertEqual(processes["front"]["address"], f"http://127.0.0.1:{self.port}")

    def test_down_ends_every_process(self):
        self.lab_ok("up", "web", "-d")
        pids = [process["pid"] for process in self.processes().values()] + [self.supervisor_pid()]
        self.lab_ok("down")
        self.assertEqual([pid for pid in pids if alive(pid)], [])
        self.assertIn("Nothing runs", self.lab_ok("status"))

    def test_port_moves_a_system(self):
        moved = free_port()
        self.lab_ok("up", "web", "-d", "--port", f"web={moved}")
        self.assertEqual(self.processes()["front"]["address"], f"http://127.0.0.1:{moved}")

    def test_a_second_up_says_what_runs_already(self):
        self.lab_ok("up", "web", "-d")
        second = self.lab("up", "web", "-d")
        self.assertEqual(second.returncode, 1)
        self.assertIn("something runs already", second.stderr)
        self.assertIn("./lab down", second.stderr)
        self.assertEqual(self.processes()["front"]["state"], "running")

    def test_a_port_in_use_is_named_with_its_holder(self):
        holder = subprocess.Popen(
            ["python3", "-m", "http.server", "--bind", "127.0.0.1", str(self.port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.addCleanup(holder.wait)
        self.addCleanup(holder.kill)
        refused = wait_for(
            lambda: (got := self.lab("up", "web", "-d")).returncode and got, "a refusal"
        )
        self.assertIn(f"port {self.port} is in use", refused.stderr)
        self.assertIn(str(holder.pid), refused.stderr)
        self.assertIn("--port web=", refused.stderr)

    def test_a_child_that_dies_at_start_shows_its_last_words_and_stops_the_rest(self):
        failed = self.lab("up", "doomed", "-d")
        self.assertEqual(failed.returncode, 1)
        self.assertIn("doomed ended at its start: exit status 3", failed.stderr)
        self.assertIn("the reason why it died", failed.stderr)
        self.assertEqual(
            subprocess.run(
                ["pgrep", "-f", str(self.state)], check=False, capture_output=True
            ).stdout,
            b"",
        )
        self.assertIn("Nothing runs", self.lab_ok("status"))

    def test_kill_pause_resume_and_restart_change_one_process(self):
        self.lab_ok("up", "web", "-d")
        first = self.processes()["one"]["pid"]
        self.lab_ok("pause", "one")
        self.assertEqual(self.processes()["one"]["state"], "paused")
        self.lab_ok("resume", "one")
        self.assertEqual(self.processes()["one"]["state"], "running")
        self.lab_ok("kill", "one")
        wait_for(lambda: self.processes()["one"]["state"] == "died", "the death of one")
        self.assertFalse(alive(first))
        self.assertEqual(self.processes()["two"]["state"], "running")
        self.lab_ok("restart", "one")
        self.assertEqual(self.processes()["one"]["state"], "running")
        self.assertNotEqual(self.processes()["one"]["pid"], first)

    def test_restart_ends_a_paused_process_and_starts_it_again(self):
        self.lab_ok("up", "web", "-d")
        before = self.processes()["front"]["pid"]
        self.lab_ok("pause", "front")
        self.lab_ok("restart", "front")
        after = self.processes()["front"]
        self.assertEqual(after["state"], "running")
        self.assertNotEqual(after["pid"], before)
        self.assertFalse(alive(before))

    def test_what_cannot_be_done_to_a_process_is_said(self):
        self.lab_ok("up", "web", "-d")
        for arguments, words in [
            (("kill", "nobody"), "no process 'nobody'"),
            (("resume", "one"), "not paused"),
        ]:
            done = self.lab(*arguments)
            self.assertEqual(done.returncode, 1)
            self.assertIn(words, done.stderr)

    def test_a_stubborn_process_is_ended_all_the_same(self):
        self.lab_ok("up", "stubborn", "-d")
        first = self.processes()["stubborn"]["pid"]
        self.lab_ok("restart", "stubborn")
        pid = self.processes()["stubborn"]["pid"]
        self.assertNotEqual(pid, first)
        self.assertFalse(alive(first))
        self.lab_ok("down")
        self.assertFalse(alive(pid))

    def test_logs_of_all_stand_in_the_order_in_which_they_came(self):
        self.lab_ok("up", "talkers", "-d")
        wait_for(lambda: len(self.greetings()) == 2, "a greeting of each")
        begun = self.greetings()
        for name in ("second", "first", "second"):
            self.lab_ok("restart", name)
            begun.append(name)
            wait_for(lambda: self.greetings() == begun, "the next greeting at the end")

    def greetings(self) -> list:
        lines = self.lab_ok("logs").splitlines()
        return [line.split()[0] for line in lines if line.endswith("| hello")]

    def test_logs_are_bounded(self):
        self.lab_ok("up", "flood", "-d")
        log = self.state / "log" / "flood.log"
        # Between two files there is for a moment none.
        wait_for(
            lambda: log.exists() and "flood over" in self.lab("logs", "flood").stdout,
            "the end of the flood",
        )
        sizes = [file.stat().st_size for file in (self.state / "log").glob("flood.log*")]
        self.assertGreater(sum(sizes), 1_000_000)
        self.assertLess(sum(sizes), 9_000_000)

    def test_the_last_lines_of_a_log_are_shown_as_many_as_are_asked_for(self):
        self.lab_ok("up", "flood", "-d")
        wait_for(
            lambda: "flood over" in self.lab("logs", "flood").stdout, "the end of the flood"
        )
        self.assertEqual(len(self.lab_ok("logs", "flood").splitlines()), 50)
        self.assertEqual(len(self.lab_ok("logs", "flood", "-n", "120").splitlines()), 120)
        self.assertEqual(self.lab("logs", "flood", "-n", "0").returncode, 2)

    def test_a_log_cannot_disturb_the_terminal(self):
        self.lab_ok("up", "hostile", "-d")
        shown = wait_for(lambda: self.lab_ok("logs", "hostile"), "a line of the log")
        self.assertIn("?[2Jcleared?", shown)
        self.assertNotIn("\x1b", shown)

    def test_unknown_and_coming_systems_are_told_apart(self):
        coming = self.lab("up", "store")
        self.assertEqual(coming.returncode, 1)
        self.assertIn("comes later in the course", coming.stderr)
        self.assertEqual(self.lab("up", "nonsense").returncode, 2)


class Cluster(LabTest):
    """A system whose servers have a port each, and one that leads."""

    def setUp(self):
        super().setUp()
        self.port = free_port()
        folder = self.state.parent
        for name in ("a", "b", "c"):
            self.tell(name, "follower", 1, 7)
        self.use_systems(f"""
            system trio {self.port} three servers
            server a /health FAKE serve {{port}} {folder}/a
            server b +1/health FAKE serve {{port+1}} {folder}/b
            server c +2/health FAKE serve {{port+2}} {folder}/c
            client guest FAKE talk {{port+11}}
            leader /cluster
            try {{port+2}} is the last
        """)

    def tell(self, name: str, role: str, term: int, commit_index: int):
        members = [{"id": 1, "role": "voter", "address": "127.0.0.1:1"}]
        view = {"id": 1, "role": role, "term": term, "commit_index": commit_index}
        text = json.dumps({**view, "members": members}, separators=(",", ":"))
        (self.state.parent / name).write_text(text)

    def test_each_server_has_its_port(self):
        shown = self.lab_ok("up", "-d")
        self.assertIn(f"{self.port + 2} is the last", shown)
        addresses = {name: process["address"] for name, process in self.processes().items()}
        expected = {name: f"http://127.0.0.1:{self.port + i}" for i, name in enumerate("abc")}
        self.assertEqual(addresses, {**expected, "guest": ""})

    def test_every_port_of_the_system_must_be_free(self):
        for more in (2, 11):
            with socket.socket() as holder:
                holder.bind(("127.0.0.1", self.port + more))
                holder.listen()
                refused = self.lab("up", "-d")
                self.assertEqual(refused.returncode, 1)
                self.assertIn(f"port {self.port + more} is in use", refused.stderr)

    def test_ports_that_cannot_be_are_refused(self):
        for wrong in ("{port+}", "{port-1}", "{port+1", "{port+70000}", "{port+x}", "{ports}"):
            self.use_systems(f"system one {self.port} x\nclient a FAKE talk {wrong}")
            refused = self.lab("up", "-d")
            self.assertEqual(refused.returncode, 1, wrong)
            self.assertIn("not understood", refused.stderr)

    def test_status_tells_who_leads_and_who_is_behind(self):
        self.lab_ok("up", "-d")
        self.tell("b", "leader", 3, 12)
        self.tell("c", "follower", 3, 10)
        nodes = {name: process.get("node") for name, process in self.processes().items()}
        self.assertEqual(nodes["b"], {"role": "leader", "term": 3, "commit_index": 12, "lag": 0})
        self.assertEqual(nodes["c"], {"role": "follower", "term": 3, "commit_index": 10, "lag": 2})
        self.assertIsNone(nodes["guest"])
        self.assertRegex(self.lab_ok("status"), r"c .* running  follower +term 3  commit 10  lag 2")
        self.lab_ok("pause", "b")
        self.assertNotIn("node", self.processes()["b"])

    def test_the_leader_is_the_one_of_the_latest_term(self):
        self.lab_ok("up", "-d")
        nobody = self.lab("kill", "leader")
        self.assertEqual(nobody.returncode, 1)
        self.assertIn("no process says that it leads", nobody.stderr)
        self.tell("a", "leader", 3, 7)
        self.tell("c", "leader", 4, 7)
        self.lab_ok("kill", "leader")
        wait_for(lambda: self.processes()["c"]["state"] == "died", "the death of c")
        self.assertEqual(self.processes()["a"]["state"], "running")
        self.assertIn("a runs again", self.lab_ok("restart", "leader"))

    def test_a_process_that_is_called_leader_is_meant_by_its_name(self):
        self.use_systems(f"""
            system web {self.port} a server and a client
            server front / FAKE serve {{port}} {self.state.parent}/a
            client leader FAKE talk
            leader /cluster
        """)
        self.tell("a", "leader", 3, 7)
        self.lab_ok("up", "-d")
        self.lab_ok("kill", "leader")
        wait_for(lambda: self.processes()["leader"]["state"] == "died", "the death of the client")
        self.assertEqual(self.processes()["front"]["state"], "running")


class Deaths(LabTest):
    """Nothing outlives the ./lab that started it, however that ends."""

    def setUp(self):
        super().setUp()
        self.use_systems(f"""
            system web {free_port()} a server and a client
            server front / FAKE serve {{port}}
            client one FAKE talk
        """)

    def test_ctrl_c_stops_everything_cleanly(self):
        running = self.in_foreground("web")
        pids = [process["pid"] for process in self.processes().values()]
        running.send_signal(signal.SIGINT)
        self.assertEqual(running.wait(), 0)
        self.assertEqual([pid for pid in pids if alive(pid)], [])

    def test_no_orphan_when_the_foreground_is_killed(self):
        running = self.in_foreground("web")
        pids = [process["pid"] for process in self.processes().values()]
        running.kill()
        running.wait()
        wait_for(lambda: not any(alive(pid) for pid in pids), "the end of the children")
        self.assertEqual({process["state"] for process in self.processes().values()}, {"died"})

    def test_no_orphan_when_the_background_is_killed_and_up_works_again(self):
        self.lab_ok("up", "web", "-d")
        pids = [process["pid"] for process in self.processes().values()]
        os.kill(self.supervisor_pid(), signal.SIGKILL)
        wait_for(lambda: not any(alive(pid) for pid in pids), "the end of the children")
        self.assertIn("was killed", self.lab_ok("status"))
        self.lab_ok("up", "web", "-d")
        self.assertEqual({process["state"] for process in self.processes().values()}, {"running"})

    def test_down_ends_a_supervisor_that_does_not_answer(self):
        self.lab_ok("up", "web", "-d")
        pids = [process["pid"] for process in self.processes().values()]
        os.kill(self.supervisor_pid(), signal.SIGSTOP)
        self.lab_ok("down")
        wait_for(lambda: not any(alive(pid) for pid in pids), "the end of the children")

    def test_status_tells_of_a_child_killed_from_outside(self):
        self.lab_ok("up", "web", "-d")
        os.kill(self.processes()["one"]["pid"], signal.SIGKILL)
        seen = wait_for(
            lambda: (
                (one := self.processes()["one"])["state"] == "died"
                and "signal 9" in one["detail"]
                and one
            ),
            "the death in the status",
        )
        self.assertEqual(seen["state"], "died")
