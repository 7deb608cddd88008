"""The examples against mtproto serve."""

import json
import os
import pathlib
import signal
import subprocess
import unittest

from harness import TIMEOUT, Serve, ServedCase, finish

ROOT = pathlib.Path(__file__).resolve().parents[2]

# What the echo bot needs of the API beyond what the data centre sends.
BOT_SCHEMA = """
// LAYER 228
---types---
inputPeerUser#dde8a54c user_id:long access_hash:long = InputPeer;
---functions---
messages.sendMessage#fef48f62 flags:# peer:InputPeer message:string random_id:long = Updates;
"""

PONG = r"pong after \d+\.\d\d\d ms\n"


@unittest.skipUnless("EXAMPLES" in os.environ, "the examples are not built")
class Examples(ServedCase):
    @staticmethod
    def command(name, *arguments):
        return [os.path.join(os.environ["EXAMPLES"], "example-" + name), *map(str, arguments)]

    def example(self, name, *arguments):
        return subprocess.run(self.command(name, *arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
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

    def echo(self, server, count):
        """The next messages that the bot hears and answers until it is interrupted."""
        schema = self.directory / "api.tl"
        schema.write_text((ROOT / "testdc" / "schema.tl").read_text() + BOT_SCHEMA)
        command = self.command("echo_bot", "77:abc", 1, "hash", schema, server.host, server.port, self.key)
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True,
                              cwd=str(self.directory)) as bot:
            heard = [bot.stdout.readline() for _ in range(count)]
            bot.send_signal(signal.SIGINT)
            rest, errors = finish(bot)
        self.assertEqual(bot.returncode, 0)
        self.assertEqual(set(errors.splitlines()) - {"not sent: closed before"}, set())  # its last words
        return heard + rest.splitlines(keepends=True)

    def test_echo_bot_hears_all_and_goes_on_where_it_was(self):
        with Serve("--key", str(self.key)[:-len(".pub")], "--updates", "count=400,channels=2,rate=200") as server:
            heard = self.echo(server, 10) + self.echo(server, 10)
        for line in heard:
            self.assertRegex(line, r"\A50000000\d\d: \d+\n\Z")
        numbers = [int(line.split()[1]) for line in heard]
        self.assertEqual(numbers, sorted(set(numbers)))

    def test_echo_bot_with_a_wrong_token(self):
        schema = self.directory / "api.tl"
        schema.write_text(BOT_SCHEMA)
        result = subprocess.run(self.command("echo_bot", "token", 1, "hash", schema, self.server.host,
                                             self.server.port, self.key), cwd=str(self.directory),
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True,
                                timeout=TIMEOUT)
        self.assertEqual((result.returncode, result.stderr), (1, "that is no token\n"))


if __name__ == "__main__":
    unittest.main()
