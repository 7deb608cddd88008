"""mtproto serve --key: the files that it makes and those that it refuses."""

import os
import re
import stat
import unittest

from harness import Case, Serve, run

EC_KEY = """-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEI+0WNDniDIkMglDCRpCyA01c6Vad
ifw7NwCtBosMojxoQ8cuZgLhmroQRzYWRTf4aIW/txWc/WhlFX4WOYBwOw==
-----END PUBLIC KEY-----
"""
RSA_1024 = """-----BEGIN RSA PUBLIC KEY-----
MIGJAoGBAKbemBeC49OsDQ3lz4G173PEYx4vyC6o2fuEvZY+DPld8hcUlWoGHC81
WQW0pePxE5KJ8UZk/3OiL3hWX9eeyAmdxB+6KhuDBw0JCg3ZkRpX1kbSHi2POZjE
w7jmj2p6+MebOWZRpm1Pk9EAI37+spgUFwImI3MuPgZwD+fKwywDAgMBAAE=
-----END RSA PUBLIC KEY-----
"""


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


class KeyFiles(Case):
    def setUp(self):
        super().setUp()
        self.key = self.directory / "dc.pem"
        self.public = self.directory / "dc.pem.pub"

    def make(self):
        with Serve("--key", self.key) as server:
            return server.fingerprint

    def refuse(self, *words):
        self.assert_complaint(run("serve", "--listen", "127.0.0.1:0", "--key", self.key), 2, *words)

    def test_are_made_when_missing(self):
        mask = os.umask(0)
        try:
            self.make()
        finally:
            os.umask(mask)
        self.assertEqual(mode(self.key), 0o600)
        self.assertEqual(mode(self.public), 0o644)
        self.assertTrue(self.key.read_text().startswith("-----BEGIN RSA PRIVATE KEY-----\n"))
        self.assertTrue(self.public.read_text().startswith("-----BEGIN RSA PUBLIC KEY-----\n"))
        # No temporary file is left.
        self.assertEqual(sorted(os.listdir(self.directory)), ["dc.pem", "dc.pem.pub"])

    def test_are_used_again(self):
        fingerprint, text = self.make(), self.key.read_text()
        self.assertEqual(self.make(), fingerprint)
        self.assertEqual(self.key.read_text(), text)

    def test_public_half_is_made_of_an_existing_key(self):
        self.make()
        text = self.public.read_text()
        self.public.unlink()
        self.make()
        self.assertEqual(self.public.read_text(), text)

    def test_public_half_of_another_key_is_refused(self):
        self.make()
        other = self.public.read_text()
        self.key.unlink()
        self.public.unlink()
        self.make()
        self.public.write_text(other)
        self.refuse("dc.pem.pub", "not the public half")
        self.assertEqual(self.public.read_text(), other)

    def test_broken_public_half_is_refused(self):
        self.make()
        self.public.write_text("nothing")
        self.refuse("dc.pem.pub")

    def test_public_key_is_refused(self):
        self.make()
        self.key = self.public
        self.refuse("public")

    def test_what_is_no_key_is_refused(self):
        self.make()
        good = self.key.read_text()
        for name, text in (("empty", ""), ("text", "hello\n"), ("cut", good[:400]), ("zeros", "\0" * 2000),
                           ("long", "x" * 100000), ("ec", EC_KEY), ("small", RSA_1024),
                           ("base64", re.sub("[A-Z]{3}", "***", good))):
            with self.subTest(name):
                self.key.write_text(text)
                self.refuse("dc.pem: ")
                self.assertEqual(self.key.read_text(), text)

    def test_directory_is_refused(self):
        self.key.mkdir()
        self.refuse("dc.pem: ")

    def test_place_that_does_not_exist_is_refused(self):
        self.key = self.directory / "nowhere" / "dc.pem"
        self.refuse("dc.pem: ")

    def test_without_one_the_public_half_is_printed(self):
        with Serve() as server:
            server.end()
            text = server.stderr()
        self.assertIn("-----BEGIN RSA PUBLIC KEY-----\n", text)
        self.assertNotIn("PRIVATE", text)
        self.public.write_text(text[text.index("-----BEGIN"):])
        self.assert_complaint(run("auth", "127.0.0.1:1", "--key", self.public), 1, "127.0.0.1:1")


if __name__ == "__main__":
    unittest.main()
