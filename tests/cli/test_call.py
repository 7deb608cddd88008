"""mtproto call: answers as JSON, errors by their paths, other data centres, sessions that stay."""

import json
import os
import pathlib
import socket
import subprocess
import time
import unittest

from harness import MTPROTO, TIMEOUT, FORMS, Case, Serve, ServedCase, form_options, run

SCHEMA = pathlib.Path(__file__).resolve().parent.parent / "vectors" / "api-layer228.tl"
SELF = '{"id": [{"_": "inputUserSelf"}]}'
LOGIN = '{"flags": 0, "api_id": 1, "api_hash": "0123456789abcdef", "bot_auth_token": "777:secret"}'


def fields_of(name):
    """The names of a constructor's fields that are always there, from the schema's own text."""
    line = next(line for line in SCHEMA.read_text().splitlines() if line.startswith(name + "#"))
    return [field.split(":")[0] for field in line.split(" = ")[0].split()[1:] if ":#" not in field and "?" not in field]


class Call(ServedCase):
    def call(self, *arguments, **options):
        return run("call", *arguments, "--connect", self.server.address, "--key", self.key, **options)

    def test_config_has_every_field(self):
        result = self.call("help.getConfig", "--schema", SCHEMA)
        self.assert_ok(result)
        self.assertEqual(result.stdout.count("\n"), 1)
        config = json.loads(result.stdout)
        self.assertEqual(list(config), ["_"] + fields_of("config"))
        self.assertEqual((config["_"], config["this_dc"], config["test_mode"]), ("config", 2, False))
        for option in config["dc_options"]:
            self.assertEqual("%s:%d" % (option["ip_address"], option["port"]), self.server.address)
            self.assertTrue(set(fields_of("dcOption")) <= set(option))

    def test_without_a_schema_the_built_in_one_is_used(self):
        result = self.call("help.getNearestDc")
        self.assert_ok(result)
        self.assertEqual(result.stdout, '{"_": "nearestDc", "country": "ZZ", "this_dc": 2, "nearest_dc": 2}\n')

    def test_layer_is_that_of_the_schema(self):
        schema = self.directory / "old.tl"
        schema.write_text("// LAYER 144\n")
        config = json.loads(self.call("help.getConfig", "--schema", schema).stdout)
        self.assertEqual(config["_"], "config#330b4067")
        config = json.loads(self.call("help.getConfig", "--schema", schema, "--layer", 150).stdout)
        self.assertEqual(config["_"], "config#232566ac")

    def test_indent(self):
        result = self.call("help.getNearestDc", "--indent")
        self.assert_ok(result)
        self.assertGreater(result.stdout.count("\n"), 4)
        self.assertEqual(json.loads(result.stdout)["this_dc"], 2)

    def test_over_every_transport(self):
        for form in FORMS:
            with self.subTest(form):
                self.assert_ok(self.call("help.getNearestDc", *form_options(*form)))

    def test_temporary_key(self):
        self.assert_ok(self.call("help.getNearestDc", "--temp", 3600))

    def test_name_instead_of_an_address(self):
        self.assert_ok(run("call", "help.getNearestDc", "--connect", "localhost:%d" % self.server.port, "--key",
                           self.key))

    def test_parameters_on_standard_input(self):
        result = self.call("users.getUsers", "-", "--schema", SCHEMA, input=SELF)
        self.assert_complaint(result, 1, "users.getUsers", "401", "AUTH_KEY_UNREGISTERED")

    def test_wrong_parameters_are_named(self):
        schema = ["--schema", SCHEMA]
        for parameters, word in (("{", "JSON"), ('{"id": [{"_": "nobody"}]}', "id[0]"), ('{"id": 7}', "id"),
                                 ("{}", "id"), ('{"id": [], "more": 1}', "more")):
            with self.subTest(parameters):
                self.assert_complaint(self.call("users.getUsers", parameters, *schema), 2, "users.getUsers: ", word)

    def test_wrong_methods(self):
        self.assert_complaint(self.call("help.getNothing"), 2, "help.getNothing", "--schema")
        self.assert_complaint(self.call("nearestDc"), 2, "nearestDc")
        self.assert_complaint(self.call(), 2, "METHOD")
        self.assert_complaint(self.call("help.getConfig", "{}", "{}"), 2, "too much")

    def test_what_the_schema_does_not_know_is_told(self):
        schema = self.directory / "other.tl"
        schema.write_text("---functions---\nhelp.getNearestDc#1fb33026 = auth.Authorization;\n")
        self.assert_complaint(self.call("help.getNearestDc", "--schema", schema), 2, "the answer")

    def test_nobody_there(self):
        begin = time.monotonic()
        self.assert_complaint(run("call", "help.getConfig", "--connect", "127.0.0.1:1"), 1, "127.0.0.1:1", "refused")
        self.assertLess(time.monotonic() - begin, 10)
        self.assert_complaint(run("call", "help.getConfig", "--connect", "127.0.0.1"), 2, "not an address")
        self.assert_complaint(run("call", "help.getConfig", "--connect", self.server.address), 1, "--key")
        self.assert_complaint(self.call("help.getConfig", "--at", 77), 1, "help.getConfig",
                              "nobody knows an address of this data centre")


class Sessions(Case):
    """Several data centres, and what a session's file keeps."""

    def setUp(self):
        super().setUp()
        self.key = self.directory / "dc.pem"
        self.session = self.directory / "session"

    def serve(self, *arguments):
        server = Serve("--key", self.key, "--listen", "4=127.0.0.1:0", *arguments, listen="2=127.0.0.1:0")
        server.__enter__()
        self.addCleanup(server.__exit__)
        server.process.stdout.readline()  # of the second
        self.connect = ["--connect", server.address, "--key", str(self.key) + ".pub"]
        return server

    def call(self, method, *arguments, **options):
        return run("call", method, *arguments, "--schema", SCHEMA, **options)

    def key_id(self):
        return json.loads(run("session", "show", self.session, "--json").stdout)["auth_key_id"]

    def test_a_session_stays_signed_in(self):
        self.serve()
        session = ["--session", self.session]
        self.assert_ok(self.call("auth.importBotAuthorization", LOGIN, *session, *self.connect))
        first = self.key_id()
        users = self.call("users.getUsers", SELF, *session, *self.connect)
        self.assert_ok(users)
        self.assertEqual(json.loads(users.stdout)[0]["id"], "777")
        self.assertEqual(self.key_id(), first)
        # At another data centre the authorisation is taken along, with the addresses of help.getConfig.
        users = self.call("users.getUsers", SELF, "--at", 4, *session, *self.connect)
        self.assert_ok(users)
        self.assertEqual(json.loads(users.stdout)[0]["id"], "777")
        # Both keys are known now, and so are both addresses.
        self.assert_ok(self.call("users.getUsers", SELF, "--at", 4, *session))
        self.assert_ok(self.call("users.getUsers", SELF, "--at", -2, *session))
        self.assert_ok(self.call("auth.logOut", *session))
        self.assert_complaint(self.call("users.getUsers", SELF, *session), 1, "401")

    def test_a_store_made_by_auth_knows_the_way(self):
        server = self.serve()
        self.assert_ok(run("auth", server.address, "--key", str(self.key) + ".pub", "--session", self.session))
        first = self.key_id()
        self.assert_ok(self.call("help.getConfig", "--session", self.session))
        self.assertEqual(self.key_id(), first)

    def test_home_changes_with_user_migrate(self):
        self.serve("--home-dc", 4)
        result = self.call("auth.importBotAuthorization", LOGIN, "--session", self.session, *self.connect)
        self.assert_ok(result)
        self.assertEqual(json.loads(run("session", "show", self.session, "--json").stdout)["dc"], 4)
        self.assert_ok(self.call("users.getUsers", SELF, "--session", self.session))

    def test_file_migrate_and_flood_wait(self):
        self.serve("--rpc-error", "help.getNearestDc@2=303:FILE_MIGRATE_4",
                   "--rpc-error", "help.getNearestDc@4=420:FLOOD_WAIT_1:1")
        begin = time.monotonic()
        result = self.call("help.getNearestDc", *self.connect)
        self.assert_ok(result)
        self.assertEqual(json.loads(result.stdout)["this_dc"], 4)
        self.assertGreater(time.monotonic() - begin, 1)

    def test_files_that_are_no_sessions(self):
        self.assert_complaint(self.call("help.getConfig", "--session", self.session), 2, "No such file")
        self.session.write_text("1ApWapz")
        self.assert_complaint(self.call("help.getConfig", "--session", self.session), 2, "not a store")
        self.assertEqual(self.session.read_text(), "1ApWapz")

    def test_a_session_in_use(self):
        self.serve("--rpc-error", "help.getNearestDc=420:FLOOD_WAIT_5")
        first = subprocess.Popen([MTPROTO, "call", "help.getNearestDc", "--session", str(self.session),
                                  *map(str, self.connect)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(first.wait)
        self.addCleanup(first.kill)
        end = time.monotonic() + TIMEOUT
        while not self.session.exists() or not self.session.stat().st_size:
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)
        self.assert_complaint(self.call("help.getConfig", "--session", self.session), 1, "another process")


class Progress(Case):
    """On a terminal, and only there, a second's wait is told of."""

    def run_on_a_terminal(self, *arguments, status=0):
        ours, theirs = os.openpty()
        process = subprocess.Popen([MTPROTO, *map(str, arguments)], stdout=subprocess.PIPE, stderr=theirs)
        os.close(theirs)
        shown = b""
        while True:
            try:
                piece = os.read(ours, 4096)
            except OSError:  # the other end is closed
                break
            if not piece:
                break
            shown += piece
        os.close(ours)
        answer = process.stdout.read()
        process.stdout.close()
        self.assertEqual(process.wait(TIMEOUT), status, shown)
        return answer.decode(), shown.decode()

    def test_connecting_is_shown(self):
        silent = socket.socket()
        self.addCleanup(silent.close)
        silent.bind(("127.0.0.1", 0))
        silent.listen(1)
        address = "127.0.0.1:%d" % silent.getsockname()[1]
        _, shown = self.run_on_a_terminal("ping", address, "--timeout", 2, status=1)
        self.assertIn("connecting to %s ... 1 s" % address, shown)

    def test_waits_are_shown(self):
        key = self.directory / "dc.pem"
        with Serve("--key", key, "--rpc-error", "help.getNearestDc=420:FLOOD_WAIT_2:1") as server:
            arguments = ["--connect", server.address, "--key", str(key) + ".pub"]
            answer, shown = self.run_on_a_terminal("call", "help.getNearestDc", *arguments)
            self.assertIn("waiting for the answer ... 1 s", shown)
            self.assertTrue(shown.endswith("\r\033[K"), shown)
            self.assertEqual(json.loads(answer)["this_dc"], 2)
            answer, shown = self.run_on_a_terminal("call", "help.getNearestDc", *arguments)
            self.assertEqual(shown, "")


if __name__ == "__main__":
    unittest.main()
