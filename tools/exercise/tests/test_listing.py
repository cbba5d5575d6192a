"""A stage, or a definition of it, as a page of the book shows it."""

from unittest import TestCase

from sample import words_of

import commands
import listing
import stages

CPP = """namespace queue {

/// Says what
/// it does.
Result Queue::on_ack(const Ack& ack) {
  if (tasks_.empty()) {
    return Refused{};
  }
  return on_ack_many(ack);
}

Result Queue::on_ack_many(const Ack& ack) { return {}; }

struct Task {
  int id;
};

}  // namespace queue
"""
PYTHON = """class Queue:
    def on_ack(self, ack):
        return self.end(ack)

    def end(self, ack):
        if ack:

            return 1
        return 2
"""
TYPESCRIPT = """export class Queue {
  onAck(ack: Ack): Result {
    return this.end(ack);
  }

  private end(ack: Ack): Result {
    return done;
  }
}
"""


class Listing(TestCase):
    def test_a_function_with_the_comment_above_it(self):
        shown = listing.definition(CPP, "Queue::on_ack").splitlines()
        self.assertEqual((shown[0], shown[-1], len(shown)), ("/// Says what", "}", 8))

    def test_a_function_of_one_line_and_a_type(self):
        self.assertEqual(listing.definition(CPP, "Queue::on_ack_many"),
                         "Result Queue::on_ack_many(const Ack& ack) { return {}; }")
        self.assertEqual(listing.definition(CPP, "Task"), "struct Task {\n  int id;\n};")

    def test_a_call_is_no_definition(self):
        self.assertEqual(listing.definition(PYTHON, "self.end"), "")
        self.assertTrue(listing.definition(PYTHON, "end").endswith("return 2"))
        self.assertEqual(listing.definition(CPP, "nothing"), "")

    def test_a_method_of_typescript(self):
        self.assertEqual(listing.definition(TYPESCRIPT, "end"),
                         "  private end(ack: Ack): Result {\n    return done;\n  }")


class Show(TestCase):
    def test_definitions_of_a_stage_or_all_of_it(self):
        system = stages.read_system("queue")
        _, one = words_of(lambda: commands.show(system, "2-lease", ["Queue::on_ack"]))
        self.assertEqual(one.count("Queue::on_ack"), 1)
        _, whole = words_of(lambda: commands.show(system, "2-lease", []))
        self.assertIn("class Queue {", whole)
        self.assertIn(one.strip(), whole)

    def test_what_a_stage_does_not_define_is_named(self):
        with self.assertRaisesRegex(stages.Broken, "1-fifo defines no Queue::on_nack"):
            commands.show(stages.read_system("queue"), "1-fifo", ["Queue::on_nack"])
