"""mtproto auth and ping against mtproto serve."""

import json
import re
import time
import unittest

from harness import FORMS, TIMEOUT, ServedCase, form_options, run

HEX = r"[0-9a-f]{16}"
MS = r"\d+\.\d\d\d"
STEPS = ["req_pq_multi", "req_DH_params", "set_client_DH_params"]


class Auth(ServedCase):
    def test_over_every_transport(self):
        for form in FORMS:
            with self.subTest(form):
                result = self.client("auth", *form_options(*form))
                self.assert_ok(result)
                self.assertRegex(result.stdout, r"\Aauth_key_id  %s\nserver_salt  %s\ntime offset  [+-]0\.\d\d\d s\n"
                                 % (HEX, HEX))
                for step in STEPS:
                    self.assertRegex(result.stdout, r"\n  %s +%s ms\n" % (step, MS))

    def test_json_over_every_transport(self):
        ids = set()
        for transport, obfuscated in FORMS:
            with self.subTest(transport=transport, obfuscated=obfuscated):
                result = self.client("auth", "--json", *form_options(transport, obfuscated))
                self.assert_ok(result)
                self.assertEqual(result.stdout.count("\n"), 1)
                answer = json.loads(result.stdout)
                self.assertEqual((answer["transport"], answer["obfuscated"]), (transport, obfuscated))
                self.assertEqual((answer["address"], answer["dc"]), (self.server.address, 2))
                self.assertRegex(answer["auth_key_id"], HEX)
                self.assertRegex(answer["server_salt"], HEX)
                self.assertEqual(list(answer["steps_ms"]), STEPS)
                self.assertTrue(all(ms > 0 for ms in answer["steps_ms"].values()))
                self.assertLess(abs(answer["time_offset_s"]), 2)
                ids.add(answer["auth_key_id"])
        self.assertEqual(len(ids), len(FORMS))

    def test_temporary_key(self):
        result = self.client("auth", "--json", "--temp", 3600)
        self.assert_ok(result)
        answer = json.loads(result.stdout)
        self.assertNotEqual(answer["temporary"]["auth_key_id"], answer["auth_key_id"])
        self.assertLess(abs(answer["temporary"]["expires_at"] - time.time() - 3600), TIMEOUT)
        self.assertEqual(list(answer["temporary"]["steps_ms"]), STEPS + ["auth.bindTempAuthKey"])

    def test_temporary_key_as_text(self):
        result = self.client("auth", "--temp", 60)
        self.assert_ok(result)
        self.assertRegex(result.stdout, r"\ntemporary    %s\nexpires at   \d+\n" % HEX)
        self.assertIn("auth.bindTempAuthKey", result.stdout)

    def test_private_key_serves_as_a_public_one(self):
        self.assert_ok(run("auth", self.server.address, "--key", str(self.key)[:-len(".pub")]))

    def test_name_instead_of_an_address(self):
        self.assert_ok(run("auth", "localhost:%d" % self.server.port, "--key", self.key))


class Ping(ServedCase):
    def test_over_every_transport(self):
        for form in FORMS:
            with self.subTest(form):
                result = self.client("ping", "--count", 3, *form_options(*form))
                self.assert_ok(result)
                lines = result.stdout.splitlines()
                for number, line in enumerate(lines[:-1], 1):
                    self.assertRegex(line, r"\Apong %d: %s ms\Z" % (number, MS))
                self.assertRegex(lines[3], r"\A3 sent, 3 answered, 0 failed, 0 reconnects, 0 resent, "
                                           r"rtt min/avg/max %s/%s/%s ms\Z" % ((MS,) * 3))

    def test_default_is_four(self):
        result = self.client("ping")
        self.assert_ok(result)
        self.assertEqual(len(re.findall("^pong ", result.stdout, re.M)), 4)

    def test_many_at_once_over_a_temporary_key(self):
        result = self.client("ping", "--json", "--count", 2000, "--window", 500, "--temp", 600, "--obfuscated")
        self.assert_ok(result)
        answer = json.loads(result.stdout)
        self.assertEqual((answer["sent"], answer["answered"], answer["failed"]), (2000, 2000, 0))
        self.assertEqual((answer["reconnects"], answer["resent"]), (0, 0))
        self.assertTrue(0 < answer["rtt_min_ms"] <= answer["rtt_avg_ms"] <= answer["rtt_max_ms"])

    def test_interval(self):
        begin = time.monotonic()
        result = self.client("ping", "--count", 4, "--interval", "0.2")
        self.assert_ok(result)
        self.assertGreater(time.monotonic() - begin, 0.6)


if __name__ == "__main__":
    unittest.main()
