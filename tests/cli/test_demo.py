"""mtproto demo: what a newcomer runs first."""

import re
import unittest

from harness import FORMS, Case, run


class Demo(Case):
    def test_ends_with_ok_and_shows_every_transport(self):
        result = run("demo", cwd=self.directory)
        self.assert_ok(result)
        lines = result.stdout.splitlines()
        self.assertEqual(lines[-1], "demo: ok")
        for transport, obfuscated in FORMS:
            row = r"%s +%s( +\d+\.\d\d\d){4}   this_dc 2, date \d+, 5 dc_options" % (
                transport, "obfuscated" if obfuscated else "plain")
            self.assertEqual(len([line for line in lines if re.fullmatch(row, line)]), 1, row)
        self.assertRegex(result.stdout, r"\ntemporary key [0-9a-f]{16}, bound to [0-9a-f]{16}\n")
        self.assertRegex(result.stdout, r"\n10000 pings in flight at once: answered in \d+\.\d ms\n")
        # It leaves nothing behind.
        self.assertEqual(list(self.directory.iterdir()), [])

    def test_updates_come_once_and_in_order_over_a_bad_line(self):
        result = run("demo", "--updates", "--count", 10000, cwd=self.directory)
        self.assert_ok(result)
        lines = result.stdout.splitlines()
        self.assertEqual(lines[-1], "demo: ok")
        lost, doubled, swapped = map(int, re.search(r"pushed, (\d+) lost, (\d+) doubled, (\d+) swapped",
                                                    result.stdout).groups())
        self.assertTrue(lost > 10 and doubled > 10 and swapped > 10, result.stdout)
        self.assertIn("links        cut 20 times\n", result.stdout)
        self.assertRegex(result.stdout, r"\ndelivered    10000 of 10000 updates in \d+\.\d s, each once and in order:")
        self.assertEqual(list(self.directory.iterdir()), [])


if __name__ == "__main__":
    unittest.main()
