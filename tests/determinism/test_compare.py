import unittest

from compare import BadOutput, differences, hash_of, read_hashes

A, B = "00000000000000aa", "00000000000000bb"


class ReadHashes(unittest.TestCase):
    def test_gives_the_hashes_in_order(self):
        self.assertEqual(read_hashes(f"3 {A}\n4 {B}\n", range(3, 5)), [A, B])

    def refuses(self, text):
        with self.assertRaises(BadOutput):
            read_hashes(text, range(3, 5))

    def test_refuses_a_seed_that_is_missing_at_the_end(self):
        self.refuses(f"3 {A}\n")

    def test_refuses_no_output_at_all(self):
        self.refuses("")

    def test_refuses_more_lines_than_seeds(self):
        self.refuses(f"3 {A}\n4 {B}\n5 {B}\n")

    def test_refuses_another_seed_than_the_one_asked_for(self):
        self.refuses(f"3 {A}\n5 {B}\n")

    def test_refuses_what_is_no_hash(self):
        self.refuses(f"3 {A}\n4 none\n")


class Differences(unittest.TestCase):
    def test_finds_none_where_all_are_equal(self):
        self.assertEqual(differences({"debug": [A, B], "wasm": [A, B]}, range(2)), [])

    def test_names_the_first_seed_and_counts_the_rest(self):
        found = differences({"debug": [A, A, A], "clang": [A, A, A], "wasm": [A, B, B]},
                            range(10, 13))
        self.assertEqual([(one.build, one.seed, one.count) for one in found], [("wasm", 11, 2)])
        self.assertEqual((found[0].reference_hash, found[0].hash), (A, B))

    def test_the_hash_of_all_hashes_tells_their_order_apart(self):
        self.assertNotEqual(hash_of([A, B]), hash_of([B, A]))


if __name__ == "__main__":
    unittest.main()
