"""What a user can get wrong: one clear line and exit status 2, before anything is connected to."""

import subprocess
import unittest

from harness import MTPROTO, TIMEOUT, Case, run
from test_key_file import EC_KEY, RSA_1024

# The arguments, and what the complaint has to name.
TABLE = [
    ([], "--help"),
    (["fly"], "fly"),
    (["--fly"], "--fly"),
    (["help", "fly"], "fly"),
    (["version", "now"], "now"),
    (["demo", "now"], "now"),
    (["demo", "--fly"], "--fly"),
    (["serve", "--fly"], "--fly"),
    (["serve", "-x"], "-x"),
    (["serve", "127.0.0.1:1"], "127.0.0.1:1"),
    (["serve", "--listen"], "HOST:PORT"),
    (["serve", "--listen", ""], "HOST:PORT"),
    (["serve", "--listen", "4430"], "4430"),
    (["serve", "--listen", "127.0.0.1"], "127.0.0.1"),
    (["serve", "--listen", "127.0.0.1:"], "127.0.0.1:"),
    (["serve", "--listen", "127.0.0.1:65536"], "65536"),
    (["serve", "--listen", "::1:4430"], "::1:4430"),
    (["serve", "--listen", "no such host:0"], "no such host"),
    (["serve", "--dc", "0"], "--dc"),
    (["serve", "--dc", "-2"], "-2"),
    (["serve", "--dc", "10000"], "10000"),
    (["serve", "--dc", "two"], "two"),
    (["serve", "--json=yes"], "--json"),
    (["serve", "--state"], "FILE"),
    (["serve", "--state", "."], "."),
    (["serve", "--fault"], "SPEC"),
    (["serve", "--fault", "lost=2"], "lost=2"),
    (["auth"], "HOST:PORT"),
    (["auth", "--json"], "HOST:PORT"),
    (["auth", "127.0.0.1:1", "127.0.0.1:2"], "127.0.0.1:2"),
    (["auth", "127.0.0.1"], "127.0.0.1"),
    (["auth", "127.0.0.1:0"], "127.0.0.1:0"),
    (["auth", "127.0.0.1:x"], "127.0.0.1:x"),
    (["auth", "127.0.0.1:-1"], "127.0.0.1:-1"),
    (["auth", ":4430"], ":4430"),
    (["auth", "[::1]"], "[::1]"),
    (["auth", "[::1:4430"], "[::1:4430"),
    (["auth", "[127.0.0.1]:4430"], "[127.0.0.1]:4430"),
    (["auth", "127.0.0.1:1", "--transport", "ws"], "ws"),
    (["auth", "127.0.0.1:1", "--transport", "detect"], "detect"),
    (["auth", "127.0.0.1:1", "--transport", "full", "--obfuscated"], "full"),
    (["auth", "127.0.0.1:1", "--dc", "99999"], "99999"),
    (["auth", "127.0.0.1:1", "--temp", "0"], "--temp"),
    (["auth", "127.0.0.1:1", "--temp", "1h"], "1h"),
    (["auth", "127.0.0.1:1", "--timeout", "nan"], "nan"),
    (["auth", "127.0.0.1:1", "--timeout", "-1"], "-1"),
    (["auth", "127.0.0.1:1", "--count", "3"], "--count"),
    (["auth", "127.0.0.1:1", "--key"], "FILE"),
    (["auth", "127.0.0.1:1", "--key", "missing.pem"], "missing.pem"),
    (["auth", "127.0.0.1:1", "--key", "."], "."),
    (["auth", "127.0.0.1:1", "--key", "empty.pem"], "empty.pem"),
    (["auth", "127.0.0.1:1", "--key", "text.pem"], "text.pem"),
    (["auth", "127.0.0.1:1", "--key", "ec.pem"], "ec.pem"),
    (["auth", "127.0.0.1:1", "--key", "small.pem"], "small.pem"),
    (["ping", "127.0.0.1:1", "--count", "0"], "--count"),
    (["ping", "127.0.0.1:1", "--count", "9999999999999999999999"], "--count"),
    (["ping", "127.0.0.1:1", "--window", "0"], "--window"),
    (["ping", "127.0.0.1:1", "--interval", "soon"], "soon"),
    (["ping", "127.0.0.1:1", "--reconnect", "-1"], "--reconnect"),
]


class BadInput(Case):
    def test_is_refused_in_one_line(self):
        for name, text in (("empty", ""), ("text", "hello\n"), ("ec", EC_KEY), ("small", RSA_1024)):
            (self.directory / (name + ".pem")).write_text(text)
        for arguments, word in TABLE:
            with self.subTest(arguments):
                self.assert_complaint(run(*arguments, cwd=self.directory), 2, word)


class Help(Case):
    def test_lists_every_command(self):
        for arguments in (["--help"], ["-h"], ["help"], ["help", "help"]):
            result = run(*arguments)
            self.assert_ok(result)
            for command in ("serve", "auth", "ping", "demo", "version", "help"):
                self.assertRegex(result.stdout, r"\n  %s " % command)

    def test_of_a_command_lists_its_options(self):
        options = {"serve": ("--listen", "--dc", "--key", "--state", "--fault", "--verbose", "--json"),
                   "auth": ("--key", "--dc", "--transport", "--obfuscated", "--temp", "--timeout", "--json"),
                   "ping": ("--key", "--temp", "--count", "--interval", "--window", "--reconnect"),
                   "demo": (), "version": ()}
        for command, names in options.items():
            for arguments in ([command, "--help"], [command, "-h"], ["help", command]):
                result = run(*arguments)
                self.assert_ok(result)
                self.assertTrue(result.stdout.startswith("usage: mtproto %s" % command))
                for name in names:
                    self.assertIn("\n  %s " % name, result.stdout)

    def test_version(self):
        for argument in ("--version", "version"):
            result = run(argument)
            self.assert_ok(result)
            self.assertRegex(result.stdout, r"\Amtproto \d+\.\d+\.\d+ \([a-z0-9-]+ kernels\)\n\Z")

    def test_output_that_can_not_be_written_is_a_failure(self):
        with open("/dev/full", "w", encoding="ascii") as full:
            result = subprocess.run([MTPROTO, "--help"], stdout=full, stderr=subprocess.PIPE, timeout=TIMEOUT)
        self.assertEqual(result.returncode, 1)
        self.assertEqual(result.stderr.count(b"\n"), 1)


if __name__ == "__main__":
    unittest.main()
