"""Every rule is shown a sample that breaks it and one that does not."""

import subprocess
import sys
import tempfile
import unittest
from importlib.machinery import SourceFileLoader
from pathlib import Path

# Put together here, or this file would grant exemptions of its own.
ALLOW = "// tidy" ": allow"
FOLDER = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(FOLDER))
sys.dont_write_bytecode = True

from house import determinism, layers, size, symbols  # noqa: E402
from house.source import Source  # noqa: E402

tidy = SourceFileLoader("tidy", str(FOLDER / "tidy")).load_module()

CMAKE = Source("cmake/lab.cmake", "set(LAB_MAY_USE_wire core)\nset(LAB_MAY_USE_disk core wire)\n"
               "set(LAB_MAY_USE_core \"\")\n")
QUEUE = Source("examples/01-queue/CMakeLists.txt", "lab_core(queue SOURCES queue.cpp USES core)\n"
               "lab_program(broker SOURCES broker.cpp LINKS queue)\n")


def rules_broken(path: str, text: str, *others: Source) -> set[str]:
    """The rules that the one file breaks, in a project of that file and `others`."""
    known = layers.Layers([CMAKE, QUEUE, *others])
    return {problem.rule for problem in tidy.check_source(Source(path, text), known)}


def rules_of_all(*sources: Source) -> set[str]:
    found = tidy.check_all([CMAKE, QUEUE, *sources], {source.path for source in sources})
    return {problem.rule for problem in found}


class Sizes(unittest.TestCase):
    def test_the_limits_are_never_raised(self):
        self.assertLessEqual(size.FILE_LINES, 600)
        self.assertLessEqual(size.FUNCTION_LINES, 70)
        self.assertLessEqual(size.LINE_COLUMNS, 100)
        self.assertLessEqual(size.SCRIPT_COLUMNS, 120)

    def test_a_file_of_600_lines_passes_and_one_of_601_does_not(self):
        self.assertEqual(rules_broken("lib/core/a.hpp", "int a;\n" * 600), set())
        self.assertEqual(rules_broken("lib/core/a.hpp", "int a;\n" * 601), {"file-lines"})

    def test_a_line_of_101_columns_is_too_long(self):
        self.assertEqual(rules_broken("lib/core/a.hpp", "// " + "x" * 97), set())
        self.assertEqual(rules_broken("lib/core/a.hpp", "// " + "x" * 98), {"line-columns"})

    def function(self, head: str, lines: int, tail: str = "}") -> str:
        return f"namespace a {{\n{head} {{\n" + "  call({1});\n" * (lines - 2) + f"{tail}\n}}\n"

    def test_a_function_of_71_lines_is_too_long_however_it_begins(self):
        heads = [
            "void f(int x)", "int Host::f() const noexcept", "Host::Host(int x) : a_{1}, b_(2)",
            "template <class T, class U = std::vector<T>> auto g(T t) -> std::optional<U>",
            "TEST(Suite, PromisesSomething)", "static void f(Options options = {}, int b = 3)",
            "template <class T> requires (sizeof(T) > 2) void h(T t)", "bool operator==(A a, A b)",
        ]
        for head in heads:
            with self.subTest(head):
                self.assertEqual(rules_broken("lib/net/a.cpp", self.function(head, 70)), set())
                self.assertEqual(rules_broken("lib/net/a.cpp", self.function(head, 71)),
                                 {"function-lines"})

    def test_a_long_lambda_at_namespace_scope_is_a_function(self):
        text = self.function("const auto f = [](int x)", 71, "};")
        self.assertEqual(rules_broken("lib/net/a.cpp", text), {"function-lines"})

    def test_a_member_function_is_measured_within_its_class(self):
        text = "class A : public B {\n public:\n" + self.function("void f()", 71) + "};\n"
        self.assertEqual(rules_broken("lib/net/a.cpp", text), {"function-lines"})

    def test_a_class_an_enum_and_a_table_are_no_functions(self):
        for head in ("struct A : B<int>", "enum class A : int", "constexpr int table[] ="):
            text = f"{head} {{\n" + "\n".join(["  // entry"] * 100) + "\n};\n"
            self.assertEqual(rules_broken("lib/net/a.cpp", text), set(), head)

    def test_braces_in_comments_and_literals_do_not_count(self):
        text = self.function("void f()", 71).replace("call({1});", "// {{ '{' \"{\"", 1)
        text = text.replace("call({1});", 'call(R"x({{)x", \'{\', "\\"{", 10\'000);', 1)
        self.assertEqual(rules_broken("lib/net/a.cpp", text), {"function-lines"})

    def test_functions_of_scripts_are_measured(self):
        python = "def f():\n" + "    call()\n" * 70
        self.assertEqual(rules_broken("tools/a.py", python), {"function-lines"})
        shell = "f() {\n" + "  call\n" * 69 + "}\n"
        self.assertEqual(rules_broken("tools/a.sh", shell), {"function-lines"})
        javascript = "export function f(a) {\n" + "  call();\n" * 69 + "}\n"
        self.assertEqual(rules_broken("tools/a.mjs", javascript), {"function-lines"})


class Determinism(unittest.TestCase):
    SAMPLES = {
        "float": ["double x = 0;", "float f();", "auto x = 0.5;", "auto x = 1e9;"],
        "distribution": ["std::uniform_int_distribution<int> d;", "std::shuffle(a, b, c);"],
        "random": ["std::random_device device;", "int x = rand();", "std::mt19937_64 engine;"],
        "unstable-sort": ["std::sort(a, b);", "std::ranges::sort(a);", "std::nth_element(a, b, c);"],
        "heap": ["std::priority_queue<int> q;", "std::push_heap(a, b);"],
        "unordered": ["std::unordered_map<int, int> m;", "std::unordered_set<int> s;"],
        "pointer-order": ["std::map<const Node*, int> m;", "std::set<Node*> s;",
                          "std::set<std::shared_ptr<Node>> s;", "std::less<Node*>()(a, b);"],
        "word-size": ["unsigned long x;", "struct A { std::size_t count = 0; };"],
        "clock": ["auto t = std::chrono::steady_clock::now();", "auto t = time(nullptr);"],
        "thread": ["std::mutex m;", "std::atomic<int> a;", "std::jthread t;", "thread_local int x;"],
        "exception": ["throw 1;", "void f() { try { g(); } catch (...) {} }"],
        "bytes": ["auto p = reinterpret_cast<const char*>(&a);", "auto p = (const char*)(&a);",
                  "auto p = std::as_bytes(a);", "std::memcpy(&a, b, sizeof a);"],
        "char-sign": ["if (std::isdigit(c)) return;", "char last = -1;",
                      "auto x = std::numeric_limits<char>::max();"],
        "std-hash": ["auto h = std::hash<int>()(3);"],
        "environment": ["auto e = getenv(name);"],
        "header": ["#include <thread>", "#include <unistd.h>"],
        "two-draws": ["auto x = f(prng.next(), prng.below(3));", "auto x = prng.next() - prng.next();",
                      "auto x = f(draw_a(prng), draw_b(prng));"],
        "two-changes": ["auto x = f(queue.pop(), queue.pop());", "auto x = f(a.take_one(), a.take());"],
    }

    def test_each_of_the_banned_is_found_in_a_core(self):
        for rule, samples in self.SAMPLES.items():
            for sample in samples:
                with self.subTest(sample):
                    self.assertIn(rule, rules_broken("examples/01-queue/queue.cpp", sample + "\n"))

    def test_no_ban_is_without_a_sample(self):
        self.assertLessEqual({ban.rule for ban in determinism.BANS}, set(self.SAMPLES))

    def test_each_is_found_wherever_a_simulation_runs(self):
        program = Source("examples/02-store/CMakeLists.txt",
                         "lab_program(store_sim SOURCES store_sim.cpp store_laws.cpp LINKS sim)\n")
        for path in ("lib/core/a.hpp", "lib/wire/a.cpp", "lib/check/a.hpp", "lib/disk/a.cpp",
                     "lib/sim/a.hpp", "examples/01-queue/messages.hpp",
                     "examples/01-queue/client_wire.hpp", "examples/02-store/store_laws.hpp"):
            for rule, samples in self.SAMPLES.items():
                self.assertIn(rule, rules_broken(path, samples[0] + "\n", program), path)

    def test_what_a_simulator_is_made_of_may_be_a_library(self):
        library = Source("examples/02-store/CMakeLists.txt",
                         "lab_library(store_work_sim SOURCES work.cpp LINKS sim)\n")
        self.assertIn("float", rules_broken("examples/02-store/work.cpp", "double x = 0;\n", library))

    def test_nothing_is_found_in_comments_and_literals(self):
        text = '// throw std::sort double\nconst char* a = "std::mutex rand()";\n'
        self.assertEqual(rules_broken("lib/core/a.hpp", text), set())

    def test_hosts_tests_and_the_files_of_the_real_disk_are_free(self):
        for path in ("lib/net/a.cpp", "lib/core/a_test.cpp", "lib/disk/posix_file_system.cpp",
                     "lib/sim/campaign.cpp", "examples/01-queue/broker.cpp", "lib/wire/json.hpp"):
            self.assertNotIn("float", rules_broken(path, "double x = 0;\n"), path)

    def test_draws_that_the_language_orders_are_allowed(self):
        for sample in ("auto x = prng.chance(a) ? prng.next() : prng.below(2);",
                       "const A a{prng.next(), prng.next()};", "auto x = draw_one(prng.next());",
                       "if (prng.chance(a) && prng.chance(b)) return;",
                       "auto x = prng.next();\nauto y = prng.next();",
                       "const A a{queue.pop(), queue.pop()};", "auto x = f(a.pop(), b.pop());"):
            self.assertEqual(rules_broken("lib/sim/a.cpp", sample + "\n"), set(), sample)

    def test_a_position_in_a_buffer_may_be_a_size(self):
        text = "class Reader {\n  std::size_t at_ = 0;\n};\n"
        self.assertEqual(rules_broken("lib/wire/reader.hpp", text), set())
        self.assertEqual(rules_broken("examples/01-queue/queue.cpp", text), {"word-size"})


class Layers(unittest.TestCase):
    def test_a_part_may_include_only_what_it_may_link(self):
        text = '#include "disk/store.hpp"\n'
        self.assertEqual(rules_broken("lib/wire/a.cpp", text), {"layer"})
        self.assertEqual(rules_broken("lib/disk/a.cpp", text), set())

    def test_a_core_may_not_include_the_disk_and_not_be_excused(self):
        text = f'#include "disk/store.hpp"  {ALLOW} layer because I want it\n'
        self.assertIn("layer", rules_broken("examples/01-queue/queue.cpp", text))
        self.assertEqual(rules_broken("examples/01-queue/broker.cpp", '#include "net/node.hpp"\n'),
                         set())

    def test_a_core_may_not_include_the_json_library(self):
        self.assertEqual(rules_broken("examples/01-queue/queue.cpp", '#include "wire/json.hpp"\n'),
                         {"layer"})

    ASIO = "#include <boost/asio.hpp>\n"

    def test_asio_stays_in_the_network(self):
        self.assertIn("asio", rules_of_all(Source("lib/disk/a.cpp", self.ASIO)))
        self.assertNotIn("asio", rules_of_all(Source("lib/net/a.cpp", self.ASIO)))

    def test_asio_does_not_leak_through_a_header(self):
        header = Source("lib/net/node.hpp", self.ASIO)
        user = Source("examples/01-queue/broker.cpp", '#include "net/node.hpp"\n')
        self.assertIn("asio", rules_of_all(header, user))
        self.assertNotIn("asio", rules_of_all(Source("lib/net/node.hpp", ""), user))

    def test_six_files_may_include_asio_and_a_seventh_may_not(self):
        files = [Source(f"lib/net/a{number}.cpp", self.ASIO) for number in range(7)]
        self.assertNotIn("asio-files", rules_of_all(*files[:6]))
        self.assertIn("asio-files", rules_of_all(*files))


class Layout(unittest.TestCase):
    def test_what_is_unfinished_is_named(self):
        for word in ("TO" "DO", "FIX" "ME"):
            self.assertEqual(rules_broken("src/page.md", f"{word}: write this\n"), {"unfinished"})

    def test_a_test_needs_a_name_that_says_something(self):
        for name in ("Test1", "Works", "BasicTest"):
            text = f"TEST(Log, {name}) {{}}\n"
            self.assertEqual(rules_broken("lib/disk/log_test.cpp", text), {"test-name"}, name)
        text = "TEST(Log, RefusesToStartWhenDamaged) {}\n"
        self.assertEqual(rules_broken("lib/disk/log_test.cpp", text), set())
        self.assertEqual(rules_broken("tests/test_a.py", "def test_1(self):\n    pass\n"),
                         {"test-name"})

    def test_a_test_file_without_a_test_is_named(self):
        self.assertEqual(rules_broken("lib/disk/log_test.cpp", "int a;\n"), {"no-test"})

    def test_a_separator_that_the_formatter_broke_is_named(self):
        self.assertEqual(rules_broken("lib/net/a.cpp", "// ---- Inputs\n// -----------\n"),
                         {"separator"})

    def test_a_part_without_a_readme_is_named(self):
        part = Source("lib/disk/a.hpp", "")
        self.assertIn("readme", rules_of_all(part))
        self.assertNotIn("readme", rules_of_all(part, Source("lib/disk/README.md", "")))

    def test_a_bug_without_its_story_is_named(self):
        diff = Source("bugs/queue/lost.diff", "")
        self.assertIn("bug-story", rules_of_all(diff))
        self.assertNotIn("bug-story", rules_of_all(diff, Source("bugs/queue/lost.md", "")))

    def test_a_file_that_nothing_builds_is_named(self):
        file = Source("lib/disk/log.cpp", "")
        self.assertIn("not-built", rules_of_all(file))
        cmake = Source("lib/disk/CMakeLists.txt", "lab_library(disk SOURCES log.cpp)\n")
        self.assertNotIn("not-built", rules_of_all(file, cmake))


class Exemptions(unittest.TestCase):
    PATH = "lib/sim/event_queue.hpp"

    def test_a_reason_in_the_line_or_above_it_excuses(self):
        comment = f"{ALLOW} heap because no two events are equal"
        self.assertEqual(rules_broken(self.PATH, f"std::push_heap(a, b);  {comment}\n"), set())
        self.assertEqual(rules_broken(self.PATH, f"{comment}\nstd::push_heap(a, b);\n"), set())

    def test_without_a_reason_it_is_a_problem_itself(self):
        text = f"std::push_heap(a, b);  {ALLOW} heap\n"
        self.assertEqual(rules_broken(self.PATH, text), {"exemption"})

    def test_for_another_rule_it_excuses_nothing(self):
        text = f"std::push_heap(a, b);  {ALLOW} float because of that\n"
        self.assertEqual(rules_broken(self.PATH, text), {"heap", "exemption"})

    def test_one_that_is_not_needed_is_a_problem(self):
        text = f"int a;  {ALLOW} heap because of that\n"
        self.assertEqual(rules_broken(self.PATH, text), {"exemption"})


class Symbols(unittest.TestCase):
    ALLOWED = symbols.read_allow_list((FOLDER / "allowed_symbols.txt").read_text())

    def asked(self, *names: str) -> list[str]:
        listing = "queue.cpp.o:\n" + "".join(f"                 U {name}\n" for name in names)
        return [problem.message for problem in
                symbols.check_archive("libqueue.a", listing, self.ALLOWED)]

    def test_what_reaches_the_system_is_refused(self):
        for name in ("time", "open", "getrandom", "pthread_create", "clock_gettime", "socket",
                     "_ZNSt6chrono3_V212steady_clock3nowEv", "_ZNSt6thread20hardware_concurrencyEv",
                     "_ZN4disk5Store4openEv", "_ZNSt13random_device9_M_getvalEv", "getenv", "rand",
                     "_ZNSt14basic_ifstreamIcSt11char_traitsIcEEC1EPKcSt13_Ios_Openmode",
                     "_ZNSt7__cxx1118basic_stringstreamIcEC1Ev", "_ZSt4cout", "_ZNSolsEi",
                     "_ZN3net4NodeC1Ev", "__cxa_atexit", "fprintf", "abort"):
            self.assertEqual(len(self.asked(name)), 1, name)

    def test_what_computes_is_allowed(self):
        self.assertEqual(self.asked("memcpy", "_Znwm", "_ZdlPvm", "_ZN4core4failEPKc",
                                    "_ZNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEE6appendEv",
                                    "_ZSt18_Rb_tree_incrementPSt18_Rb_tree_node_base"), [])

    def test_only_the_part_that_fails_aloud_may_speak(self):
        listing = "require.o:\n                 U fprintf\n                 U abort\n"
        self.assertEqual(list(symbols.check_archive("libcore.a", listing, self.ALLOWED)), [])
        self.assertEqual(len(list(symbols.check_archive("libwire.a", listing, self.ALLOWED))), 2)

    def test_a_build_without_a_core_is_a_problem(self):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "cores.txt").write_text("\n")
            self.assertEqual(len(list(symbols.check_build(Path(folder), self.ALLOWED))), 1)

    def test_a_core_that_reads_the_clock_is_found_in_its_archive(self):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "a.cpp").write_text("#include <ctime>\nlong now() { return time(nullptr); }\n")
            for command in (["g++", "-c", "a.cpp"], ["ar", "rc", "liba.a", "a.o"]):
                subprocess.run(command, cwd=folder, check=True)
            (folder / "cores.txt").write_text(f"{folder / 'liba.a'}\n")
            found = [str(problem) for problem in symbols.check_build(folder, self.ALLOWED)]
            self.assertEqual(len(found), 1)
            self.assertIn("liba.a:1: asks for `time`", found[0])

    def test_what_the_archive_itself_defines_is_no_question(self):
        listing = "a.o:\n                 U helper\nb.o:\n0000000000000000 T helper\n"
        self.assertEqual(list(symbols.check_archive("a", listing, self.ALLOWED)), [])


if __name__ == "__main__":
    unittest.main()
