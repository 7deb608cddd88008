"""mtproto serve: its ready line, its end, its addresses."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import time
import unittest

from harness import MTPROTO, READY, TIMEOUT, Case, Serve, run


class ReadyLine(Case):
    def test_names_address_dc_and_fingerprint(self):
        with Serve("--dc", 4) as server:
            self.assertEqual((server.host, server.dc), ("127.0.0.1", 4))
            self.assertGreater(server.port, 0)
            # A leading zero would be lost by clients that look keys up by an unpadded number.
            self.assertNotEqual(server.fingerprint[0], "0")

    def test_json(self):
        with Serve("--json", "--dc", 10002) as server:
            ready = json.loads(server.ready)
            self.assertEqual(sorted(ready), ["dc", "fingerprint", "listening"])
            self.assertEqual(ready["dc"], 10002)
            self.assertRegex(ready["listening"], r"\A127\.0\.0\.1:[0-9]+\Z")
            self.assertRegex(ready["fingerprint"], r"\A[0-9a-f]{16}\Z")

    def test_comes_when_connections_are_accepted(self):
        with Serve() as server:
            socket.create_connection((server.host, server.port), 5).close()

    def test_default_is_port_4430_of_the_loopback_address(self):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", 4430))
            except OSError:
                self.skipTest("port 4430 is in use")
        process = subprocess.Popen([MTPROTO, "serve"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                   universal_newlines=True)
        with process:
            self.assertRegex(process.stdout.readline(), r"\Alistening 127\.0\.0\.1:4430 dc 2 fingerprint ")
            process.terminate()


class SeveralDataCentres(Case):
    def serve(self, *arguments):
        """The ready lines of a server that is ended, its status and its errors."""
        with Serve("--key", self.directory / "dc.pem", *arguments, listen="2=127.0.0.1:0") as server:
            lines = [server.ready] + [server.process.stdout.readline() for _ in range(arguments.count("--listen"))]
            yield lines, server
            self.assertEqual((server.end(), server.stderr()), (0, ""))

    def test_each_has_a_ready_line_and_answers(self):
        for lines, _ in self.serve("--listen", "4=127.0.0.1:0", "--listen", "10001=127.0.0.1:0"):
            places = [READY.fullmatch(line) for line in lines]
            self.assertEqual([place.group(3) for place in places], ["2", "4", "10001"])
            self.assertEqual(len({place.group(2) for place in places}), 3)
            self.assertEqual(len({place.group(4) for place in places}), 1)
            for place in places:
                address = "%s:%s" % (place.group(1), place.group(2))
                self.assert_ok(run("ping", address, "--dc", place.group(3), "--key", self.directory / "dc.pem.pub"))

    def test_each_has_a_state_file(self):
        state = self.directory / "state"
        for _ in self.serve("--listen", "4=127.0.0.1:0", "--state", state):
            self.assertTrue(state.exists())
            self.assertTrue((self.directory / "state.dc4").exists())

    def test_wrong_ones_are_refused(self):
        for wrong, word in (("0=127.0.0.1:0", "0 is not"), ("10000=127.0.0.1:0", "10000 is not"),
                            ("20000=127.0.0.1:0", "20000 is not"), ("999999999999=127.0.0.1:0", "is not"),
                            ("2=127.0.0.1:0", "dc 2: given twice")):
            with self.subTest(wrong):
                self.assert_complaint(run("serve", "--key", self.directory / "dc.pem", "--listen", "2=127.0.0.1:0",
                                          "--listen", wrong), 2, word)

    def test_more_than_8_are_refused(self):
        places = [word for n in range(1, 10) for word in ("--listen", "%d=127.0.0.1:0" % n)]
        self.assert_complaint(run("serve", "--key", self.directory / "dc.pem", *places), 2, "more than 8")


class ErrorsOnDemand(Case):
    def test_wrong_ones_are_refused(self):
        for wrong in ("help.getConfig", "nothing=420:X", "help.getConfig=X"):
            with self.subTest(wrong):
                self.assert_complaint(run("serve", "--rpc-error", wrong), 2, wrong)


class Updates(Case):
    def test_a_wrong_spec_is_refused(self):
        for wrong in ("count=x", "rate=0", "what=1"):
            with self.subTest(wrong):
                self.assert_complaint(run("serve", "--updates", "seed=1," + wrong), 2, '"%s" is not' % wrong)

    def test_wrong_faults_are_refused(self):
        for wrong in ("update_lost=2", "update_lost", "lost=0.1,what=1", ","):
            with self.subTest(wrong):
                self.assert_complaint(run("serve", "--fault", "update_swapped=0.1," + wrong), 2, "is not understood")

    def test_happen_once_somebody_asks(self):
        """The state is that of the beginning, the difference has what happened since then."""
        schema = pathlib.Path(__file__).resolve().parents[2] / "testdc" / "schema.tl"
        with Serve("--key", self.directory / "dc.pem", "--updates", "count=50,rate=1000,channels=2") as server:
            def call(method, **parameters):
                result = run("call", method, json.dumps(parameters), "--connect", server.address, "--key",
                             self.directory / "dc.pem.pub", "--schema", schema, "--session", self.directory / "session",
                             "--layer", 228, "--api-id", 1)
                self.assert_ok(result)
                return json.loads(result.stdout)

            call("auth.importBotAuthorization", flags=0, api_id=1, api_hash="hash", bot_auth_token="42:secret")
            state = call("updates.getState")
            self.assertEqual((state["pts"], state["qts"], state["seq"]), (1, 0, 0))
            time.sleep(0.3)
            difference = call("updates.getDifference", pts=1, date=1, qts=0)
            texts = [message["message"] for message in difference["new_messages"]]
            self.assertEqual(texts, [str(n + 1) for n in range(len(texts))])
            announced = [update["channel_id"] for update in difference["other_updates"]
                         if update["_"] == "updateChannelTooLong"]
            self.assertEqual(announced, ["3000000001", "3000000002"])


class Addresses(Case):
    def test_a_name(self):
        with Serve(listen="localhost:0") as server:
            self.assertIn(server.host, ("127.0.0.1", "[::1]"))

    def test_ipv6(self):
        try:
            with socket.socket(socket.AF_INET6) as probe:
                probe.bind(("::1", 0))
        except OSError:
            self.skipTest("no IPv6 here")
        with Serve("--key", self.directory / "dc.pem", listen="[::1]:0") as server:
            self.assertEqual(server.host, "[::1]")
            self.assert_ok(run("ping", server.address, "--key", self.directory / "dc.pem.pub"))

    def test_one_that_is_taken_fails(self):
        with Serve() as server:
            key = self.directory / "dc.pem"
            self.assert_complaint(run("serve", "--listen", server.address, "--key", key), 1, server.address)


class End(Case):
    def test_signals_end_it_with_status_0(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number), Serve("--key", self.directory / "dc.pem") as server:
                self.assertEqual(server.end(number), 0)
                self.assertEqual(server.stderr(), "")

    def test_a_signal_before_the_ready_line_is_a_clean_end(self):
        key, pipe = self.directory / "dc.pem", self.directory / "pipe"
        with Serve("--key", key):
            pass
        os.mkfifo(str(pipe))
        process = subprocess.Popen([MTPROTO, "serve", "--listen", "127.0.0.1:0", "--key", str(pipe)],
                                   stdout=subprocess.PIPE, universal_newlines=True)
        with process:
            # Opens when the server does: it has no key before these bytes come.
            with open(str(pipe), "wb") as writer:
                process.terminate()
                writer.write(key.read_bytes())
            self.assertEqual((process.wait(TIMEOUT), process.stdout.read()), (0, ""))

    def test_with_open_connections(self):
        with Serve("--key", self.directory / "dc.pem") as server:
            with socket.create_connection((server.host, server.port), 5) as silent, \
                    socket.create_connection((server.host, server.port), 5) as begun:
                begun.sendall(b"\xef\x0a\x00\x00")
                self.assert_ok(run("auth", server.address, "--key", self.directory / "dc.pem.pub"))
                self.assertEqual(server.end(), 0)
                self.assertEqual(silent.recv(1), b"")


class Verbose(Case):
    def test_tells_about_keys_sessions_and_links(self):
        with Serve("--verbose", "--key", self.directory / "dc.pem") as server:
            self.assert_ok(run("ping", server.address, "--key", self.directory / "dc.pem.pub"))
            server.end()
            self.assertRegex(server.stderr(), r"key [0-9a-f]{16} created\n"
                                              r"session [0-9a-f]{16} of key [0-9a-f]{16}: new\nlink closed: ")


if __name__ == "__main__":
    unittest.main()
