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


if __name__ == "__main__":
    unittest.main()
