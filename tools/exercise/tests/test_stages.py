"""Stages are differences: from one to the next, and back."""

from sample import SHIPPED, Sample

import stages


class Stages(Sample):
    def test_the_last_stage_differs_from_the_shipped_core(self):
        second = stages.unpack(self.system(), "2-second", self.root)
        self.assertEqual(second, {"toy.hpp": SHIPPED, "toy.cpp": SHIPPED.replace("two", "2")})

    def test_a_stage_differs_from_the_one_that_follows_it(self):
        first = stages.unpack(self.system(), "1-first", self.root)
        self.assertEqual(first["toy.hpp"], SHIPPED.replace("six", "6"))
        self.assertEqual(first["toy.cpp"], SHIPPED.replace("two", "2"))
        diff = stages.diff_of(self.system(), self.system().stage("1-first"), self.exercises)
        self.assertNotIn("two", diff.read_text())

    def test_what_is_packed_is_unpacked_again(self):
        system = self.system()
        changed = {"toy.hpp": SHIPPED + "eight\n", "toy.cpp": "nothing of it\n"}
        self.write_stages({"1-first": changed})
        stages.pack(system, self.root / "unpacked", self.root)
        self.assertEqual(stages.unpack(system, "1-first", self.root), changed)
        second = stages.unpack(system, "2-second", self.root)
        self.assertEqual(second["toy.cpp"], SHIPPED.replace("two", "2"))

    def test_nothing_changes_when_nothing_was_changed(self):
        file = stages.diff_of(self.system(), self.system().stage("2-second"), self.exercises)
        before = file.read_text()
        stages.pack(self.system(), self.root / "unpacked", self.root)
        self.assertEqual(file.read_text(), before)

    def test_a_difference_that_no_longer_applies_is_named(self):
        self.write("examples/toy/toy.cpp", SHIPPED.replace("two", "zwei"))
        with self.assertRaisesRegex(stages.Broken, "2-second.diff does not apply"):
            stages.unpack(self.system(), "1-first", self.root)

    def test_a_difference_is_applied_where_it_says_and_not_nearly_there(self):
        self.write("examples/toy/toy.cpp", SHIPPED.replace("five", "funf"))
        with self.assertRaisesRegex(stages.Broken, "does not apply"):
            stages.unpack(self.system(), "2-second", self.root)

    def test_a_stage_that_is_not_there_is_named(self):
        with self.assertRaisesRegex(stages.Broken, "toy has no stage 3-third"):
            stages.unpack(self.system(), "3-third", self.root)

    def test_a_list_of_stages_that_cannot_be_read_is_named(self):
        for old, new in [("[[stage]]", "[[stage"), ('title = "the first"', ""), ('folder = "examples/toy"', "")]:
            with self.subTest(old):
                self.change("exercises/toy/stages.toml", old, new)
                with self.assertRaisesRegex(stages.Broken, "stages.toml"):
                    self.system()
                self.setUp()


class Difference(Sample):
    def test_it_is_as_git_would_write_it(self):
        before, after = {"a": "1\n2\n", "b": "same\n"}, {"a": "1\n3\n", "b": "same\n"}
        self.assertEqual(
            stages.difference(before, after, "my/x"),
            "--- a/my/x/a\n+++ b/my/x/a\n@@ -1,2 +1,2 @@\n 1\n-2\n+3\n",
        )
