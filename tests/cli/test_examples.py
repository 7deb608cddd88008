"""The examples against mtproto serve."""

import json
import os
import subprocess
import unittest

from harness import TIMEOUT, ServedCase

PONG = r"pong after \d+\.\d\d\d ms\n"


@unittest.skipUnless("EXAMPLES" in os.environ, "the examples are not built")
class Examples(ServedCase):
    def example(self, name, *arguments):
        program = os.path.join(os.environ["EXAMPLES"], "example-" + name)
        return subprocess.run([program, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              universal_newlines=True, timeout=TIMEOUT)

    def test_ping_client(self):
        result = self.example("ping_client", self.server.address, self.key.read_text())
        self.assert_ok(result)
        self.assertRegex(result.stdout, r"\A" + PONG + r"\Z")

    def test_own_event_loop(self):
        result = self.example("epoll_ping", self.server.address, self.key, 3)
        self.assert_ok(result)
        self.assertRegex(result.stdout, r"\A(" + PONG + r"){3}\Z")

    def test_own_transport(self):
        carrier = "exec 3<>/dev/tcp/%s/%d; cat <&3 2>/dev/null & exec cat >&3" % (self.server.host, self.server.port)
        result = self.example("own_transport", self.key, "bash", "-c", carrier)
        self.assert_ok(result)
        self.assertRegex(result.stdout, r"\A" + PONG + r"\Z")

    def test_own_transport_that_leads_nowhere(self):
        result = self.example("own_transport", self.key, "true")
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertEqual(result.stderr, "the program has ended\n")

    def test_one_call(self):
        result = self.example("one_call", self.server.address, self.key, "help.getNearestDc")
        self.assert_ok(result)
        self.assertEqual(json.loads(result.stdout)["this_dc"], self.server.dc)

    def test_one_call_that_is_refused(self):
        result = self.example("one_call", self.server.address, self.key, "updates.getState")
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertEqual(result.stderr, "error 401: AUTH_KEY_UNREGISTERED\n")

    def test_one_call_with_a_wrong_field(self):
        result = self.example("one_call", self.server.address, self.key, "auth.exportAuthorization",
                              '{"dc_id": "two"}')
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertEqual(result.stderr, 'auth.exportAuthorization.dc_id: expected int, found "two"\n')


if __name__ == "__main__":
    unittest.main()
