"""mtproto serve --state: keys and sessions outlive the server, and a client's pings its sudden deaths.

PINGS and KILLS in the environment make the test of the deaths longer: PINGS=100000 KILLS=20."""

import fcntl
import hashlib
import json
import os
import re
import signal
import stat
import struct
import subprocess
import unittest

from harness import MTPROTO, Case, Serve, finish, run

PINGS = int(os.environ.get("PINGS", "20000"))
KILLS = int(os.environ.get("KILLS", "5"))

HEADER, KEY, COUNT = 40, 288, 4  # bytes, see docs/server-state.md
F_SETPIPE_SZ = 1031  # fcntl has the name from Python 3.10 on
SUMMARY = re.compile(r"(\d+) sent, (\d+) answered, (\d+) failed, (\d+) reconnects, (\d+) resent, rtt ")


class StateCase(Case):
    def setUp(self):
        super().setUp()
        self.key = self.directory / "dc.pem"
        self.state = self.directory / "dc.state"

    def serve(self, *arguments, listen="127.0.0.1:0"):
        return Serve("--key", self.key, "--state", self.state, *arguments, listen=listen)

    def client(self, server, command, *arguments):
        return run(command, server.address, "--key", str(self.key) + ".pub", *arguments)

    def start_pings(self, server, *arguments):
        return subprocess.Popen([MTPROTO, "ping", server.address, "--key", str(self.key) + ".pub",
                                 *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                universal_newlines=True)

    def counts(self):
        """How many keys and sessions the file has."""
        data = self.state.read_bytes()
        keys, = struct.unpack_from("<I", data, HEADER)
        sessions, = struct.unpack_from("<I", data, HEADER + COUNT + keys * KEY)
        return keys, sessions


class Restarts(StateCase):
    def run_pings(self, number, kills, count):
        """Ends the server by the signal whenever so many pongs more have come. Returns the summary's numbers."""
        server = self.serve()
        server.__enter__()
        pings = self.start_pings(server, "--count", count, "--window", 200)
        # Pongs must not run ahead of what is read by so many that there is none between two signals.
        fcntl.fcntl(pings.stdout, F_SETPIPE_SZ, 4096)
        pongs, done = 0, 0
        for line in pings.stdout:
            if not line.startswith("pong "):
                break
            pongs += 1
            self.assertTrue(line.startswith("pong %d: " % pongs), line)
            if done < kills and pongs >= count * (done + 1) // (kills + 2):
                server.end(number)
                server.__exit__()
                server = self.serve(listen=server.address)
                server.__enter__()
                done += 1
        rest, errors = finish(pings)
        self.assertEqual(server.end(), 0)
        server.__exit__()
        self.assertEqual((pings.returncode, errors, rest, pongs, done), (0, "", "", count, kills))
        print(line, end="", flush=True)
        return [int(number) for number in SUMMARY.match(line).groups()]

    def test_every_ping_is_settled_once_when_the_server_dies(self):
        sent, answered, failed, reconnects, _ = self.run_pings(signal.SIGKILL, KILLS, PINGS)
        self.assertEqual((sent, answered, failed), (PINGS, PINGS, 0))
        self.assertGreaterEqual(reconnects, KILLS)
        self.assertEqual(self.counts()[0], 1)

    def test_and_when_it_ends_well(self):
        sent, answered, failed, reconnects, _ = self.run_pings(signal.SIGTERM, 3, 15000)
        self.assertEqual((sent, answered, failed), (15000, 15000, 0))
        self.assertGreaterEqual(reconnects, 3)

    def test_a_server_that_stays_away_is_a_failure(self):
        with self.serve() as server:
            pings = self.start_pings(server, "--count", 1000000, "--window", 7, "--reconnect", 3)
            pings.stdout.readline()
            server.end(signal.SIGKILL)
        out, errors = finish(pings)
        self.assertEqual(pings.returncode, 1)
        self.assertRegex(errors, r"\Amtproto: ping: [^\n]*refused\n\Z")
        sent, answered, failed, reconnects, _ = map(int, SUMMARY.match(out.splitlines()[-1]).groups())
        self.assertEqual((sent, failed, reconnects), (answered + 7, 7, 0))


class StateFile(StateCase):
    def test_sessions_are_in_it_only_after_a_clean_end(self):
        with self.serve() as server:
            self.assertEqual(self.counts(), (0, 0))
            self.assert_ok(self.client(server, "ping"))
            self.assertEqual(self.counts(), (1, 0))
            self.assertEqual(server.end(), 0)
        self.assertEqual(self.counts(), (1, 1))
        with self.serve() as server:
            self.assertEqual(self.counts(), (1, 0))
            server.end(signal.SIGKILL)
        self.assertEqual(self.counts(), (1, 0))

    def test_a_bound_key_is_still_bound_after_a_sudden_death(self):
        with self.serve() as server:
            self.assert_ok(self.client(server, "ping", "--temp", 3600))
            server.end(signal.SIGKILL)
        self.assertEqual(self.counts(), (2, 0))
        data = self.state.read_bytes()
        keys = [data[at:at + KEY] for at in (HEADER + COUNT, HEADER + COUNT + KEY)]
        permanent, = [hashlib.sha1(key[:256]).digest()[-8:] for key in keys if key[260:264] == bytes(4)]
        bound_to, = [key[264:272] for key in keys if key[260:264] != bytes(4)]
        self.assertEqual(bound_to, permanent)

    def test_is_for_nobody_else_and_leaves_nothing_beside_it(self):
        mask = os.umask(0)
        try:
            with self.serve() as server:
                self.assert_ok(self.client(server, "auth"))
                server.end()
        finally:
            os.umask(mask)
        self.assertEqual(stat.S_IMODE(self.state.stat().st_mode), 0o600)
        self.assertEqual(sorted(os.listdir(self.directory)), ["dc.pem", "dc.pem.pub", "dc.state"])

    def refuse(self, *words):
        self.assert_complaint(run("serve", "--listen", "127.0.0.1:0", "--key", self.key, "--state", self.state), 2,
                              *words)

    def test_a_damaged_one_is_refused_and_left_alone(self):
        with self.serve() as server:
            self.assert_ok(self.client(server, "ping"))
            server.end()
        good = self.state.read_bytes()
        for name, data in (("empty", b""), ("text", b"hello\n"), ("cut", good[:-1]), ("half", good[:len(good) // 2]),
                           ("longer", good + b"\0"), ("flipped", good[:100] + bytes([good[100] ^ 1]) + good[101:]),
                           ("newer", good[:4] + b"\x07" + good[5:])):
            with self.subTest(name):
                self.state.write_bytes(data)
                self.refuse("dc.state: ")
                self.assertEqual(self.state.read_bytes(), data)

    def test_a_place_that_can_not_be_is_refused(self):
        self.state = self.directory / "nowhere" / "dc.state"
        self.refuse("dc.state: ")
        self.state = self.directory
        self.refuse(str(self.directory))


class Faults(StateCase):
    def test_pings_survive_resets_and_refusals(self):
        with self.serve("--fault", "reset=0.01,bad_msg_16=0.02,salt=0.02,swap=0.1,seed=7", "--verbose") as server:
            result = self.client(server, "ping", "--count", 500, "--window", 5, "--json")
            server.end()
            log = server.stderr()
        self.assert_ok(result)
        answer = json.loads(result.stdout)
        self.assertEqual((answer["sent"], answer["answered"], answer["failed"]), (500, 500, 0))
        self.assertGreater(answer["reconnects"], 0)
        self.assertGreater(answer["resent"], 0)
        self.assertRegex(log, r"\nfault reset struck [1-9]\d* times\n")

    def test_a_spec_that_is_none_is_refused(self):
        for spec, wrong in (("lost=2", "lost=2"), ("lost=0.1,fly=0.1", "fly=0.1"), ("lost", "lost"),
                            ("lost=0.6,reset=0.6", "lost=0.6,reset=0.6")):
            with self.subTest(spec):
                self.assert_complaint(run("serve", "--fault", spec), 2, "--fault", '"%s"' % wrong)


if __name__ == "__main__":
    unittest.main()
