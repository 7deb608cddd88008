"""mtproto listen: updates as JSON lines, once and in order, over faults, restarts of the listener and its signals."""

import collections
import json
import pathlib
import re
import signal
import subprocess
import unittest

from harness import MTPROTO, Case, Serve, finish, run

SCHEMA = pathlib.Path(__file__).resolve().parent.parent.parent / "testdc" / "schema.tl"
STREAM = "count=400,channels=4,rate=400,seed=7"


def new_message(line):
    """The channel (0: none) and id of a message that a line brings, or None."""
    if line["_"] in ("updateShortMessage", "updateShortChatMessage"):
        return 0, line["id"]
    message = line.get("message") if line["_"] in ("updateNewMessage", "updateNewChannelMessage") else line
    if message.get("_") not in ("message", "messageService"):
        return None
    return int(message["peer_id"].get("channel_id", 0)), message["id"]


class Listen(Case):
    def setUp(self):
        super().setUp()
        self.key = self.directory / "dc.pem"
        self.session = self.directory / "session"

    def serve(self, *arguments):
        server = Serve("--key", self.key, *arguments)
        server.__enter__()
        self.addCleanup(server.__exit__)
        self.connect = ["--connect", server.address, "--key", str(self.key) + ".pub", "--schema", str(SCHEMA)]
        self.bot = ["--bot-token", "4711:secret", "--api-id", "1", "--api-hash", "0123456789abcdef"]
        return server

    def listen(self, *arguments, **options):
        result = run("listen", *self.connect, *arguments, **options)
        return result, [json.loads(line) for line in result.stdout.splitlines()]

    def assert_whole(self, lines):
        """In every chat the ids of new messages count from 1."""
        ids = collections.defaultdict(list)
        for line in lines:
            found = new_message(line)
            if found:
                ids[found[0]].append(found[1])
        self.assertGreater(len(ids), 1)
        for channel, numbers in ids.items():
            self.assertEqual(numbers, list(range(1, len(numbers) + 1)), channel)

    def test_updates_are_printed_in_order(self):
        self.serve("--updates", STREAM)
        result, lines = self.listen(*self.bot, "--count", 250)
        self.assert_ok(result)
        self.assertEqual(len(lines), 250)
        self.assert_whole(lines)

    def test_over_a_faulty_network(self):
        self.serve("--updates", STREAM, "--fault", "lost=0.02,duplicate=0.02,swap=0.02,reset=0.005,seed=3")
        result, lines = self.listen(*self.bot, "--count", 250)
        self.assert_ok(result)
        self.assertEqual(len(lines), 250)
        self.assert_whole(lines)

    def test_peers_on_request(self):
        self.serve("--updates", STREAM)
        result, lines = self.listen(*self.bot, "--count", 100, "--peers")
        self.assert_ok(result)
        kinds = {line["_"] for line in lines}
        self.assertTrue({"user", "channel"} <= kinds, kinds)

    def test_a_session_goes_on(self):
        self.serve("--updates", "count=20000,channels=4,rate=400,seed=7")  # more than three listeners hear
        arguments = ["listen", *self.connect, "--session", self.session]
        lines = []
        for number, options in enumerate((self.bot, [], [])):
            process = subprocess.Popen([MTPROTO, *map(str, arguments + options)], stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, universal_newlines=True)
            lines += [json.loads(process.stdout.readline()) for _ in range(40)]
            process.send_signal(signal.SIGTERM if number else signal.SIGINT)
            rest, errors = finish(process)
            self.assertEqual((process.returncode, errors), (0, ""))
            lines += [json.loads(line) for line in rest.splitlines()]
        self.assert_whole(lines)

    def test_a_killed_listener_loses_nothing(self):
        self.serve("--updates", "count=20000,channels=4,rate=400,seed=7")
        arguments = ["listen", *self.connect, "--session", self.session]
        ids = collections.defaultdict(list)
        for options in (self.bot, [], [], []):
            process = subprocess.Popen([MTPROTO, *map(str, arguments + options)], stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, universal_newlines=True)
            text = "".join(process.stdout.readline() for _ in range(150))
            process.kill()
            text += finish(process)[0]
            for line in text.splitlines(keepends=True):
                found = new_message(json.loads(line)) if line.endswith("\n") else None
                if found:
                    ids[found[0]].append(found[1])
        for channel, numbers in ids.items():
            # What came in the last moment may come again, but nothing is passed over.
            self.assertEqual(sorted(set(numbers)), list(range(1, max(numbers) + 1)), channel)
            self.assertTrue(all(b <= a + 1 for a, b in zip(numbers, numbers[1:])), numbers)

    def test_the_token_from_standard_input(self):
        self.serve("--updates", STREAM)
        result, lines = self.listen("--bot-token", "-", "--api-id", 1, "--api-hash", "aa", "--count", 3,
                                    input="4711:secret\n")
        self.assert_ok(result)
        self.assertEqual(len(lines), 3)

    def test_bad_tokens(self):
        self.serve()
        self.assert_complaint(self.listen("--bot-token", "nonsense")[0], 2, "a number, a colon")
        self.assert_complaint(self.listen("--bot-token", "-", input="")[0], 2, "standard input")
        self.assert_complaint(self.listen("--bot-token", "1:a b", "--api-id", 1, "--api-hash", "a")[0], 1,
                              "ACCESS_TOKEN_INVALID")

    def test_nobody_is_signed_in(self):
        self.serve()
        self.assert_complaint(self.listen()[0], 2, "--bot-token")

    def test_a_sign_in_that_ended(self):
        self.serve("--rpc-error", "updates.getState=401:SESSION_REVOKED")
        self.assert_complaint(self.listen(*self.bot)[0], 1, "SESSION_REVOKED")

    def test_nobody_there(self):
        result = run("listen", "--connect", "127.0.0.1:1", "--bot-token", "1:a", "--schema", SCHEMA)
        self.assert_complaint(result, 1, "refused")

    def test_without_a_schema_nothing_is_passed_over(self):
        self.assert_complaint(run("listen", "--connect", "127.0.0.1:1", "--bot-token", "1:a"), 2, "--schema")

    def test_a_server_that_comes_back(self):
        server = self.serve("--updates", "count=50", "--state", self.directory / "state")
        address = server.address
        process = subprocess.Popen([MTPROTO, "listen", *map(str, self.connect + self.bot), "--verbose"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
        self.addCleanup(process.kill)
        process.stdout.readline()
        server.end()
        self.assertRegex(process.stderr.readline(), re.compile("listen: "))
        with Serve("--key", self.key, "--state", self.directory / "state", listen=address):
            # The data centre has forgotten who is signed in: that is what it says now.
            _, errors = finish(process)
            self.assertIn("AUTH_KEY_UNREGISTERED", errors)
            self.assertEqual(process.returncode, 1)


if __name__ == "__main__":
    unittest.main()
