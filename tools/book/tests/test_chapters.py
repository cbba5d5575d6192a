"""Each rule of a chapter is seen to fail on a session that breaks it, and to pass a sound one."""

from book_check import captures, self_check, sessions, times
from book_check.check import pages_of
from book_check.page import read

from .sample import QUESTIONS, ROOT, SampleChapter

PAGE = "src/first.md"
TABLE = "tools/book/sessions.txt"
STATED = "About 41 minutes: 0 to read, 1 to run, 40 to do."


class SoundChapter(SampleChapter):
    def test_nothing_is_found_in_a_sound_chapter(self):
        self.assertEqual(self.problems(), [])

    def test_a_chapter_that_is_still_to_come_is_not_judged(self):
        self.write(
            PAGE,
            "# First\n\nThis chapter is still to come. See [x](reference/prerequisites.md).\n",
        )
        self.assertEqual(self.problems(), [])

    def test_a_session_with_such_a_chapter_is_not_judged(self):
        self.replace("src/folder/second.md", "## Why so?", "This chapter is still to come.")
        self.replace(TABLE, "1 first.md\nbeside", "1 first.md")
        self.replace(TABLE, " reference", "\nbeside reference")
        self.replace(PAGE, "(40 minutes)", "(10 minutes)")
        self.replace(PAGE, STATED, "About 12 minutes: 1 to read, 1 to run, 10 to do.")
        self.replace(PAGE, f"### {QUESTIONS[0]}", "### Who knows?")
        self.replace("src/first.md", "[Prereq", "[more](folder/second.md), [Prereq")
        self.assertEqual(self.problems(), [])


class Sessions(SampleChapter):
    def test_a_page_in_no_row(self):
        self.replace(TABLE, "folder/second.md ", "")
        self.assert_finds("sessions", "in no row")

    def test_a_page_in_two_rows(self):
        self.append(TABLE, "beyond first.md\n")
        self.assert_finds("sessions", "more than one row")

    def test_a_row_that_names_no_page(self):
        self.append(TABLE, "beyond third.md\n")
        self.assert_finds("sessions", "no page third.md")

    def test_a_line_that_is_no_row(self):
        self.append(TABLE, "session two first.md\n")
        self.assert_finds("sessions", "is no row")

    def test_an_introduction_that_tells_another_session(self):
        row = "# All\n\n| 1 | [First](first.md) |\n\n[x](reference/prerequisites.md)\n"
        self.write("src/introduction.md", row)
        self.append("src/SUMMARY.md", "- [All](introduction.md)\n")
        self.append(TABLE, "beside introduction.md\n")
        self.assertEqual(self.problems(), [])
        self.replace("src/introduction.md", "(first.md)", "(folder/second.md)")
        self.assert_finds("sessions", "session 1")
        self.replace("src/introduction.md", "| 1 |", "| 2 |")
        self.assert_finds("sessions", "session 2")


class Beyond(SampleChapter):
    def setUp(self):
        super().setUp()
        self.replace(TABLE, "beside folder/second.md ", "beyond folder/second.md\nbeside ")
        self.replace(
            "src/folder/second.md",
            "# Second\n",
            "# Second\n\nAbout 0 minutes: 0 to read, 0 to run, 0 to do.\n",
        )

    def test_a_session_that_needs_what_comes_after_it(self):
        self.replace(PAGE, "See [P", "Read [this](folder/second.md) first. See [P")
        self.assert_finds("beyond", "folder/second.md is beyond the session")

    def test_a_link_for_those_who_go_on(self):
        self.append(PAGE, "## Beyond the session\n\nGo on with [this](folder/second.md#why-so).\n")
        self.assertEqual(self.problems(), [])

    def test_a_link_behind_that_section(self):
        self.append(PAGE, "## Beyond the session\n\nMore.\n\n## Last\n\n[x](folder/second.md)\n")
        self.assert_finds("beyond", "is beyond the session")

    def test_its_minutes_are_no_part_of_a_session(self):
        self.append("src/folder/second.md", "\n### Exercise: Go on (80 minutes)\n")
        self.replace(
            "src/folder/second.md",
            "About 0 minutes: 0 to read, 0 to run, 0 to do.",
            "About 80 minutes: 0 to read, 0 to run, 80 to do.",
        )
        self.assertEqual(self.problems(), [])

    def test_it_states_its_minutes_all_the_same(self):
        self.replace("src/folder/second.md", "About 0 minutes:", "Takes no time:")
        self.assert_finds("time", "How long".lower())


class Times(SampleChapter):
    def minutes(self) -> times.Minutes:
        pages = pages_of(self.root)
        return times.counted(self.root, pages["first.md"], captures.read_times(self.root))

    def test_a_page_that_does_not_say_how_long_it_takes(self):
        self.replace(PAGE, STATED, "Some time.")
        self.assert_finds("time", f"says how long this takes: {STATED}")

    def test_one_that_says_so_too_late(self):
        self.replace(PAGE, STATED + "\n", "")
        self.append(PAGE, f"## How long\n\n{STATED}\n")
        self.assert_finds("time", "no line before the first section")

    def test_figures_that_do_not_add_up(self):
        self.replace(PAGE, STATED, STATED.replace("41", "43"))
        self.assert_finds("time", "43 is not the sum")

    def test_a_figure_that_is_off_by_more_than_a_quarter(self):
        self.replace(PAGE, STATED, "About 32 minutes: 1 to read, 1 to run, 30 to do.")
        self.assertEqual(self.problems(), [])
        self.replace(
            PAGE, "32 minutes: 1 to read, 1 to run, 30", "31 minutes: 1 to read, 1 to run, 29"
        )
        self.assert_finds("time", "29 to do, but 40.0 are counted")

    def test_a_small_figure_may_be_off_by_a_minute(self):
        self.replace(PAGE, STATED, "About 41 minutes: 1 to read, 0 to run, 40 to do.")
        self.assertEqual(self.problems(), [])
        self.replace(PAGE, "41 minutes: 1 to read, 0", "42 minutes: 0 to read, 2")
        self.assert_finds("time", "2 to run, but 0.5 are counted")

    def test_an_exercise_without_minutes(self):
        self.append(PAGE, "\n## Exercise 2: Greet nobody\n")
        self.assert_finds("time", "an exercise says how long it takes")

    def test_180_words_are_a_minute(self):
        before = self.minutes().read
        self.append(PAGE, "\n" + "word " * 180 + "[a *b*](first.md)<br>c `d e f`\n")
        self.assertAlmostEqual(self.minutes().read - before, 1 + 3 / 180)

    def test_10_lines_of_code_are_a_minute(self):
        before = self.minutes().read
        code = "// ANCHOR: long\n" + "int a;\n\n" * 10 + "// ANCHOR_END: long\n"
        self.write("examples/long.hpp", code)
        self.append(PAGE, "\n```cpp\n{{#include ../examples/long.hpp:long}}\n```\n")
        self.assertAlmostEqual(self.minutes().read - before, 1)

    def test_what_is_folded_away_takes_no_time_but_its_summary(self):
        before = self.minutes()
        self.append(
            PAGE,
            "\n<details>\n<summary>three more words</summary>\n\n"
            + "word " * 400
            + "\n\n```text\na\n```\n\n</details>\n",
        )
        self.assertAlmostEqual(self.minutes().read - before.read, 3 / 180)

    def test_what_only_looks_folded_away_takes_time(self):
        before = self.minutes().read
        self.append(PAGE, "\nThe tag `<details>` is one\n\n" + "word " * 177 + "\n")
        self.assertAlmostEqual(self.minutes().read - before, 181 / 180)

    def test_the_text_of_an_exercise_belongs_to_its_minutes(self):
        before = self.minutes()
        self.replace(PAGE, "Greet them.\n", "word " * 400 + "\n\n```text\na\n```\n")
        self.assertEqual(self.minutes(), before)

    def test_a_command_takes_half_a_minute_and_what_it_was_measured_to_take(self):
        self.assertAlmostEqual(self.minutes().run, 0.5)
        captures.write_times(self.root, {"greeting": 90, "another": 7})
        self.assertAlmostEqual(self.minutes().run, 2.0)

    def test_of_a_transcript_in_parts_the_parts_count_that_are_shown(self):
        self.write("tools/book/captures/two.txt", "part one\nrun echo 1\npart two\nrun echo 2\n")
        self.write(
            "src/generated/two.txt",
            "# ANCHOR: one\n$ echo 1\n1\n# ANCHOR_END: one\n"
            "# ANCHOR: two\n$ echo 2\n2\n# ANCHOR_END: two\n",
        )
        captures.write_times(self.root, {"two:one": 600, "two:two": 60})
        self.append(PAGE, "\n```console\n{{#include generated/two.txt:two}}\n```\n")
        self.assertAlmostEqual(self.minutes().run, 2.0)

    def test_a_session_that_takes_more_than_90_minutes(self):
        self.replace(PAGE, "(40 minutes)", "(90 minutes)")
        self.replace(PAGE, STATED, "About 91 minutes: 0 to read, 1 to run, 90 to do.")
        self.assert_finds("session-time", "session 1 takes 90.9 minutes: 90 are the most")

    def test_a_session_whose_pages_say_that_it_takes_more(self):
        self.replace(PAGE, "(40 minutes)", "(80 minutes)")
        self.replace(PAGE, STATED, "About 91 minutes: 0 to read, 1 to run, 90 to do.")
        self.assert_finds("session-time", "session 1 takes 91 minutes by its pages")

    def test_a_session_that_leaves_the_reader_less_than_30_minutes_of_work(self):
        self.replace(PAGE, "(40 minutes)", "(29 minutes)")
        self.replace(PAGE, STATED, "About 31 minutes: 1 to read, 1 to run, 29 to do.")
        self.assert_finds("session-time", "session 1 leaves 29.5 minutes")

    def test_the_table_names_pages_sessions_and_what_is_to_come(self):
        self.replace("src/folder/second.md", "## Why so?", "This chapter is still to come.")
        self.append(TABLE, "session 2 folder/second.md\n")
        lines = times.table(
            times.by_session(self.root, pages_of(self.root), sessions.read(self.root))
        )
        self.assertRegex(lines[1], r"^  first\.md +0\.\d +0\.5 +40\.0 +4\d\.\d$")
        self.assertRegex(lines[2], r"^session 1 +0\.\d +0\.5 +40\.0 +4\d\.\d$")
        self.assertRegex(lines[3], r"^  folder/second\.md +still to come$")


class SelfCheck(SampleChapter):
    def replace_once(self, old: str, new: str):
        text = (self.root / PAGE).read_text(encoding="utf-8")
        self.assertIn(old, text)
        self.write(PAGE, text.replace(old, new, 1))

    def drop_question(self, words: str):
        before, _, after = (self.root / PAGE).read_text(encoding="utf-8").partition(f"### {words}")
        _, mark, rest = after.partition("### ")
        self.write(PAGE, before + mark + rest)

    def test_what_the_browser_tests_look_at_is_sound(self):
        page = read(ROOT / "tests/browser/sample/chapter.md")
        self.assertEqual(len(self_check.questions(page)), 4)
        self.assertEqual(self_check.check(ROOT, page), [])

    def test_three_questions(self):
        self.drop_question(QUESTIONS[2])
        self.assert_finds("self-check", "session 1 has 3 questions: 4 to 6")

    def test_seven_questions(self):
        text = (self.root / PAGE).read_text(encoding="utf-8")
        for number in (5, 6, 7):
            text += "### " + text.split("### ")[2].replace("dies", f"dies {number} times")
        self.write(PAGE, text)
        self.assert_finds("self-check", "session 1 has 7 questions")

    def test_less_than_half_about_what_happens(self):
        self.replace_once(QUESTIONS[0], "Who takes over from a dead worker?")
        self.assert_finds("self-check", "less than half")

    def test_one_choice(self):
        text = (self.root / PAGE).read_text(encoding="utf-8")
        start = text.index('<details class="choice">\n<summary>It is lost.')
        end = text.index("</details>", start) + len("</details>")
        self.write(PAGE, text[:start] + text[end:])
        self.assert_finds("self-check", "1 choices can be read")

    def test_a_choice_that_is_not_written_like_the_others(self):
        self.replace_once('class="choice"', 'class="answer"')
        found = [p.what for p in self.problems()]
        self.assertTrue(any("1 choices can be read" in what for what in found), found)

    def test_two_right_choices(self):
        self.replace_once("**Wrong.**", "**Right.**")
        self.assert_finds("self-check", "2 choices are right")

    def test_no_right_choice(self):
        self.replace_once("**Right.**", "**Wrong.**")
        self.assert_finds("self-check", "0 choices are right")

    def test_a_choice_without_a_verdict_in_words(self):
        self.replace_once("**Wrong.** The", "The")
        self.assert_finds("self-check", '"It is lost." is not explained')

    def test_a_choice_without_a_reason(self):
        self.replace_once("**Wrong.** The broker still has it, and knows that.", "**Wrong.** No.")
        self.assert_finds("self-check", "say why it is wrong")

    def test_what_happens_is_not_shown_anywhere(self):
        self.replace_once("See it:", "As in")
        self.assert_finds("self-check", "what happens is to be seen")

    def test_a_scenario_that_says_something_else(self):
        self.replace("examples/01-demo/scenarios/dead.txt", "leased to bob", "leased to eve")
        self.assert_finds("self-check", "does not say task 1 leased to bob")

    def test_a_scenario_that_says_so_in_a_remark(self):
        self.write("examples/01-demo/scenarios/dead.txt", "# task 1  leased to bob\n1 s  |  no\n")
        self.assert_finds("self-check", "does not say task 1 leased to bob")

    def test_a_file_that_no_test_compares_with_the_programs(self):
        self.write("examples/01-demo/dead.txt", "task 1  leased to bob\n")
        self.replace(PAGE, "01-demo/scenarios/", "01-demo/")
        self.assert_finds("self-check", "is neither a scenario")

    def test_the_command_of_a_transcript_shows_it_too(self):
        dead = "`examples/01-demo/scenarios/dead.txt` says\n`task 1 leased to bob`"
        self.replace(PAGE, dead, "`echo hello; echo world` says `world`")
        self.assertEqual(self.problems(), [])
        self.replace(PAGE, "says `world`", "says `word`")
        self.assert_finds("self-check", "does not say word")
